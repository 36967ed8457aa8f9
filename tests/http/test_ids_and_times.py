"""What stands for ids and moments in requests and replies."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Invalid
from hubbub.platform.http import Time, parse_id, parse_ids, show_time
from hubbub.platform.http.types import ID_PATTERN
from hubbub.platform.ids import MAX_ID

MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(st.integers(1, MAX_ID))
def test_every_id_is_read_back_from_its_text(number: int) -> None:
    assert parse_id(str(number)) == number
    assert re.search(ID_PATTERN, str(number))


@given(st.text(max_size=25) | st.integers().map(str) | st.text("0123456789", max_size=25))
def test_any_text_is_an_id_in_its_one_spelling_or_none(text: str) -> None:
    number = parse_id(text) if text else None

    assert number is None or (str(number) == text and 0 < number <= MAX_ID)


@pytest.mark.parametrize("text", ["0", "01", "+1", "-1", " 1", "1 ", "1_0", "1e3", "١", "²", str(MAX_ID + 1)])
def test_what_only_looks_like_an_id_is_none(text: str) -> None:
    assert parse_id(text) is None


@given(st.lists(st.integers(1, MAX_ID), min_size=1, max_size=100))
def test_ids_of_a_list_come_in_order_and_once(ids: list[int]) -> None:
    assert parse_ids(",".join(map(str, ids))) == list(dict.fromkeys(ids))


@pytest.mark.parametrize("text", ["1,", ",1", "1,,2", "1, 2", "1;2", "x", "1,0"])
def test_a_list_with_something_else_in_it_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_ids(text, parameter="account_ids")

    assert [(error.pointer, error.code) for error in caught.value.errors] == [("account_ids", "wrong_format")]


@given(MOMENTS)
def test_a_moment_is_shown_in_utc_to_the_millisecond(moment: datetime) -> None:
    shown = show_time(moment)

    (meta,) = get_args(Time)[1:]
    assert re.search(meta.pattern, shown)
    assert timedelta(0) <= moment - datetime.fromisoformat(shown) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_shown_moments_sort_as_they_came(one: datetime, other: datetime) -> None:
    if one <= other:
        assert show_time(one) <= show_time(other)


def test_a_whole_second_keeps_its_milliseconds() -> None:
    assert show_time(datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)) == "2026-01-31T23:59:59.000Z"
