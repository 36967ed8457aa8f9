import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.http import parse_id, parse_ids
from hubbub.platform.ids import MAX_ID, MAX_SEQUENCE, WORKERS, IdMaker, first_id_at, id_time

moments = st.datetimes(datetime(2025, 1, 2), datetime(2090, 1, 1), timezones=st.just(UTC))


def test_ids_rise_strictly_however_many_fall_into_one_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)
    make = IdMaker(3)

    made = [make() for _ in range(3 * MAX_SEQUENCE)]

    assert made == sorted(set(made))


def test_ids_rise_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: now)
    make = IdMaker(3)
    before = make()

    now -= 3_600_000_000_000

    assert make() > before


def test_ids_of_many_threads_are_distinct() -> None:
    make = IdMaker(1)
    made: list[list[int]] = [[] for _ in range(4)]

    def run(into: list[int]) -> None:
        into += [make() for _ in range(2_000)]

    threads = [threading.Thread(target=run, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id_ for part in made for id_ in part}) == 8_000


@given(st.integers(0, WORKERS - 1), st.integers(0, WORKERS - 1))
def test_ids_of_two_processes_never_meet(one: int, other: int) -> None:
    first, second = IdMaker(one), IdMaker(other)

    if one != other:
        assert {first() for _ in range(50)}.isdisjoint(second() for _ in range(50))


@pytest.mark.parametrize("worker", [-1, WORKERS])
def test_number_that_does_not_fit_is_refused(worker: int) -> None:
    with pytest.raises(ValueError, match="worker"):
        IdMaker(worker)


def test_ids_go_on_rising_under_a_lower_number() -> None:
    make = IdMaker(WORKERS - 1)
    before = make()
    make.use_worker(0)

    assert make() > before


def test_time_of_an_id_is_when_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = IdMaker(5)()

    assert before <= id_time(made) <= datetime.now(UTC) + timedelta(milliseconds=2)


@given(moments)
def test_first_id_of_a_moment_parts_what_was_before_from_what_came_after(moment: datetime) -> None:
    bound = first_id_at(moment)

    assert abs(id_time(bound) - moment) < timedelta(milliseconds=1)
    assert id_time(bound - 1) < moment
    assert 0 < bound <= MAX_ID


def test_moment_before_the_epoch_has_no_smaller_id() -> None:
    assert first_id_at(datetime(1999, 1, 1, tzinfo=UTC)) == 0


def test_ids_made_now_fit_into_eight_bytes_for_decades() -> None:
    in_2090 = first_id_at(datetime(2090, 1, 1, tzinfo=UTC))

    assert in_2090 < MAX_ID
    assert IdMaker(0)() < in_2090
    assert time.time() > 0


@given(st.integers(1, MAX_ID))
def test_shown_id_is_read_back(id_: int) -> None:
    assert parse_id(str(id_)) == id_


@given(st.text(max_size=25))
def test_what_is_read_as_an_id_is_exactly_how_it_would_be_shown(text: str) -> None:
    number = parse_id(text) if text else None

    assert number is None or str(number) == text


@given(st.lists(st.integers(1, MAX_ID), min_size=1, max_size=100))
def test_list_of_ids_keeps_order_and_drops_repeats(wanted: list[int]) -> None:
    assert parse_ids(",".join(map(str, wanted))) == list(dict.fromkeys(wanted))
