"""The text of a post as it is stored, and whom it reaches by mentioning them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from hubbub.accounts import find_account_ids
from hubbub.platform.db import Tx
from hubbub.platform.text.clean import clean_text
from hubbub.platform.text.entities import Entities, extract_entities, refuse_too_many_mentions
from hubbub.posts.schemas import MAX_CHARACTERS, MAX_WARNING_CHARACTERS
from hubbub.visibility import Facts, may_see_account


@dataclass(frozen=True, slots=True)
class Wording:
    """A cleaned text and what was found in it; `ids` are the accounts that have its handles."""

    text: str
    entities: Entities
    ids: Mapping[str, int]

    def mentioned(self, author_facts: Facts) -> dict[str, int]:
        """Those whom the author, whose facts these are, can mention: nobody behind a block, nobody gone."""
        return {
            handle: id_
            for handle, id_ in self.ids.items()
            if may_see_account(author_facts, id_) and not author_facts.relation(id_).blocks
        }

    @property
    def tags(self) -> list[str]:
        return list(dict.fromkeys(tag.tag for tag in self.entities.tags))


async def read_wording(tx: Tx, raw: str) -> Wording:
    """Clean the text and find who is mentioned, in one statement or none. Raises Invalid."""
    text, entities = parse_wording(raw)
    return Wording(text, entities, await find_mentioned(tx, entities))


def parse_wording(raw: str) -> tuple[str, Entities]:
    """The cleaned text and what stands in it. Raises Invalid."""
    text = clean_text(raw, max_characters=MAX_CHARACTERS, field="text", required=True)
    refuse_too_many_mentions(text)
    return text, extract_entities(text)


async def find_mentioned(tx: Tx, entities: Entities) -> Mapping[str, int]:
    """Accounts by handle."""
    handles = {mention.handle for mention in entities.mentions}
    return await find_account_ids(tx, handles) if handles else {}


def clean_warning(raw: str | None) -> str:
    """One line, empty when there is none. Raises Invalid."""
    return clean_text(
        raw or "", max_characters=MAX_WARNING_CHARACTERS, field="content_warning", multiline=False
    )


def pack_entities(wording: Wording, mentioned: Mapping[str, int]) -> str:
    """As stored with the post: mentions that reach nobody are left out and so stay plain text."""
    found: dict[str, list[dict[str, Any]]] = {
        "mentions": [
            {
                "id": str(mentioned[each.handle]),
                "handle": wording.text[each.start + 1 : each.end],
                "start": each.start,
                "end": each.end,
            }
            for each in wording.entities.mentions
            if each.handle in mentioned
        ],
        "tags": [msgspec.structs.asdict(each) for each in wording.entities.tags],
        "links": [msgspec.structs.asdict(each) for each in wording.entities.links],
    }
    return msgspec.json.encode({name: each for name, each in found.items() if each}).decode()
