"""People to fill a system with, the same for the same seed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hubbub.demo.words import FIRST_NAMES, LAST_NAMES, TONGUES, Tongue, write_bio


@dataclass(frozen=True, slots=True)
class DemoPerson:
    handle: str
    email: str
    display_name: str
    bio: str
    tongue: Tongue


def make_people(random: Random, names: Sequence[str]) -> list[DemoPerson]:
    """One person for each name of the graph; the name becomes part of the handle, so handles are distinct."""
    return [_make_person(random, name) for name in names]


def _make_person(random: Random, name: str) -> DemoPerson:
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    # Half speak English; the others one of the other languages.
    tongue = TONGUES[0] if random.random() < 0.5 else random.choice(TONGUES[1:])
    handle = f"{_plain(first)}_{_plain(name)}"[:30]
    return DemoPerson(handle, f"{handle}@demo.example", f"{first} {last}", write_bio(random, tongue), tongue)


def _plain(text: str) -> str:
    """ASCII letters and digits only, as handles want them."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", folded) or "x"
