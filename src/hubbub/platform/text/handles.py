"""Handles: what a name may look like, which names are nobody's, and which two look alike."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hubbub.platform.text.refusals import refusal

MIN_HANDLE_LENGTH = 2
MAX_HANDLE_LENGTH = 30
RULES = (
    "2 to 30 of the letters a to z, digits and underscores, with single dots inside, and at least one letter."
)

_SHAPE = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*")
_LETTER = re.compile(r"[A-Za-z]")
_UNDERSCORES = re.compile(r"_+")
_SEPARATORS = re.compile(r"[._]+")
# Only pairs that many fonts draw the same: `user1` and `user2`, `neil` and `nell` stay apart.
_LOOK_ALIKE_DIGITS = str.maketrans("01", "ol")
# Digits read as letters; used against reserved names alone. `1` reads as i and as l.
_LEET_DIGITS = str.maketrans("0345678", "oeasgtb")
_OWN_NAME = "hubbub"


@dataclass(frozen=True, slots=True)
class Handle:
    """`name` is the folded handle; a handle whose `skeleton` or name is claimed already is taken."""

    name: str
    skeleton: str


def parse_handle(raw: str, *, field: str = "handle") -> Handle:
    """The handle in `raw`, folded to lower case; nothing else is mapped.

    Raises Invalid `handle_invalid` for another shape (so for every character outside ASCII, spaces,
    leading, trailing or double dots), and `handle_reserved` for names that would pass for the service
    or for a page of it, look-alikes included.
    """
    name = fold_handle(raw)
    if name is None:
        raise refusal(field, "handle_invalid", RULES)
    if is_reserved(name):
        raise refusal(field, "handle_reserved", "This handle cannot be claimed; choose another one.")
    return Handle(name=name, skeleton=skeleton(name))


def fold_handle(raw: str) -> str | None:
    """`raw` in lower case if it has the shape of a handle, reserved or not; for looking handles up."""
    if not MIN_HANDLE_LENGTH <= len(raw) <= MAX_HANDLE_LENGTH:
        return None
    if not _SHAPE.fullmatch(raw) or not _LETTER.search(raw):
        return None
    return raw.lower()


def skeleton(name: str) -> str:
    """What a folded handle looks like at a glance: 0 is o, 1 is l, rn is m, vv is w, __ is _."""
    return _UNDERSCORES.sub("_", _joined(name.translate(_LOOK_ALIKE_DIGITS)))


def is_reserved(name: str) -> bool:
    """Whether a folded handle reads as a reserved name, dots and underscores overlooked.

    The name of the service is refused as a part between separators too (`hubbub_support`).
    """
    parts = _SEPARATORS.split(name)
    return _is_reserved_word("".join(parts)) or any(_reads_as(_leet(part), _OWN_NAME) for part in parts)


def _is_reserved_word(word: str) -> bool:
    spelled = _leet(word)
    return any(_reads_as(spelled, reserved) for reserved in _reserved_by_outline()[_outline(spelled)])


def _reads_as(spelled: str, reserved: str) -> bool:
    if len(spelled) != len(reserved):
        return False
    return all(a == b or (a == "1" and b in "il") for a, b in zip(spelled, reserved, strict=True))


@cache
def _reserved_by_outline() -> Mapping[str, Sequence[str]]:
    names = (files(__package__) / "reserved_handles.txt").read_text("utf-8").split()
    by_outline: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        word = _joined(_SEPARATORS.sub("", name))
        by_outline[_outline(word)].append(word)
    return by_outline


def _leet(word: str) -> str:
    return _joined(word.translate(_LEET_DIGITS))


def _outline(word: str) -> str:
    return word.replace("i", "1").replace("l", "1")


def _joined(word: str) -> str:
    return word.replace("rn", "m").replace("vv", "w")
