import tracemalloc
from collections.abc import Callable
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from hubbub.errors import Invalid, MalformedJson
from hubbub.platform.http import Body, Query
from hubbub.platform.http.decoding import decode_body, decode_query
from hubbub.platform.json_depth import MAX_DEPTH, is_too_deep


class Inner(Body, frozen=True):
    name: Annotated[str, Meta(max_length=3)]


class Sample(Body, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=5)]
    size: Annotated[int, Meta(ge=1, le=9)] = 1
    parts: Annotated[tuple[Inner, ...], Meta(max_length=2)] = ()
    is_loud: bool = False


class Filter(Query, frozen=True):
    size: Annotated[int, Meta(ge=1, le=9)] = 1
    word: Annotated[str, Meta(max_length=5)] | None = None


def problems(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        decode_body(raw, Sample)
    return [(error.pointer, error.code) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"{}", [("/text", "missing_field")]),
        (b'{"text": ""}', [("/text", "too_short")]),
        (b'{"text": "abcdef"}', [("/text", "too_long")]),
        (b'{"text": 1}', [("/text", "wrong_type")]),
        (b'{"text": "a", "size": "1"}', [("/size", "wrong_type")]),
        (b'{"text": "a", "size": 0}', [("/size", "out_of_range")]),
        (b'{"text": "a", "is_loud": 1}', [("/is_loud", "wrong_type")]),
        (b'{"text": "a", "role": "admin"}', [("/role", "unknown_field")]),
        (b'{"text": "a", "parts": [{"name": "long"}]}', [("/parts/0/name", "too_long")]),
        (b'{"text": "a", "parts": [{"name": "a", "x": 1}]}', [("/parts/0/x", "unknown_field")]),
        (b'{"text": "a", "parts": [{}]}', [("/parts/0/name", "missing_field")]),
        (
            b'{"text": 1, "size": 0, "x/y": 1}',
            [("/x~1y", "unknown_field"), ("/text", "wrong_type"), ("/size", "out_of_range")],
        ),
        (b"[]", [("", "wrong_type")]),
    ],
)
def test_every_broken_rule_is_named_by_its_pointer(raw: bytes, expected: list[tuple[str, str]]) -> None:
    assert problems(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b'{"text": NaN}',
        b'{"text": "\xff"}',
        b'{"text": "a"} x',
        b"3 x",
        b'{"text": 3} x',
        b"[" * 100_000,
        b'{"a":' * 40,
    ],
)
def test_what_is_not_json_or_too_deep_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode_body(raw, Sample)


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_depth_is_counted_outside_strings_only(value: object) -> None:

    def depth(item: object) -> int:
        if isinstance(item, list):
            return 1 + max(map(depth, item), default=0)
        if isinstance(item, dict):
            return 1 + max(map(depth, item.values()), default=0)
        return 0

    assert is_too_deep(msgspec.json.encode(value)) == (depth(value) > MAX_DEPTH)


@pytest.mark.parametrize("item", [b"[]", b"{}", b'"a"'])
def test_large_values_that_nobody_asked_for_are_refused_without_being_built(item: bytes) -> None:
    """A body of 1 MiB can hold 300,000 objects; building them holds everybody up for half a second."""
    raw = b'{"x": [' + b",".join([item] * 100_000) + b"]}"

    assert _most_bytes(lambda: problems(raw)) < 4 * len(raw)


def test_depth_guard_is_linear_on_unclosed_strings() -> None:
    hostile = b"[" * 33 + b'"' + b'\\"' * 400_000

    assert is_too_deep(hostile)
    assert not is_too_deep(b'{"a":"' + b"[" * 40 + b'\\"' * 400_000)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"size=x", ("size", "wrong_type")),
        (b"size=", ("size", "wrong_type")),
        (b"size=10", ("size", "out_of_range")),
        (b"size=1e3", ("size", "out_of_range")),
        (b"colour=red", ("colour", "unknown_field")),
        (b"size=1&size=2", ("", "repeated")),
        (b"word=%00", ("", "invalid_text")),
        (b"word=%ff", ("", "wrong_format")),
        (b"word=abcdef", ("word", "too_long")),
        (b"&".join(b"a%d=1" % n for n in range(60)), ("", "wrong_format")),
    ],
)
def test_query_string_is_checked_strictly(raw: bytes, expected: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        decode_query(raw, Filter)

    (error,) = caught.value.errors
    assert (error.pointer, error.code) == expected


def test_query_values_are_read_from_their_text() -> None:
    assert decode_query(b"size=7&word=h%C3%A9", Filter) == Filter(size=7, word="hé")


def _most_bytes(work: Callable[[], object]) -> int:
    """Of memory in use at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
