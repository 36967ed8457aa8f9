"""Texts with what Hubbub finds in them, made once and used again, since finding costs more than the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from hubbub.demo.words import TONGUES, Tongue, write_comment, write_post
from hubbub.platform.text.entities import Tag, extract_entities

POOL = 1_000
"""Different texts of each kind in each language."""


@dataclass(frozen=True, slots=True)
class Wording:
    text: str
    entities: str
    """As JSON, the way `posts` stores them."""
    tags: Sequence[str]
    spans: Sequence[Tag]

    def mentioning(self, handle: str, account_id: int) -> "Wording":
        """The same text behind a mention."""
        prefix = f"@{handle} "
        moved = [Tag(tag.tag, tag.start + len(prefix), tag.end + len(prefix)) for tag in self.spans]
        mention = {"id": str(account_id), "handle": handle, "start": 0, "end": len(prefix) - 1}
        return Wording(prefix + self.text, _pack(moved, [mention]), self.tags, moved)


class Wordings:
    def __init__(self, seed: int) -> None:
        random = Random(f"{seed} words")
        self.posts = [[_read(write_post(random, tongue)) for _ in range(POOL)] for tongue in TONGUES]
        self.comments = [_comments(random, tongue) for tongue in TONGUES]


def _comments(random: Random, tongue: Tongue) -> list[Wording]:
    return [_read(write_comment(random, tongue)) for _ in range(4 * len(tongue.answers))]


def _read(text: str) -> Wording:
    found = extract_entities(text)
    assert not found.mentions and not found.links  # noqa: PT018 - a mention needs somebody's id
    return Wording(
        text, _pack(found.tags, []), list(dict.fromkeys(tag.tag for tag in found.tags)), found.tags
    )


def _pack(tags: Sequence[Tag], mentions: Sequence[dict[str, Any]]) -> str:
    found = {"mentions": mentions, "tags": [msgspec.structs.asdict(tag) for tag in tags]}
    return msgspec.json.encode({name: each for name, each in found.items() if each}).decode()
