import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Invalid
from hubbub.platform.text.clean import clean_text
from tests.text.refused import outcome, refused

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def clean(raw: str, max_characters: int = 500) -> str:
    return clean_text(raw, max_characters=max_characters, field="text")


def clean_name(raw: str) -> str:
    return clean_text(raw, max_characters=50, field="display_name", multiline=False)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("  hello \n", "hello"),
        ("e\u0301", "é"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\n\n\nb", "a\n\n\nb"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("a\n \n\t\n  \n \nb", "a\n\n\nb"),
        ("a\n  indented", "a\n  indented"),
        (FAMILY, FAMILY),
        (ENGLAND, ENGLAND),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u2068שלום\u2069 hello", "\u2068שלום\u2069 hello"),
        ("", ""),
    ],
)
def test_text_is_stored_tidy(raw: str, stored: str) -> None:
    assert clean(raw) == stored


def test_a_single_line_has_no_line_ends_and_no_runs_of_spaces() -> None:
    assert clean_name(" Ann \n\t of  Cleves ") == "Ann of Cleves"


@pytest.mark.parametrize(
    "raw",
    [
        "a\x00b",
        "a\x07b",
        "a\x7fb",
        "a\x85b",
        "a\ud800b",
        "a\ufdd0b",
        "a\ufffeb",
        "a\U0010ffffb",
        "a\u200bb",
        "a\u2060b",
        "a\ufeffb",
        "a\U000e0041b",
        "a\u202eb",
        "a\u202ab\u202c",
        "a\u2066b",
        "a\u2069b",
        "a\u2069b\u2066",
        "\u2067a\nb\u2069",
        "a" + "\u0301" * 9,
        "a" + "\u0344" * 8,
        "a" + "\u200d" * 9,
        "a" + "\U0001f3fb" * 32,
        "\U0001f468" + "\u200d\U0001f468" * 40,
        "a" + "\u0301" * 4000,
        "a" + "\u0301\u0316" * 2000,
    ],
)
def test_hostile_characters_are_refused(raw: str) -> None:
    assert refused(partial(clean, raw)) == ("/text", "invalid_text")


def test_length_counts_what_people_see() -> None:
    assert clean(FAMILY * 5, max_characters=5) == FAMILY * 5

    assert refused(partial(clean, FAMILY * 6, 5)) == ("/text", "too_long")
    assert refused(partial(clean, "a" * 501)) == ("/text", "too_long")


def test_more_than_twenty_code_points_for_each_character_are_refused_unread() -> None:
    assert refused(partial(clean, " " * 10_001)) == ("/text", "too_long")


@pytest.mark.parametrize("raw", ["", "  \n ", "\u200d", "\u3164", "\u2800\u2800", "\u200e", "\u00a0"])
def test_required_text_must_show_something(raw: str) -> None:
    call = partial(clean_text, raw, max_characters=10, field="name", required=True)

    assert refused(call) == ("/name", "required")


@given(st.text(max_size=60))
def test_cleaning_ends_in_stored_text_or_a_named_refusal(raw: str) -> None:
    stored, codes = outcome(partial(clean, raw))

    assert codes <= {"invalid_text", "too_long"}
    if stored is None:
        assert codes
        return
    stored.encode()
    assert unicodedata.is_normalized("NFC", stored)
    assert clean(stored) == stored


@given(st.text(alphabet="ab \n\t\r\u0301é\u2028\u00a0", max_size=40))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    try:
        stored, name = clean(raw), clean_name(raw)
    except Invalid:
        return

    assert clean(stored) == stored
    assert clean_name(name) == name
    assert "\n" not in name
    assert "\n\n\n\n" not in stored
