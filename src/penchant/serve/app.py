"""The application: every route over one engine."""

import time
from functools import cache, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Tag
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from penchant.due import settle
from penchant.engine import Engine
from penchant.narrate.desk.worker import Workers
from penchant.serve import (
    account,
    ahead,
    browse,
    controls,
    copy,
    describe,
    explain,
    language,
    operations,
    pages,
    population,
    portrait,
    problems,
    recommend,
    reference,
    told,
    write,
)
from penchant.serve.clocks import Clock
from penchant.serve.metrics import Metrics, measured
from penchant.serve.operations import VERSION
from penchant.serve.problems import Fault, ProblemError
from penchant.serve.service import Service
from penchant.serve.wire import LARGEST_BODY, SLASH

CALLS = [
    write.post_events,
    write.post_items,
    recommend.recommendations,
    recommend.recommendations_for,
    explain.explain,
    copy.copy,
    account.interests,
    account.shifts,
    ahead.forecast,
    portrait.portrait,
    told.told,
    controls.controls,
    controls.set_controls,
    population.trends,
    population.flows,
    population.cohorts,
    browse.users,
    browse.user_events,
    browse.items,
    browse.item,
    language.language,
    operations.healthz,
    operations.readyz,
    operations.metrics,
    pages.index,
    pages.asset,
]


REPEATED = frozenset({"exclude", "without", "min", "max"})  # query parameters that may be given more than once


def create_app(engine: Engine, *, clock: Clock = time.time) -> Litestar:
    """The service over `engine`, which stays the caller's to save and close. `clock` says what time it is, epoch seconds.

    >>> from litestar.testing import TestClient
    >>> from penchant.config import Config
    >>> from penchant.types import Event, Item
    >>> with Engine.fit([Item(id="tea")], [Event(user="ann", item="tea", time=1.0)], config=Config(encoder="hash")) as engine:
    ...     with TestClient(create_app(engine)) as client:
    ...         client.get("/v1/items/tea").json()["id"]
    'tea'
    """
    service = Service(engine, clock, Metrics(engine))
    writers = Workers(engine.desk, time.time, partial(settle, engine))  # budgets are of real days, whatever the clock
    app = Litestar(
        CALLS,
        dependencies={"service": Provide(lambda: service, sync_to_thread=False)},
        exception_handlers=problems.HANDLERS,
        before_request=_known_parameters,
        request_max_body_size=LARGEST_BODY,
        on_startup=[writers.start],
        on_shutdown=[service.close, writers.stop],
        openapi_config=_described(),
        logging_config=None,
        signature_types=[Service],
    )
    app.asgi_handler = _heads(_slashes(measured(app.asgi_handler, service.metrics)))
    return app


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Penchant",
        version=VERSION,
        description="Recommendations for people whose interests change.",
        tags=[Tag(name, text) for name, text in describe.GROUPS.items()],
        use_handler_docstrings=True,
        render_plugins=[describe.PagePlugin(), describe.DocumentPlugin()],
        openapi_router=Router(
            "/docs",
            route_handlers=[],
            include_in_schema=False,
            response_headers=reference.HEADERS,
            after_request=_problem_instead,
        ),
    )


async def _known_parameters(request: Request[Any, Any, Any]) -> None:
    """Refuse a query parameter that the call does not have, or has twice: a misspelt filter must not pass for none."""
    given = request.query_params
    if not given or not request.scope["path"].startswith("/v1/"):
        return
    known = _parameters(request.route_handler) - request.path_params.keys()
    told = f"is not a parameter of this call; known: {', '.join(sorted(known)) or 'none'}"
    faults = [Fault(problems.shown(name), told) for name in given if name not in known]
    faults += [Fault(name, "is given twice") for name in known & given.keys() - REPEATED if len(given.getall(name)) > 1]
    if faults:
        detail = f"{faults[0].field} {faults[0].reason}"
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, *faults[:10], kind="unknown-parameter")


@cache
def _parameters(handler: BaseRouteHandler) -> frozenset[str]:
    """The names a handler's parameters go by in a query, its path's among them."""
    fields = handler.parsed_fn_signature.parameters
    named = {name: getattr(field.kwarg_definition, "name", None) or name for name, field in fields.items()}
    return frozenset(alias for name, alias in named.items() if name not in ("service", "request"))


async def _problem_instead(response: Response[Any]) -> Response[Any]:
    """Litestar answers an unknown page under /docs with a page of its own."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        return problems.document(HTTPStatus.NOT_FOUND, "no such page; /docs lists the calls")
    return response


def _heads(app: ASGIApp) -> ASGIApp:
    """`app`, which answers HEAD as it does GET, only without the body; it is counted as GET, too."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def bodiless(message: Message) -> None:
            await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

        if scope["type"] == ScopeType.HTTP and scope["method"] == "HEAD":
            scope = scope.copy()
            scope["method"] = "GET"
            await app(scope, receive, bodiless)
        else:
            await app(scope, receive, send)

    return answered


def _slashes(app: ASGIApp) -> ASGIApp:
    """`app`, reached with escaped slashes in an id (%2F) kept apart from those of the path, as `SLASH`.

    Only `app` sees them so: what is around it reads its own scope, where a server's access log could not encode the path.
    """

    async def kept(scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path", b"")
        if b"%2f" in raw or b"%2F" in raw:
            parts = raw.decode("ascii", "replace").partition("?")[0].split("/")
            scope = scope.copy()
            scope["path"] = "/".join(unquote(part).replace("/", SLASH) for part in parts)
        await app(scope, receive, send)

    return kept
