"""Answers: a status, headers and bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
JSON_TYPE = "application/json"
NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON_TYPE


def encode_reply(value: Any, status: int) -> Reply:
    """A Reply stays as it is; None is an empty 204; anything else becomes JSON."""
    if isinstance(value, Reply):
        return value
    if value is None:
        return Reply(b"", 204)
    return Reply(_encode(value), status)


def join_page(items: Iterable[bytes], older: str | None, newer: str | None) -> bytes:
    """Page[T] as JSON, of items that are JSON already."""
    return b'{"items":[%b],"next":%b,"prev":%b}' % (b",".join(items), _encode(older), _encode(newer))


def quote_etag(version: str) -> str:
    """A weak validator: the same version may differ in bytes (counts move without an edit)."""
    return f'W/"{version}"'


def versioned(value: Any, etag: str, *, is_known: bool = False) -> Reply:
    """A single resource with its ETag; an empty 304 when the client already holds it."""
    headers = {"ETag": quote_etag(etag)}
    return Reply(b"", 304, headers) if is_known else Reply(_encode(value), 200, headers)
