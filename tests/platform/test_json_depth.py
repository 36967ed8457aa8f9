"""Depth of a JSON text, found without decoding it, at a small cost for any 1 MiB."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.json_depth import MAX_DEPTH, is_too_deep

LEAVES = st.none() | st.integers() | st.text(alphabet='a"\\[]{}é') | st.booleans()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='a"[{\\'), inner, max_size=3)
    ),
    max_leaves=30,
)
MIB = 1024 * 1024


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(VALUES, st.integers(0, 8))
def test_answer_is_exact_for_every_json(value: Any, limit: int) -> None:
    assert is_too_deep(json.dumps(value).encode(), limit) == (depth_of(value) > limit)


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
@pytest.mark.parametrize("template", ["[%s]", '{"a":%s}', "[[],%s,{}]", '{"a":[],"b":%s}', '["[[[",%s]'])
def test_limit_is_where_it_is_said_to_be(template: str, levels: int) -> None:
    text = "1"
    for _ in range(levels):
        text = template % text

    assert is_too_deep(text.encode()) == (depth_of(json.loads(text)) > MAX_DEPTH)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "{",
        "]",
        "[[]",
        "[]",
        "{},",
        '{"a":',
        '"',
        '"[',
        '\\"',
        '"\\',
        '"",',
        "[" * 31 + "]" * 31 + ",",
        "é",
    ],
)
@pytest.mark.parametrize("start", ["", '"', "[" * 20])
def test_no_mebibyte_takes_long(piece: str, start: str) -> None:
    body = (start + piece * (MIB // len(piece))).encode()[:MIB]

    started = time.process_time()
    is_too_deep(body)

    assert time.process_time() - started < 0.3
