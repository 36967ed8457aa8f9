"""Home lists are made of what PostgreSQL says when a reader finds none, few at a time."""

import asyncio
import logging

from hubbub.errors import Unavailable
from hubbub.feeds import queries
from hubbub.feeds.home_lists import HomeLists
from hubbub.feeds.homes import REBUILDS, REBUILDS_WAITING, Homes
from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import Window
from hubbub.platform.services import Services
from hubbub.platform.valkey import ValkeyRefused, ValkeyUnavailable
from hubbub.posts import Reader

log = logging.getLogger(__name__)

# By whoever has relations too many to hold.
MOST_FOLLOWED = 10_000


def rebuild_soon(services: Services, reader: Reader) -> None:
    """One rebuild of a list at a time in this process, and few of all lists."""
    homes, account_id = services.part(Homes), reader.viewer.id
    if account_id not in homes.rebuilding and len(homes.rebuilding) < REBUILDS_WAITING:
        length = services.part(HomeLists).length
        task = asyncio.create_task(_rebuild(services, homes, account_id, few_each(reader, length)))
        homes.rebuilding[account_id] = task
        task.add_done_callback(lambda done: _note_rebuilt(homes, account_id, done))


def _note_rebuilt(homes: Homes, account_id: int, done: "asyncio.Task[None]") -> None:
    homes.rebuilding.pop(account_id, None)
    if not done.cancelled() and (error := done.exception()) is not None:
        REBUILDS.add("failed")
        log.error("rebuilding a home list ended badly", exc_info=error)


async def _rebuild(services: Services, homes: Homes, account_id: int, per_author: int) -> None:
    lists = services.part(HomeLists)
    try:
        async with homes.turns:
            building = await lists.begin(account_id)
            if building.token:
                ids, floor = await _read_for_list(services, account_id, per_author)
                await _finish(services, account_id, building.token, ids, floor)
    except (Unavailable, ValkeyUnavailable, ValkeyRefused) as error:
        REBUILDS.add("failed")
        log.debug("home list of %s not rebuilt: %s", account_id, error)


async def build_list(services: Services, reader: Reader, part: Window) -> list[int] | None:
    """Read PostgreSQL once, for the list and for a first page alike.

    None when somebody else is at it, or when what a list takes does not fill the page.
    """
    homes, account_id = services.part(Homes), reader.viewer.id
    if account_id in homes.rebuilding or len(homes.rebuilding) >= REBUILDS_WAITING:
        return None
    try:
        building = await services.part(HomeLists).begin(account_id)
    except (ValkeyUnavailable, ValkeyRefused):
        return None
    if not building.token:
        return None
    length = services.part(HomeLists).length
    ids, floor = await _read_for_list(services, account_id, few_each(reader, length))
    task = asyncio.create_task(_finish(services, account_id, building.token, ids, floor))
    homes.rebuilding[account_id] = task
    task.add_done_callback(lambda done: _note_rebuilt(homes, account_id, done))
    return ids[: part.limit] if floor == 0 or len(ids) >= part.limit else None


async def _read_for_list(services: Services, account_id: int, per_author: int) -> tuple[list[int], int]:
    """The newest ids of the feed, and the floor above which they are all there are."""
    async with services.db.connection() as tx:
        return await queries.select_newest_home(
            tx,
            viewer_id=account_id,
            position=MAX_ID,
            per_author=per_author,
            limit=services.part(HomeLists).length,
        )


async def _finish(services: Services, account_id: int, token: bytes, ids: list[int], floor: int) -> None:
    try:
        is_done = await services.part(HomeLists).finish(account_id, token, ids, floor=floor)
        REBUILDS.add("done" if is_done else "overtaken")
    except (ValkeyUnavailable, ValkeyRefused) as error:
        REBUILDS.add("failed")
        log.debug("home list of %s not rebuilt: %s", account_id, error)


def few_each(reader: Reader, limit: int) -> int:
    """How many posts of each author tell where the newest `limit` of all begin: about twice as many."""
    relations = reader.viewer.relations
    number = relations.number_followed if relations is not None else MOST_FOLLOWED
    return min(limit, 1 + 2 * limit // (number + 1))
