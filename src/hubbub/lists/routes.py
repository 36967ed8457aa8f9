from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from hubbub.accounts import AccountNotFound
from hubbub.errors import Invalid
from hubbub.graph import Edge, PersonView, list_people, require_visible
from hubbub.lists import queries, service
from hubbub.lists.errors import ListNotFound, MemberNotFollowed, TooManyLists, TooManyMembers
from hubbub.lists.queries import CountedList, ListReplies
from hubbub.lists.schemas import ListChanges, ListView, NewList
from hubbub.lists.service import Changes, ListTurns
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes, show_id_time
from hubbub.platform.paging import BadCursor, Page, Window
from hubbub.posts import Candidate, PostView, Reader, Rules, ask_ahead, list_posts

routes = Routes("Lists")


@routes.get("/v1/lists", returns=Page[ListView])
async def list_lists(request: Request) -> Page[ListView]:
    """Your lists, newest first: all of them, on one page. Nobody else learns of them."""
    async with request.db.connection() as tx:
        return _page(await queries.select_lists(tx, owner_id=request.viewer.id))


@routes.post("/v1/lists", returns=ListView, status=201, errors=[TooManyLists, Invalid])
async def create_list(request: Request, body: NewList) -> Reply:
    """Make a list."""

    async def effect(tx: Tx) -> CountedList:
        return await service.create_list(
            tx,
            owner_id=request.viewer.id,
            title=body.title,
            replies=body.replies,
            is_exclusive=body.exclusive,
        )

    return await _write(request, effect)


@routes.get("/v1/lists/{list_id}", returns=ListView, errors=[ListNotFound])
async def get_list(request: Request, list_id: int) -> ListView:
    """A list of yours."""
    async with request.db.connection() as tx:
        return _view(await service.load_list(tx, owner_id=request.viewer.id, list_id=list_id))


@routes.patch("/v1/lists/{list_id}", returns=ListView, errors=[ListNotFound, Invalid])
async def update_list(request: Request, list_id: int, body: ListChanges) -> Reply:
    """Rename a list, or change what it shows and where."""
    changes = Changes(title=body.title, replies=body.replies, is_exclusive=body.exclusive)

    async def effect(tx: Tx) -> CountedList:
        return await service.update_list(tx, owner_id=request.viewer.id, list_id=list_id, changes=changes)

    return await _write(request, effect)


@routes.delete("/v1/lists/{list_id}", errors=[ListNotFound])
async def delete_list(request: Request, list_id: int) -> Reply:
    """Delete a list. Whom it held you go on following."""

    async def effect(tx: Tx) -> None:
        await service.delete_list(tx, owner_id=request.viewer.id, list_id=list_id)

    return await _write(request, effect)


@routes.get("/v1/lists/{list_id}/members", returns=Page[PersonView], errors=[ListNotFound, BadCursor])
async def list_list_members(request: Request, list_id: int, query: PageQuery) -> Page[PersonView]:
    """Who is on a list of yours, added last first."""
    viewer = request.viewer

    async def fetch(tx: Tx, window: Window) -> list[Edge]:
        return await queries.select_members(tx, owner_id=viewer.id, list_id=list_id, window=window)

    check = partial(service.load_list, owner_id=viewer.id, list_id=list_id)
    return await list_people(request, query, fetch, check=check)


@routes.put(
    "/v1/lists/{list_id}/members/{account_id}",
    returns=ListView,
    errors=[ListNotFound, AccountNotFound, MemberNotFollowed, TooManyMembers],
)
async def add_list_member(request: Request, list_id: int, account_id: int) -> Reply:
    """Put somebody whom you follow, or yourself, on a list. They are not told.

    They are on it until you remove them or the follow ends, whoever ends it.
    """

    async def effect(tx: Tx) -> CountedList:
        return await service.add_member(tx, owner_id=request.viewer.id, list_id=list_id, member_id=account_id)

    return await _write(request, effect)


@routes.delete("/v1/lists/{list_id}/members/{account_id}", returns=ListView, errors=[ListNotFound])
async def remove_list_member(request: Request, list_id: int, account_id: int) -> Reply:
    """Take somebody off a list. You go on following them."""

    async def effect(tx: Tx) -> CountedList:
        return await service.remove_member(
            tx, owner_id=request.viewer.id, list_id=list_id, member_id=account_id
        )

    return await _write(request, effect)


@routes.get("/v1/accounts/{account_id}/lists", returns=Page[ListView], errors=[AccountNotFound])
async def list_lists_with_account(request: Request, account_id: int) -> Page[ListView]:
    """Which of your lists an account is on, newest first: all of them, on one page."""
    owner_id = request.viewer.id
    async with request.db.connection() as tx:
        await require_visible(tx, viewer_id=owner_id, account_id=account_id)
        return _page(await queries.select_lists_with(tx, owner_id=owner_id, member_id=account_id))


@routes.get(
    "/v1/feeds/lists/{list_id}", returns=Page[PostView], errors=[ListNotFound, BadCursor], ahead=ask_ahead
)
async def get_list_feed(request: Request, list_id: int, query: PageQuery) -> Reply:
    """What the members of a list posted and passed on, and the comments it shows, latest first."""
    owner_id = request.viewer.id
    shown: list[ListReplies] = []

    async def check(reader: Reader) -> None:
        async with request.db.connection() as tx:
            shown.append(await service.load_replies(tx, owner_id=owner_id, list_id=list_id))

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        replies = shown[-1]
        if replies == "none":
            return await queries.select_top_posts(tx, owner_id=owner_id, list_id=list_id, window=window)
        return await queries.select_posts_and_comments(
            tx, owner_id=owner_id, list_id=list_id, replies=replies, window=window
        )

    return await list_posts(request, query, fetch, rules=Rules(hide_muted=True), check=check)


async def _write(request: Request, effect: Callable[[Tx], Awaitable[CountedList | None]]) -> Reply:
    """In turn with the owner's other requests, so that a burst of them holds one connection and not all."""

    async def shown(tx: Tx) -> Any:
        found = await effect(tx)
        return None if found is None else _view(found)

    async with request.services.part(ListTurns).of(request.viewer.id):
        return await request.write(shown)


def _view(found: CountedList) -> ListView:
    return ListView(
        id=str(found.id),
        title=found.title,
        replies=found.replies,
        exclusive=found.is_exclusive,
        members_count=found.members_count,
        created_at=show_id_time(found.id),
    )


def _page(lists: list[CountedList]) -> Page[ListView]:
    return Page(tuple(_view(each) for each in lists), None, None)
