"""The one way from candidates to a page of posts: candidates → hydrate → rules → present.

Every list of posts differs only in its candidates. A page costs a constant number of round trips, and
is refilled until it is full; its cursor is the position of the scan.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request
from hubbub.platform.paging import Slice, Window, fill_slice
from hubbub.posts.errors import PostNotFound
from hubbub.posts.hydrate import Hydrated, hydrate
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.reader import Reader, open_reader

Fetch: TypeAlias = Callable[[Tx, Window], Awaitable[Sequence[Candidate]]]
Scan: TypeAlias = Callable[[Window], Awaitable[Sequence[Candidate]]]
"""The same for candidates that are not in PostgreSQL."""
Check: TypeAlias = Callable[[Reader], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list asks beyond that the viewer may see the post."""

    listed_only: bool = False
    """Only what belongs on pages for everyone."""
    hide_muted: bool = False
    leaves_out: Callable[[Reader, Candidate, Post], bool] | None = None
    """What this list alone does not show."""


EVERY_VISIBLE = Rules()


async def list_posts(
    request: Request,
    query: PageQuery,
    fetch: Fetch,
    *,
    rules: Rules = EVERY_VISIBLE,
    check: Check | None = None,
    newest_first: bool = True,
) -> Reply:
    """One page (Page[PostView]) of what `fetch` finds, in scan order and at most `window.limit`.

    `check` runs first and raises when the viewer may not see what the list hangs on.
    """
    window = request.window(query.cursor, query.limit, newest_first=newest_first)
    reader = await open_reader(request)
    if check is not None:
        await check(reader)
    found = await fill(reader, window, selecting(request, fetch), rules)
    return await show_page(request, reader, window, found)


def selecting(request: Request, fetch: Fetch) -> Scan:
    """Candidates from PostgreSQL, each time on a connection that is held no longer than that."""

    async def scan(window: Window) -> Sequence[Candidate]:
        async with request.db.connection() as tx:
            return await fetch(tx, window)

    return scan


async def fill(reader: Reader, window: Window, scan: Scan, rules: Rules) -> Slice[int]:
    """The ids of the posts that belong on the page, with the positions that its cursors are made of."""
    ranks: dict[int, int] = {}

    async def candidates(part: Window) -> Sequence[Candidate]:
        found = await scan(replace(part, rank=ranks.get(part.position, window.rank)))
        ranks.update((each.position, each.rank) for each in found)
        return found

    async def keep(found: Sequence[Candidate]) -> list[tuple[int, int]]:
        await reader.hydrate([each.post_id for each in found if each.post_id])
        return judge(reader, rules, found)

    slice_ = await fill_slice(window, candidates, keep, lambda each: each.position)
    return replace(
        slice_,
        first_rank=ranks.get(slice_.first or 0, 0),
        last_rank=ranks.get(slice_.last or 0, 0),
    )


def judge(reader: Reader, rules: Rules, found: Sequence[Candidate]) -> list[tuple[int, int]]:
    """(position, id) of those hydrated candidates that the rules leave on the page."""
    hydrated = reader.hydrated
    return [
        (each.position, each.post_id)
        for each in found
        if (post := hydrated.find(each.post_id)) is not None
        and not (rules.listed_only and not hydrated.is_listed(post))
        and not (rules.hide_muted and hydrated.is_muted(post))
        and not (rules.leaves_out is not None and rules.leaves_out(reader, each, post))
    ]


async def show_page(request: Request, reader: Reader, window: Window, found: Slice[int]) -> Reply:
    """The page as JSON, with cursors both ways."""
    presenter = await reader.present(found.items)
    return request.join_page(window, show_slice(presenter.show_all(found.items), found))


def show_slice(items: list[bytes], found: Slice[int]) -> Slice[bytes]:
    """The same page, its ids replaced by what a client is shown."""
    return Slice(items, found.first, found.last, found.last_rank, found.first_rank)


async def show_posts(request: Request, post_ids: Sequence[int]) -> list[bytes]:
    """Those of these posts that the viewer may see, in the same order, as JSON (PostView)."""
    reader = await open_reader(request)
    await reader.hydrate(post_ids)
    return (await reader.present(post_ids)).show_all(post_ids)


async def require_visible(tx: Tx, *, post_id: int, viewer_id: int) -> Post:
    """The post, or PostNotFound, alike for missing and hidden posts."""
    post = (await hydrate(tx, viewer_id=viewer_id, post_ids=[post_id])).find(post_id)
    if post is None:
        raise PostNotFound(f"{post_id} for {viewer_id}")
    return post


__all__ = [
    "EVERY_VISIBLE",
    "Candidate",
    "Check",
    "Fetch",
    "Hydrated",
    "Rules",
    "Scan",
    "fill",
    "judge",
    "list_posts",
    "require_visible",
    "selecting",
    "show_page",
    "show_posts",
    "show_slice",
]
