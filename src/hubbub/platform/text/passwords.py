"""Passwords: long enough, not one of those that are tried first, not made of the owner's names."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from hubbub.platform.text.refusals import refusal

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 256
"""Code points after NFKC."""
MAX_PASSWORD_BYTES = 1024
"""The longest password in UTF-8. What has more code points before NFKC, which leaves room for letters typed
in parts, is refused unread: normalising takes time quadratic in the length."""

# Names shorter than this are part of too many words to be looked for.
MIN_NAME_LENGTH = 4

COMMON_BELOW_BITS = 24.0
"""A password that a guesser with the patterns below meets within 2^24 tries is common.

It holds every common word with a year, a short number and a sign, and no three words in a row."""

WORD_BITS = 10.0  # about a thousand common words
RUN_BITS = 6.0  # a piece of an alphabet, of the digits or of a keyboard
YEAR_BITS = 6.0
REPEAT_BITS = 1.0  # on top of what is repeated
DIGIT_BITS = 3.3
NUMBER_BITS = 1.5  # on top of its digits: that a number comes here
CAPITAL_BITS = 2.0  # for each that follows a small letter
LETTER_BITS = 4.7
OTHER_BITS = 5.5
FOREIGN_BITS = 8.0

SHORTEST_RUN = 3
SHORTEST_WORD = 3
_NUMBER = re.compile(r"[0-9]+")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_REPEAT = re.compile(r"(.)\1+", re.DOTALL)
_ROWS = (
    *(
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "147258369",
        "741852963",
        "159357",
        "753951",
        "3141592653",
    ),
    *(
        "qwertyuiop",
        "asdfghjkl;",
        "zxcvbnm,./",
        "azertyuiop",
        "qsdfghjklm",
        "wxcvbn",
        "qwertzuiop",
        "yxcvbnm",
    ),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/"),
    *("qazwsxedcrfvtgbyhnujmik,ol.p;/", "zaq1xsw2cde3vfr4bgt5nhy6mju7", "zaqxswcdevfrbgtnhymju"),
    *(
        "!@#$%^&*()_+",
        "!qaz@wsx#edc",
        "qweasdzxc",
        "qwaszx",
        "asdfjkl;",
        "1a2b3c4d5e6f7g8h9i0j",
        "a1b2c3d4e5f6g7h8",
    ),
)
_RUNS = tuple(row for forward in _ROWS for row in (forward, forward[::-1]))
_LONGEST_RUN = max(map(len, _RUNS))
# `1`, `!` and `|` are written for i and for l; both readings are tried.
_LEET = str.maketrans("0345678@$€+", "oeasgtbaset")
_READINGS = (str.maketrans("1!|", "iii"), str.maketrans("1!|", "lll"))


def check_password(raw: str, *, handle: str = "", email: str = "", field: str = "password") -> str:
    """The password to hash: `raw` in NFKC, so that each keyboard's way to type it is one.

    Raises Invalid: `password_too_short` (under 8 code points), `password_too_long` (over 256 code points,
    or 1,024 before NFKC), `password_breached` (common, see `is_common`, or it contains
    the handle, the e-mail address or its local part of 4 or more characters), `invalid_text` (NUL, lone
    surrogates).
    """
    password = _normal(raw, field)
    if len(password) < MIN_PASSWORD_LENGTH:
        raise refusal(field, "password_too_short", f"At least {MIN_PASSWORD_LENGTH} characters.")
    if _contains_a_name(password, handle, email):
        raise refusal(field, "password_breached", "It contains your handle or e-mail address.")
    if is_common(password):
        raise refusal(field, "password_breached", "It is one of those that are tried first; choose another.")
    return password


def _normal(raw: str, field: str) -> str:
    password = unicodedata.normalize("NFKC", raw[:MAX_PASSWORD_BYTES])
    if len(raw) > MAX_PASSWORD_BYTES or len(password) > MAX_PASSWORD_LENGTH:
        raise refusal(field, "password_too_long", f"At most {MAX_PASSWORD_LENGTH} characters.")
    if _UNSENDABLE.search(password):
        raise refusal(field, "invalid_text", "NUL and surrogates are not accepted.")
    return password


def _contains_a_name(password: str, handle: str, email: str) -> bool:
    folded = password.casefold()
    local = email.partition("@")[0]
    names = {handle, email, local, local.partition("+")[0]}
    return any(len(name) >= MIN_NAME_LENGTH and name.casefold() in folded for name in names)


def is_common(password: str) -> bool:
    """Whether `password` is among the first 2^24 that a guesser who knows people's habits would try.

    The habits: common words, backwards and in leet too, runs of a keyboard or alphabet, years, repeats,
    and a few digits or signs. Time is linear in the length.
    """
    return guess_bits(password) < COMMON_BELOW_BITS


def guess_bits(password: str) -> float:
    """The logarithm (base 2) of the tries it takes to guess `password` by its habits."""
    capitals = CAPITAL_BITS * len(_INNER_CAPITAL.findall(password))
    folded = password.casefold()
    period = (folded + folded).find(folded, 1)
    unit = folded[:period]
    return _bits(unit) + capitals + (REPEAT_BITS if period < len(folded) else 0.0)


def _bits(folded: str) -> float:
    """The cheapest way to put `folded` together from known pieces, by dynamic programming."""
    spelled = folded.translate(_LEET)
    readings = [folded, *(spelled.translate(reading) for reading in _READINGS)]
    best = [0.0] + [float("inf")] * len(folded)
    for start in range(len(folded)):
        for end, cost in _pieces(folded, readings, start):
            best[end] = min(best[end], best[start] + cost)
    return best[-1]


def _pieces(folded: str, readings: list[str], start: int) -> list[tuple[int, float]]:
    """Where each piece that begins at `start` ends, and its bits."""
    single = _character_bits(folded[start])
    pieces = [(start + 1, single)]
    if number := _NUMBER.match(folded, start):
        pieces = [
            (end, NUMBER_BITS + DIGIT_BITS * (end - start)) for end in range(start + 1, number.end() + 1)
        ]
    if repeat := _REPEAT.match(folded, start):
        pieces.append((repeat.end(), single + REPEAT_BITS))
    if _YEAR.match(folded, start):
        pieces.append((start + 4, YEAR_BITS))
    pieces += [(end, RUN_BITS) for end in _run_ends(folded, start)]
    words, longest = _common_words()
    for length in range(SHORTEST_WORD, min(longest, len(folded) - start) + 1):
        if any(reading[start : start + length] in words for reading in readings):
            pieces.append((start + length, WORD_BITS))
    return pieces


def _character_bits(character: str) -> float:
    if not character.isascii():
        return FOREIGN_BITS
    if character.isdigit():
        return DIGIT_BITS
    return LETTER_BITS if character.isalpha() else OTHER_BITS


def _run_ends(folded: str, start: int) -> Iterator[int]:
    for end in range(start + SHORTEST_RUN, min(start + _LONGEST_RUN, len(folded)) + 1):
        if not any(folded[start:end] in run for run in _RUNS):
            return
        yield end


@cache
def _common_words() -> tuple[frozenset[str], int]:
    """The words and the same backwards, and the length of the longest."""
    words = (files(__package__) / "common_words.txt").read_text("utf-8").split()
    known = frozenset(word for word in words if len(word) >= SHORTEST_WORD)
    return known | {word[::-1] for word in known}, max(map(len, known))
