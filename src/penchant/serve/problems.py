"""Errors as RFC 9457 problem documents: every one of them, with a reason, and never a traceback."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal, get_args, get_origin

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from penchant.errors import InvalidInput, LogError, UnknownUser
from penchant.events import InvalidField

MEDIA_TYPE = "application/problem+json"
CLIENT_GONE = 499  # what proxies, too, write into their logs for it; no client ever sees it
SHOWN = 200  # characters of what was sent that an answer repeats

log = logging.getLogger(__name__)

Handler = Callable[[Request[Any, Any, Any], Any], Response[bytes]]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    field: str
    reason: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem document; `errors` names the fields at fault where the problem is about some."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Fault, ...] = ()


class ProblemError(Exception):
    """A problem found by a handler, on its way to the client."""

    def __init__(self, status: HTTPStatus, detail: str, *faults: Fault, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults, self.kind = status, detail, faults, kind


class ClientGone(Exception):
    """A client that hung up before its body was there: nobody is left to be answered."""


# Names of RFC 9110 that Python took over in 3.13 only: problems are named alike whatever Python serves.
_RENAMED = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}


def invalid(field: str, reason: str) -> ProblemError:
    """A 400 about one field."""
    return ProblemError(HTTPStatus.BAD_REQUEST, f"{field} {reason}", Fault(field, reason), kind="invalid-field")


def shown(value: str) -> str:
    """What was sent, quoted, in ASCII and short enough to repeat."""
    return ascii(value if len(value) <= SHOWN else value[: SHOWN - 1] + "...")


def encode(status: int, detail: str, *faults: Fault, kind: str = "") -> bytes:
    """A problem as JSON. `kind` tells problems of one status apart; the status names it where it is empty."""
    title = _RENAMED.get(status) or HTTPStatus(status).phrase
    return msgspec.json.encode(
        Problem(f"urn:penchant:problem:{kind or title.lower().replace(' ', '-')}", title, status, detail, faults)
    )


def document(status: int, detail: str, *faults: Fault, kind: str = "", headers: dict[str, str] | None = None) -> Response[bytes]:
    """The same as a response."""
    body = encode(status, detail, *faults, kind=kind)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _found(request: Request[Any, Any, Any], error: ProblemError) -> Response[bytes]:
    headers = {"retry-after": "1"} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return document(error.status, error.detail, *error.faults, kind=error.kind, headers=headers)


def _gone(request: Request[Any, Any, Any], error: ClientGone) -> Response[bytes]:
    log.debug("%s %s: the client hung up while its body was being sent", request.method, shown(request.scope["path"]))
    return Response(b"", status_code=CLIENT_GONE, media_type=MEDIA_TYPE)


def _refused(request: Request[Any, Any, Any], error: InvalidInput) -> Response[bytes]:
    if isinstance(error, UnknownUser):
        return document(HTTPStatus.NOT_FOUND, str(error), kind="unknown-user")
    faults = (Fault(error.field, error.reason),) if isinstance(error, InvalidField) else ()
    return document(HTTPStatus.BAD_REQUEST, str(error), *faults, kind="invalid-input")


def _unavailable(request: Request[Any, Any, Any], error: LogError) -> Response[bytes]:
    log.error("%s %s: %s", request.method, shown(request.scope["path"]), error)
    return document(HTTPStatus.SERVICE_UNAVAILABLE, str(error), kind="log-unavailable", headers={"retry-after": "5"})


def _framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What Litestar found before a handler ran: no such route, a method it does not have, a parameter of the wrong type."""
    status, path = error.status_code, shown(request.scope["path"])
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _crashed(request, error)
    if status == HTTPStatus.NOT_FOUND:
        return document(status, f"no such page: {path}; /docs lists the calls")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("allow", "")
        return document(status, f"{path} does not take {request.method}, only {allowed}", headers={"allow": allowed})
    faults = tuple(
        _of_parameter(request, str(one.get("key", one.get("source", "request"))), str(one["message"]))
        for one in (error.extra if isinstance(error.extra, list) else ())
        if isinstance(one, dict) and "message" in one
    )
    told = "; ".join(f"{fault.field}: {fault.reason}" for fault in faults)
    return document(status, told or error.detail, *faults, kind="invalid-field" if faults else "", headers=error.headers)


def _of_parameter(request: Request[Any, Any, Any], key: str, message: str) -> Fault:
    """What is wrong with a parameter, which is named as the caller named it, and not as the handler does; of one that takes some
    values only, these are told."""
    handler = request.scope.get("route_handler")
    found = handler.parsed_fn_signature.parameters.get(key) if handler is not None else None
    if found is None:
        return Fault(key, message)
    if values := _values(found.annotation):
        got = message.removeprefix("Invalid enum value ").strip("'")
        message = f"must be one of {', '.join(values)}, got {shown(got)}"
    return Fault(getattr(found.kwarg_definition, "name", None) or key, message)


def _values(kind: object) -> list[str]:
    """The texts that a type takes, none where it takes any."""
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    return [value for inner in get_args(kind) for value in _values(inner)]


def _crashed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("%s %s failed", request.method, shown(request.scope["path"]), exc_info=error)
    detail = "the server failed on this request, which is its fault and not yours; its log says more"
    return document(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


HANDLERS: dict[type[Exception] | int, Handler] = {
    ProblemError: _found,
    ClientGone: _gone,
    InvalidInput: _refused,
    LogError: _unavailable,
    HTTPException: _framework,
    Exception: _crashed,
}
