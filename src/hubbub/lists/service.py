from dataclasses import dataclass, replace

from msgspec import UNSET, UnsetType

from hubbub.accounts import lock_account
from hubbub.graph import require_visible
from hubbub.lists import queries
from hubbub.lists.errors import ListNotFound, MemberNotFollowed, TooManyLists, TooManyMembers
from hubbub.lists.events import ExclusiveListsChanged
from hubbub.lists.queries import CountedList, ListReplies, ListRow
from hubbub.lists.schemas import MAX_TITLE_CHARACTERS
from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.platform.services import Services
from hubbub.platform.text.clean import clean_text
from hubbub.platform.turns import Turns

MAX_LISTS = 50
MAX_MEMBERS = 500


class ListTurns(Turns):
    """Of requests that change lists of the same owner."""


async def start_lists(services: Services) -> None:
    services.add(ListTurns())


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to change of a list, as it was typed."""

    title: str | UnsetType = UNSET
    replies: ListReplies | UnsetType = UNSET
    is_exclusive: bool | UnsetType = UNSET


async def create_list(
    tx: Tx, *, owner_id: int, title: str, replies: ListReplies = "list", is_exclusive: bool = False
) -> CountedList:
    """A new list without members. Raises TooManyLists, Invalid at `/title`."""
    new = ListRow(new_id(), clean_title(title), replies, is_exclusive)
    await lock_account(tx, owner_id)
    if await queries.count_lists(tx, owner_id=owner_id) >= MAX_LISTS:
        raise TooManyLists(str(owner_id))
    await queries.insert_list(tx, new, owner_id=owner_id)
    return CountedList(new.id, new.title, new.replies, new.is_exclusive, members_count=0)


async def update_list(tx: Tx, *, owner_id: int, list_id: int, changes: Changes) -> CountedList:
    """Raises ListNotFound, Invalid at `/title`."""
    found = await _lock_list(tx, owner_id=owner_id, list_id=list_id)
    changed = replace(
        found,
        title=found.title if changes.title is UNSET else clean_title(changes.title),
        replies=found.replies if changes.replies is UNSET else changes.replies,
        is_exclusive=found.is_exclusive if changes.is_exclusive is UNSET else changes.is_exclusive,
    )
    if changed != found:
        await queries.update_list(tx, changed, owner_id=owner_id)
    if changed.is_exclusive != found.is_exclusive:
        await _change_home(tx, owner_id)
    return await load_list(tx, owner_id=owner_id, list_id=list_id)


async def delete_list(tx: Tx, *, owner_id: int, list_id: int) -> None:
    """With its members. Raises ListNotFound."""
    was_exclusive = await queries.delete_list(tx, owner_id=owner_id, list_id=list_id)
    if was_exclusive is None:
        raise ListNotFound(f"{list_id} of {owner_id}")
    if was_exclusive:
        await _change_home(tx, owner_id)


async def add_member(tx: Tx, *, owner_id: int, list_id: int, member_id: int) -> CountedList:
    """Put somebody whom the owner follows, or the owner, on the list. May be repeated.

    Raises ListNotFound, AccountNotFound, MemberNotFollowed, TooManyMembers.
    """
    found = await _lock_list(tx, owner_id=owner_id, list_id=list_id)
    await require_visible(tx, viewer_id=owner_id, account_id=member_id)
    count, is_member = await queries.count_members(
        tx, owner_id=owner_id, list_id=list_id, member_id=member_id
    )
    if not is_member:
        if count >= MAX_MEMBERS:
            raise TooManyMembers(str(list_id))
        await _insert_member(tx, owner_id=owner_id, list_id=list_id, member_id=member_id)
        if found.is_exclusive:
            await _change_home(tx, owner_id)
    return await load_list(tx, owner_id=owner_id, list_id=list_id)


async def _insert_member(tx: Tx, *, owner_id: int, list_id: int, member_id: int) -> None:
    if member_id == owner_id:
        await queries.insert_own_membership(tx, owner_id=owner_id, list_id=list_id, id_=new_id())
        return
    is_followed = await queries.insert_member(
        tx, owner_id=owner_id, list_id=list_id, member_id=member_id, id_=new_id()
    )
    if not is_followed:
        raise MemberNotFollowed(f"{member_id} by {owner_id}")


async def remove_member(tx: Tx, *, owner_id: int, list_id: int, member_id: int) -> CountedList:
    """May be repeated, and tells nothing of whether there is such an account. Raises ListNotFound."""
    found = await _lock_list(tx, owner_id=owner_id, list_id=list_id)
    has_gone = await queries.delete_member(tx, owner_id=owner_id, list_id=list_id, member_id=member_id)
    if has_gone and found.is_exclusive:
        await _change_home(tx, owner_id)
    return await load_list(tx, owner_id=owner_id, list_id=list_id)


async def load_list(tx: Tx, *, owner_id: int, list_id: int) -> CountedList:
    """Raises ListNotFound, alike for a list of somebody else's and one that never was."""
    found = await queries.select_list(tx, owner_id=owner_id, list_id=list_id)
    if found is None:
        raise ListNotFound(f"{list_id} of {owner_id}")
    return found


async def load_replies(tx: Tx, *, owner_id: int, list_id: int) -> ListReplies:
    """All that the feed needs to know of the list. Raises ListNotFound."""
    replies = await queries.select_replies(tx, owner_id=owner_id, list_id=list_id)
    if replies is None:
        raise ListNotFound(f"{list_id} of {owner_id}")
    return replies


async def exclusive_members(tx: Tx, owner_id: int) -> list[int]:
    """Whom the owner's home leaves out for being on an exclusive list; never the owner. One statement."""
    return await queries.select_exclusive_members(tx, owner_id=owner_id)


def clean_title(raw: str) -> str:
    return clean_text(raw, max_characters=MAX_TITLE_CHARACTERS, field="title", multiline=False, required=True)


async def _lock_list(tx: Tx, *, owner_id: int, list_id: int) -> ListRow:
    found = await queries.select_list_for_update(tx, owner_id=owner_id, list_id=list_id)
    if found is None:
        raise ListNotFound(f"{list_id} of {owner_id}")
    return found


async def _change_home(tx: Tx, owner_id: int) -> None:
    note_change("relations", owner_id)
    note_change("home", owner_id)
    await announce(tx, ExclusiveListsChanged(owner_id=owner_id))
