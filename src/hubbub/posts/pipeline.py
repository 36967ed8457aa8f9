"""The one way from candidates to a page of posts: candidates → hydrate → rules → present.

Every list of posts differs only in its candidates. A page costs a constant number of round trips, and
is refilled until it is full; its cursor is the position of the scan.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Request
from hubbub.platform.paging import Page, Slice, Window, fill_slice
from hubbub.posts.errors import PostNotFound
from hubbub.posts.hydrate import Hydrated, hydrate
from hubbub.posts.present import Presenter, load_numbers, open_presenter
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import PostView
from hubbub.visibility import Facts

Fetch: TypeAlias = Callable[[Tx, Window], Awaitable[Sequence[Candidate]]]
Check: TypeAlias = Callable[[Tx], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list asks beyond that the viewer may see the post."""

    listed_only: bool = False
    """Only what belongs on pages for everyone."""
    hide_muted: bool = False


EVERY_VISIBLE = Rules()


@dataclass(slots=True)
class Scan:
    """One page while it is filled: what was loaded so far, and the rank of each position seen."""

    viewer_id: int
    rules: Rules
    window: Window
    hydrated: Hydrated = field(init=False)
    ranks: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hydrated = Hydrated({}, Facts(self.viewer_id))


async def list_posts(
    request: Request,
    query: PageQuery,
    fetch: Fetch,
    *,
    rules: Rules = EVERY_VISIBLE,
    check: Check | None = None,
    newest_first: bool = True,
) -> Page[PostView]:
    """One page of a list whose candidates `fetch` finds, in scan order and at most `window.limit`.

    `check` runs first and raises when the viewer may not see what the list hangs on.
    """
    window = request.window(query.cursor, query.limit, newest_first=newest_first)
    scan = Scan(request.viewer_id, rules, window)
    async with request.db.connection() as tx:
        if check is not None:
            await check(tx)
        found = await fill(tx, scan, fetch)
        numbers = await load_numbers(tx, scan.hydrated, found.items)
    presenter = await open_presenter(request.services, scan.hydrated, numbers, found.items)
    return request.page(window, show_slice(presenter, found))


async def fill(tx: Tx, scan: Scan, fetch: Fetch) -> Slice[int]:
    """The ids of the posts that belong on the page, with the positions that its cursors are made of."""

    async def candidates(window: Window) -> Sequence[Candidate]:
        ranked = replace(window, rank=scan.ranks.get(window.position, scan.window.rank))
        found = await fetch(tx, ranked)
        scan.ranks.update((each.position, each.rank) for each in found)
        return found

    async def keep(found: Sequence[Candidate]) -> list[tuple[int, int]]:
        scan.hydrated = scan.hydrated.with_more(
            await hydrate(tx, viewer_id=scan.viewer_id, post_ids=[each.post_id for each in found])
        )
        return _judge(scan.hydrated, scan.rules, found)

    slice_ = await fill_slice(scan.window, candidates, keep, lambda each: each.position)
    return replace(
        slice_,
        first_rank=scan.ranks.get(slice_.first or 0, 0),
        last_rank=scan.ranks.get(slice_.last or 0, 0),
    )


def _judge(hydrated: Hydrated, rules: Rules, found: Sequence[Candidate]) -> list[tuple[int, int]]:
    return [
        (each.position, each.post_id)
        for each in found
        if (post := hydrated.find(each.post_id)) is not None
        and not (rules.listed_only and not hydrated.is_listed(post))
        and not (rules.hide_muted and hydrated.is_muted(post))
    ]


def show_slice(presenter: Presenter, found: Slice[int]) -> Slice[PostView]:
    """The same page, its ids replaced by what a client is shown."""
    views = presenter.show_all(found.items)
    return Slice(views, found.first, found.last, found.last_rank, found.first_rank)


async def show_posts(request: Request, post_ids: Sequence[int]) -> list[PostView]:
    """Those of these posts that the viewer may see, in the same order."""
    async with request.db.connection() as tx:
        hydrated = await hydrate(tx, viewer_id=request.viewer_id, post_ids=post_ids)
        numbers = await load_numbers(tx, hydrated, post_ids)
    presenter = await open_presenter(request.services, hydrated, numbers, post_ids)
    return presenter.show_all(post_ids)


async def show_post(request: Request, post_id: int) -> PostView:
    """Raises PostNotFound, alike for missing and hidden posts."""
    found = await show_posts(request, [post_id])
    if not found:
        raise PostNotFound(f"{post_id} for {request.viewer_id}")
    return found[0]


async def require_visible(tx: Tx, *, post_id: int, viewer_id: int) -> Post:
    """The post, or PostNotFound, alike for missing and hidden posts."""
    post = (await hydrate(tx, viewer_id=viewer_id, post_ids=[post_id])).find(post_id)
    if post is None:
        raise PostNotFound(f"{post_id} for {viewer_id}")
    return post
