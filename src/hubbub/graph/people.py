"""Pages of people: candidates, rules, present; the same for every list of accounts."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from hubbub.accounts import load_cards
from hubbub.errors import NotAllowed
from hubbub.graph.queries import Edge
from hubbub.graph.schemas import PersonView, relationship_view
from hubbub.graph.service import load_relationships, require_visible
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Request
from hubbub.platform.paging import Page, Slice, Window, fill_slice
from hubbub.visibility import Facts, load_facts, may_see_account, may_see_follows

Fetch = Callable[[Tx, Window], Awaitable[Sequence[Edge]]]
Check = Callable[[Tx], Awaitable[object]]
MayShow = Callable[[Facts, int], bool]


async def list_people(
    request: Request,
    query: PageQuery,
    fetch: Fetch,
    *,
    check: Check | None = None,
    may_show: MayShow = may_see_account,
) -> Page[PersonView]:
    """A full page of the accounts that `fetch` finds and the viewer may see, or as `may_show` says.

    `check` runs first and raises where the list is not for this viewer; a list that needs one is
    somebody else's, so people whom the viewer blocks are left out of it.
    A constant number of statements: the check, candidates, facts, relationships, cards not cached.
    """
    facts = Facts(request.viewer_id)

    async def keep(edges: Sequence[Edge]) -> list[tuple[int, int]]:
        nonlocal facts
        people = [edge.account_id for edge in edges]
        facts = facts.with_more(await load_facts(tx, viewer_id=request.viewer_id, account_ids=people))
        return [
            (edge.id, edge.account_id)
            for edge in edges
            if may_show(facts, edge.account_id)
            and not (check is not None and facts.relation(edge.account_id).blocks)
        ]

    window = request.window(query.cursor, query.limit)
    async with request.db.connection() as tx:
        if check is not None:
            await check(tx)
        found = await fill_slice(window, lambda part: fetch(tx, part), keep, lambda edge: edge.id)
        relations = await load_relationships(tx, viewer_id=request.viewer_id, account_ids=found.items)
    cards = await load_cards(request.services, found.items, versions=facts.versions())
    views = [
        PersonView(
            **msgspec.structs.asdict(card),
            viewer=relationship_view(relations[account_id]) if request.viewer_id else None,
        )
        for account_id, card in cards.items()
    ]
    return request.page(window, Slice(views, found.first, found.last))


async def require_open_follows(tx: Tx, *, viewer_id: int, account_id: int) -> None:
    """Raises AccountNotFound, or NotAllowed for a private account that the viewer does not follow."""
    facts = await require_visible(tx, viewer_id=viewer_id, account_id=account_id)
    if not may_see_follows(facts, account_id):
        raise NotAllowed("private account")
