"""Who may see whether somebody is connected: whom their preference names, and never across a block."""

from collections.abc import Collection

from hubbub.platform.db import Tx
from hubbub.stream import queries
from hubbub.stream.schemas import ShownTo
from hubbub.visibility import Relation, load_facts

DEFAULT: ShownTo = "followed"


async def select_seen(tx: Tx, *, viewer_id: int, account_ids: Collection[int]) -> set[int]:
    """Of these accounts, those whose presence the viewer may see. Two statements."""
    facts = await load_facts(tx, viewer_id=viewer_id, account_ids=account_ids)
    shown_to = await queries.select_shown_to(tx, list(account_ids))
    seen = set()
    for account_id in account_ids:
        account, relation = facts.accounts.get(account_id), facts.relation(account_id)
        if account is None or not account.is_active:
            continue
        if account_id == viewer_id or _is_shown(
            shown_to.get(account_id, DEFAULT), relation, follows_back=relation.followed_by
        ):
            seen.add(account_id)
    return seen


async def select_seeing(tx: Tx, *, account_id: int, viewer_ids: Collection[int]) -> set[int]:
    """The same from the other side: of these viewers, those who may see the account's presence."""
    facts = await load_facts(tx, viewer_id=account_id, account_ids={account_id, *viewer_ids})
    account = facts.accounts.get(account_id)
    if account is None or not account.is_active:
        return set()
    shown_to = (await queries.select_shown_to(tx, [account_id])).get(account_id, DEFAULT)
    return {
        viewer_id
        for viewer_id in viewer_ids
        if viewer_id == account_id
        or _is_shown(shown_to, facts.relation(viewer_id), follows_back=facts.relation(viewer_id).follows)
    }


def _is_shown(shown_to: ShownTo, relation: Relation, *, follows_back: bool) -> bool:
    """`follows_back`: whether the account follows the viewer. A block counts whoever made it."""
    if relation.blocks or relation.blocked_by or shown_to == "nobody":
        return False
    return shown_to == "everyone" or follows_back
