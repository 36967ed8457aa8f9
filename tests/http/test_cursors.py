"""Cursors: what was written is read back, by the same list only, and nothing else is taken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import BadCursor, Cursors, Window
from hubbub.platform.secrets import Keyring

CURSORS = Cursors(Keyring("a key for tests, long enough to be taken"))
OTHERS = Cursors(Keyring("another key for tests, long enough too"))
POSITIONS = st.integers(0, MAX_ID)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(POSITIONS, st.booleans(), POSITIONS, st.integers(1, 100), st.text(max_size=30))
def test_what_was_written_is_read_back(
    position: int, is_back: bool, rank: int, limit: int, scope: str
) -> None:
    cursor = CURSORS.write(scope, position, is_back=is_back, rank=rank)

    window = CURSORS.read(scope, cursor, limit)

    assert window == Window(limit=limit, position=position, is_back=is_back, is_first=False, rank=rank)


@given(POSITIONS, st.booleans(), POSITIONS)
def test_a_cursor_fits_where_one_is_taken_and_needs_no_escape(
    position: int, is_back: bool, rank: int
) -> None:
    cursor = CURSORS.write("any list", position, is_back=is_back, rank=rank)

    assert len(cursor) <= 300
    assert set(cursor) <= set(ALPHABET)


@given(st.text(max_size=20), st.text(max_size=20), POSITIONS)
def test_a_cursor_is_good_for_its_own_list_only(scope: str, other: str, position: int) -> None:
    cursor = CURSORS.write(scope, position)

    if scope != other:
        with pytest.raises(BadCursor):
            CURSORS.read(other, cursor, 20)


@given(POSITIONS, st.integers(0, 200), st.sampled_from(ALPHABET))
def test_no_character_of_a_cursor_can_be_another(position: int, at: int, other: str) -> None:
    cursor = CURSORS.write("a list", position)
    at %= len(cursor)
    changed = cursor[:at] + other + cursor[at + 1 :]

    if changed != cursor:
        with pytest.raises(BadCursor):
            CURSORS.read("a list", changed, 20)


@given(st.text(max_size=300) | st.text(ALPHABET + "=+/ ", max_size=300))
def test_what_we_never_wrote_is_no_cursor(cursor: str) -> None:
    with pytest.raises(BadCursor):
        CURSORS.read("a list", cursor, 20)


@given(st.binary(max_size=60))
def test_any_bytes_behind_a_made_up_signature_are_no_cursor(raw: bytes) -> None:
    cursor = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    with pytest.raises(BadCursor):
        CURSORS.read("a list", cursor, 20)


@pytest.mark.parametrize("change", ["{}=", "{}A", " {}", "{} ", "{}\n", "{}{}"])
def test_a_cursor_has_one_spelling(change: str) -> None:
    cursor = CURSORS.write("a list", 7)

    with pytest.raises(BadCursor):
        CURSORS.read("a list", change.format(cursor, cursor), 20)


def test_another_installation_made_another_cursor() -> None:
    with pytest.raises(BadCursor):
        CURSORS.read("a list", OTHERS.write("a list", 7), 20)


def test_directions_are_different_cursors() -> None:
    assert CURSORS.write("a list", 7) != CURSORS.write("a list", 7, is_back=True)
