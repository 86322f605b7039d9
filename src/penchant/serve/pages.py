"""The dashboard's files, as they lie in the package, under a policy that lets a page load nothing but them."""

from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from penchant.serve.problems import ProblemError, shown

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_PLAIN = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Penchant</title>
<h1>Penchant is running</h1><p>This build has no dashboard; <a href="docs">the calls it answers</a> are all there.</p>"""


@get("/", include_in_schema=False)
async def index(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The dashboard's page, or where to go when the package has none."""
    return _answer(request, _read("index.html") or _PLAIN, TYPES[".html"])


@get("/dashboard/{file:path}", include_in_schema=False)
async def asset(request: Request[Any, Any, Any], file: FromPath[str]) -> Response[bytes]:
    """One file that the page loads: the folder `penchant/dashboard` is `/dashboard/`."""
    name = file.lstrip("/")
    media, content = TYPES.get(PurePosixPath(name).suffix), _read(name)
    if media is None or content is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"the dashboard has no file {shown(name)}")
    return _answer(request, content, media)


def _read(name: str) -> bytes | None:
    parts = name.split("/")
    if not all(part and part.isprintable() and not part.startswith(".") and "\\" not in part for part in parts):
        return None  # nothing outside the folder, and nothing hidden in it
    found = files("penchant").joinpath("dashboard", *parts)
    try:
        return found.read_bytes() if found.is_file() else None
    except (OSError, ValueError):
        return None


def _answer(request: Request[Any, Any, Any], content: bytes, media: str) -> Response[bytes]:
    tag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
    headers = {
        "etag": tag,
        "cache-control": "no-cache",  # names carry no version: ask each time, and mostly hear 304
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, media_type=media, headers=headers)
    return Response(content, media_type=media, headers=headers)
