import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.text.clean import count_graphemes
from tests.text.growth import grows_linearly

PIECES = [
    *["a", "é", "e\u0301", "\r\n", "\r", "\n", "\u0600", "\u0915\u094d\u0937", "\u1100\u1161\u11a8", "각"],
    *[
        "\U0001f1e6",
        "\U0001f1e7",
        "\u200d",
        "\ufe0f",
        "\U0001f3fb",
        "\U0001f468",
        "❤",
        "\u0903",
        "中",
        "か\u3099",
    ],
]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 3),
        ("e\u0301", 1),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", 2),
        ("\U0001f1eb\U0001f1f7\U0001f1e9", 2),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("❤\ufe0f", 1),
        ("한국어", 3),
        ("\u1112\u1161\u11ab", 1),
    ],
)
def test_characters_are_counted_as_people_count_them(text: str, count: int) -> None:
    assert count_graphemes(text) == count


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_shortcuts_count_like_the_plain_pattern(text: str) -> None:
    assert count_graphemes(text) == len(regex.findall(r"\X", text))


@given(st.text(max_size=30))
def test_any_text_counts_like_the_plain_pattern(text: str) -> None:
    assert count_graphemes(text) == len(regex.findall(r"\X", text))


@pytest.mark.parametrize(
    "unit",
    [
        "\u0301",
        "\U0001f468\u200d",
        "\U0001f1e6",
        "\u1100",
        "\u0600",
        "\ufe0f",
        "\u0915\u094d",
        "\r",
        "é\u0301",
    ],
)
def test_hostile_text_is_counted_in_linear_time(unit: str) -> None:
    assert grows_linearly(count_graphemes, unit)
