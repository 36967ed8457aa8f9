"""What may be written, and how it is folded for searching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Invalid
from hubbub.messages.wording import MAX_TEXT_BYTES, clean_message, fold, read_emoji


@pytest.mark.parametrize("text", ["x" * 4000, "漢" * 4000, "😀" * 4000])
def test_four_thousand_characters_of_any_script_are_taken(text: str) -> None:
    assert clean_message(text) == text


@pytest.mark.parametrize("text", ["", " ", "\u200b", "x" * 4001, "👩‍👩‍👧‍👦" * 1000, "\u202e"])
def test_what_is_nothing_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clean_message(text)


@given(st.text(max_size=60))
def test_what_is_stored_is_bounded_and_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean_message(text)
    except Invalid:
        return

    assert clean_message(cleaned) == cleaned
    assert len(cleaned.encode()) <= MAX_TEXT_BYTES


@given(st.text(max_size=60))
def test_folding_is_done_once_and_forgets_case(text: str) -> None:
    folded = fold(text) or text.lower()

    assert (fold(folded) or folded.lower()) == folded


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "❤️", "❤", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "1️⃣", "#️⃣", "🏳️‍🌈"])
def test_emoji_are_emoji(emoji: str) -> None:
    assert read_emoji(emoji) == emoji


@pytest.mark.parametrize("text", ["", "a", "1", "👍👍", "👍 ", "\u200d", "é", "<", "🏽x", "👍" * 20])
def test_anything_else_is_not(text: str) -> None:
    with pytest.raises(Invalid):
        read_emoji(text)
