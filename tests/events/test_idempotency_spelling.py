"""The two ways to write an Idempotency-Key, and what is none."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubbub.platform.idempotency import MAX_LENGTH, BadIdempotencyKey, parse_key

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=MAX_LENGTH)
INNER = PRINTABLE.filter(lambda text: text == text.strip() and not text.startswith('"'))


def quoted(key: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", key) + '"'


@given(INNER)
def test_a_bare_key_is_itself(key: str) -> None:
    assert parse_key(key) == key


@given(PRINTABLE)
def test_a_quoted_key_is_what_stands_in_the_quotes(key: str) -> None:
    assert parse_key(quoted(key)) == key


@given(INNER, st.sampled_from(["", " ", "\t", "  "]))
def test_both_spellings_are_one_key_whatever_stands_around_them(key: str, space: str) -> None:
    assert parse_key(f"{space}{quoted(key)}{space}") == parse_key(f"{space}{key}{space}")


@given(INNER, INNER)
def test_different_keys_stay_different(one: str, other: str) -> None:
    assume(one != other)

    assert len({parse_key(one), parse_key(other), parse_key(quoted(one)), parse_key(quoted(other))}) == 2


@given(st.text(st.characters(max_codepoint=255), max_size=300))
def test_any_header_is_a_key_of_a_sound_length_or_refused(header: str) -> None:
    try:
        key = parse_key(header)
    except BadIdempotencyKey:
        return

    assert 1 <= len(key) <= MAX_LENGTH
    assert key.isascii()
    assert key.isprintable()


@pytest.mark.parametrize(
    "header",
    ['"', '""', '"a', '"a"b', '"a""', '"a\\"', '"a\\n"', "", " ", "a\tb", "a\x7f", "é", '"é"', "a\x00"],
)
def test_half_quotes_and_unprintable_characters_are_refused(header: str) -> None:
    with pytest.raises(BadIdempotencyKey):
        parse_key(header)


@pytest.mark.parametrize(("length", "is_taken"), [(1, True), (255, True), (256, False)])
def test_the_length_of_the_key_counts_not_of_its_spelling(length: int, is_taken: bool) -> None:
    for header in ("k" * length, quoted('"' * length)):
        try:
            assert (len(parse_key(header)), is_taken) == (length, True)
        except BadIdempotencyKey:
            assert not is_taken
