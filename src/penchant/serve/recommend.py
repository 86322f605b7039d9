"""Recommendations: slates for stored users and for questions."""

import math
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.catalog import Filter
from penchant.catalog.ranges import ranges
from penchant.errors import InvalidInput
from penchant.serve.problems import invalid
from penchant.serve.service import Service
from penchant.serve.wire import LONGEST_QUESTION, MOST_EXCLUDED, Question, asked_at, path_user, read_body
from penchant.slate.request import LARGEST
from penchant.slate.slate import Slate

Who = Annotated[str, PathParameter(description="the user's id")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]
Size = Annotated[int, QueryParameter(ge=1, le=LARGEST, description="how many items")]
Ids = Annotated[list[str] | None, QueryParameter(description="item ids, repeated or separated by commas")]
Mood = Annotated[str | None, QueryParameter(description="what they ask for, in any language")]
Name = Annotated[str | None, QueryParameter(description="the whole name, whatever its case")]
Names = Annotated[list[str] | None, QueryParameter(description="names, repeated or separated by commas")]
Bounds = Annotated[list[str] | None, QueryParameter(description="bounds of numeric attributes, as in year:1990, inclusive")]
Price = Annotated[float | None, QueryParameter(description="in the catalog's currency, inclusive")]


@get("/v1/users/{user:str}/recommendations", tags=["recommendations"])
async def recommendations(
    user: Who,
    service: NamedDependency[Service],
    text: Mood = None,
    k: Size = 10,
    at: At = None,
    category: Name = None,
    brand: Name = None,
    language: Name = None,
    price_min: Price = None,
    price_max: Price = None,
    exclude: Ids = None,
    without: Names = None,
    min: Bounds = None,
    max: Bounds = None,
) -> Slate:
    """The best items for a user, or for what they ask for; a user nobody has heard of gets what is popular, or fits the text."""
    user = path_user(user)
    _check_text(text)
    low, high = _bounds("min", min), _bounds("max", max)
    prices = _finite("price_min", price_min), _finite("price_max", price_max)
    where = _checked(Filter(category, brand, language, *prices, without=tuple(_split(without)), at_least=low, at_most=high))
    moment, unwanted = asked_at(at), _split(exclude)

    def answer() -> Slate:
        when = service.now(user) if moment is None else moment
        return service.engine.recommend(user, text=text, k=k, at=when, where=where, exclude=unwanted)

    slate = await service.read(answer)
    service.metrics.slates.labels("user").inc()
    return slate


@post("/v1/recommendations", tags=["recommendations"], status_code=HTTPStatus.OK)
async def recommendations_for(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Slate:
    """The best items for a text in any language, a history of items, or both; nothing of it is kept as a user."""
    question = await read_body(request, Question)
    moment, text = asked_at(question.at), question.text
    _check_text(text)
    where = None if question.filter is None else _checked(question.filter)
    history, unwanted = [str(item) for item in question.history], [str(item) for item in question.exclude]

    def answer() -> Slate:
        when = service.clock() if moment is None else moment
        return service.engine.recommend(history=history, text=text, k=question.k, at=when, where=where, exclude=unwanted)

    slate = await service.read(answer)
    service.metrics.slates.labels("text" if text else "history" if history else "popular").inc()
    return slate


def _check_text(text: str | None) -> None:
    if text is not None and not text.strip():
        raise invalid("text", "is blank; leave it out, or say what is wanted")
    if text is not None and len(text) > LONGEST_QUESTION:
        raise invalid("text", f"is longer than {LONGEST_QUESTION:,} characters")


def _finite(field: str, price: float | None) -> float | None:
    if price is not None and not math.isfinite(price):
        raise invalid(field, "must be a finite number")
    return price


def _bounds(field: str, given: list[str] | None) -> dict[str, float]:
    try:
        found = ranges([part for text in given or () for part in text.split(",")])
    except InvalidInput as error:
        raise invalid(field, f"is wrong: {error}") from None
    return {name: _finite(field, bound) or 0.0 for name, bound in found.items()}


def _checked(where: Filter) -> Filter:
    if where.price_min is not None and where.price_max is not None and where.price_min > where.price_max:
        raise invalid("price_max", f"is {where.price_max:g}, below `price_min`, which is {where.price_min:g}")
    return where


def _split(exclude: list[str] | None) -> list[str]:
    ids = [item.strip() for part in exclude or () for item in part.split(",")]
    if len(ids) > MOST_EXCLUDED:
        raise invalid("exclude", f"names more than {MOST_EXCLUDED:,} items")
    return [item for item in ids if item]
