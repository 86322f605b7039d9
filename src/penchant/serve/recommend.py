"""Recommendations and what they rest on: slates for stored users and for questions, and a user's interests."""

import math
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from penchant.catalog import Filter
from penchant.engine import LARGEST
from penchant.interest.account import Account
from penchant.serve.problems import invalid
from penchant.serve.service import Service
from penchant.serve.wire import LONGEST_QUESTION, MOST_EXCLUDED, Question, asked_at, path_user, read_body
from penchant.slate.slate import Slate

At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]
Size = Annotated[int, QueryParameter(ge=1, le=LARGEST, description="how many items")]
Ids = Annotated[list[str] | None, QueryParameter(description="item ids, repeated or separated by commas")]
Price = Annotated[float | None, QueryParameter(description="in the catalog's currency")]


@get("/v1/users/{user:str}/recommendations", tags=["recommendations"])
async def recommendations(
    user: FromPath[str],
    service: NamedDependency[Service],
    k: Size = 10,
    at: At = None,
    category: FromQuery[str | None] = None,
    brand: FromQuery[str | None] = None,
    language: FromQuery[str | None] = None,
    price_min: Price = None,
    price_max: Price = None,
    exclude: Ids = None,
) -> Slate:
    """The best items for a user, now or at another time; a user nobody has heard of gets what is popular."""
    user = path_user(user)
    where = Filter(category, brand, language, _finite("price_min", price_min), _finite("price_max", price_max))
    moment, unwanted = asked_at(at), _split(exclude)

    def answer() -> Slate:
        when = service.now(user) if moment is None else moment
        return service.engine.recommend(user, k=k, at=when, where=where, exclude=unwanted)

    slate = await service.read(answer)
    service.metrics.slates.labels("user").inc()
    return slate


@post(
    "/v1/recommendations",
    tags=["recommendations"],
    status_code=HTTPStatus.OK,
)
async def recommendations_for(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Slate:
    """The best items for a text in any language, a history of items, or both; nothing of it is kept as a user."""
    question = await read_body(request, Question)
    moment, text = asked_at(question.at), question.text
    if text is not None and not text.strip():
        raise invalid("text", "is blank; leave it out, or say what is wanted")
    if text is not None and len(text) > LONGEST_QUESTION:
        raise invalid("text", f"is longer than {LONGEST_QUESTION:,} characters")
    history, unwanted = [str(item) for item in question.history], [str(item) for item in question.exclude]

    def answer() -> Slate:
        when = service.clock() if moment is None else moment
        return service.engine.recommend(
            history=history, text=text, k=question.k, at=when, where=question.filter, exclude=unwanted
        )

    slate = await service.read(answer)
    service.metrics.slates.labels("text" if text else "history" if history else "popular").inc()
    return slate


@get("/v1/users/{user:str}/interests", tags=["people"])
async def interests(user: FromPath[str], service: NamedDependency[Service], at: At = None) -> Account:
    """What a user is into, now or at another time, each interest with the events that show it."""
    user = path_user(user)
    moment = asked_at(at)
    return await service.read(lambda: service.engine.interests(user, service.now(user) if moment is None else moment))


def _finite(field: str, price: float | None) -> float | None:
    if price is not None and not math.isfinite(price):
        raise invalid(field, "must be a finite number")
    return price


def _split(exclude: list[str] | None) -> list[str]:
    ids = [item.strip() for part in exclude or () for item in part.split(",")]
    if len(ids) > MOST_EXCLUDED:
        raise invalid("exclude", f"names more than {MOST_EXCLUDED:,} items")
    return [item for item in ids if item]
