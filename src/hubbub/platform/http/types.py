"""Bounded types that requests and replies are made of, and so bounded schemas in the OpenAPI document."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from hubbub.errors import FieldError, Invalid
from hubbub.platform.ids import MAX_ID, id_time

MAX_CONDITION_LENGTH = 300
"""Of If-Match and If-None-Match."""
MAX_IDS = 100
"""In one request for many things by their ids."""
ID_PATTERN = "^[1-9][0-9]{0,18}$"

Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=19, examples=["257000000000000001"])]
IdList = Annotated[
    str,
    Meta(
        pattern=f"^[1-9][0-9]{{0,18}}(,[1-9][0-9]{{0,18}}){{0,{MAX_IDS - 1}}}$",
        max_length=20 * MAX_IDS - 1,
        description=f"Up to {MAX_IDS} ids, separated by commas.",
    ),
]
Time = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        max_length=24,
        description="RFC 3339, UTC, with milliseconds.",
        extra_json_schema={"format": "date-time"},
    ),
]
Url = Annotated[str, Meta(max_length=2100)]
Count = Annotated[int, Meta(ge=0)]
Limit = Annotated[int, Meta(ge=1, le=100, description="Items on a page.")]
Cursor = Annotated[
    str, Meta(min_length=1, max_length=300, description="`next` or `prev` of an earlier page.")
]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every request body: unknown fields are refused."""


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every query string: unknown parameters are refused."""


class PageQuery(Query, frozen=True, kw_only=True):
    limit: Limit = 20
    cursor: Cursor | None = None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every reply."""


def show_time(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, such as 2026-01-31T23:59:59.123Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=16_384)
def show_id_time(id_: int) -> str:
    """When what has this id was made. Remembered, since the same few are on most pages."""
    return show_time(id_time(id_))


def parse_id(text: str) -> int | None:
    """The number that an id in a request names, or None when no id could look like that."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or text[0] == "0":
        return None
    number = int(text)
    return number if number <= MAX_ID else None


def parse_ids(text: str, *, parameter: str = "ids") -> list[int]:
    """Ids of a comma-separated parameter, each once, in order. Raises Invalid for what is no id."""
    ids: dict[int, None] = {}
    for part in text.split(","):
        number = parse_id(part)
        if number is None:
            raise Invalid(errors=[FieldError(parameter, "wrong_format", "must be ids separated by commas")])
        ids[number] = None
    return list(ids)
