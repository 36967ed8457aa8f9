"""What the rule needs to know about one viewer and the people on a page."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubbub.platform.db import Tx
from hubbub.visibility import queries


class AccountFacts(msgspec.Struct):
    is_active: bool
    is_private: bool
    version: int = 0
    """Of the account's public card."""


class Relation(msgspec.Struct, frozen=True):
    """Of the viewer to one account, and back."""

    follows: bool = False
    followed_by: bool = False
    blocks: bool = False
    blocked_by: bool = False
    mutes: str | None = None
    """None, or what is muted: all, posts or reposts."""


STRANGER = Relation()


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts for one viewer (0 is nobody) about the accounts that were asked for; others count as missing."""

    viewer_id: int
    accounts: Mapping[int, AccountFacts] = field(default_factory=dict)
    relations: Mapping[int, Relation] = field(default_factory=dict)

    def relation(self, account_id: int) -> Relation:
        return self.relations.get(account_id, STRANGER)

    def versions(self) -> dict[int, int]:
        """Versions of the accounts' cards, below which no cached one is current."""
        return {account_id: facts.version for account_id, facts in self.accounts.items()}

    def with_more(self, other: "Facts") -> "Facts":
        """Both sets of facts together, for pages that find further people while they are filled."""
        return Facts(
            self.viewer_id,
            {**self.accounts, **other.accounts},
            {**self.relations, **other.relations},
        )


async def load_facts(tx: Tx, *, viewer_id: int, account_ids: Iterable[int]) -> Facts:
    """One statement however many accounts."""
    wanted = list(set(account_ids))
    if not wanted:
        return Facts(viewer_id)
    if viewer_id == 0:
        rows = await queries.select_accounts_only(tx, wanted)
    else:
        rows = await queries.select_facts(tx, viewer_id=viewer_id, account_ids=wanted, at=datetime.now(UTC))
    accounts: dict[int, AccountFacts] = {}
    known: dict[int, dict[str, Any]] = {}
    for fact, account_id, text, flag, version in rows:
        if fact == "account":
            accounts[account_id] = AccountFacts(text == "active", bool(flag), version or 0)
        else:
            known.setdefault(account_id, {})[fact] = text or True
    relations = {account_id: Relation(**facts) for account_id, facts in known.items()}
    return Facts(viewer_id, accounts, relations)


async def load_facts_of_many(tx: Tx, pairs: Collection[tuple[int, int]]) -> dict[int, Facts]:
    """For many viewers at once, each with the accounts that stand beside it in (viewer, account).

    One statement however many; what is known of the viewers' own accounts is among it.
    """
    if not pairs:
        return {}
    wanted = sorted(set(pairs))
    rows = await queries.select_facts_of_many(
        tx,
        viewer_ids=[viewer_id for viewer_id, _ in wanted],
        account_ids=[account_id for _, account_id in wanted],
        everybody=sorted({id_ for pair in wanted for id_ in pair}),
        at=datetime.now(UTC),
    )
    accounts: dict[int, AccountFacts] = {}
    known: dict[tuple[int, int], dict[str, Any]] = {}
    for viewer_id, (fact, account_id, text, flag, version) in rows:
        if fact == "account":
            accounts[account_id] = AccountFacts(text == "active", bool(flag), version or 0)
        else:
            known.setdefault((viewer_id, account_id), {})[fact] = text or True
    relations: dict[int, dict[int, Relation]] = {viewer_id: {} for viewer_id, _ in wanted}
    for (viewer_id, account_id), facts in known.items():
        relations[viewer_id][account_id] = Relation(**facts)
    return {viewer_id: Facts(viewer_id, accounts, relations[viewer_id]) for viewer_id in relations}
