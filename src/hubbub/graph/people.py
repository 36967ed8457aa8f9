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


async def list_people(
    request: Request, query: PageQuery, fetch: Fetch, *, of: int | None = None
) -> Page[PersonView]:
    """A full page of the accounts that `fetch` finds and the viewer may see.

    `of` names whose follows these are: somebody else's are shown only where the rule allows, and
    without the people whom the viewer blocks. Raises AccountNotFound, NotAllowed.
    A constant number of statements: the rule for `of`, candidates, facts, relationships, cards not cached.
    """
    facts = Facts(request.viewer_id)

    async def keep(edges: Sequence[Edge]) -> list[tuple[int, int]]:
        nonlocal facts
        people = [edge.account_id for edge in edges]
        facts = facts.with_more(await load_facts(tx, viewer_id=request.viewer_id, account_ids=people))
        return [
            (edge.id, edge.account_id)
            for edge in edges
            if may_see_account(facts, edge.account_id)
            and not (of is not None and facts.relation(edge.account_id).blocks)
        ]

    window = request.window(query.cursor, query.limit)
    async with request.db.connection() as tx:
        if of is not None:
            await _require_open(tx, viewer_id=request.viewer_id, account_id=of)
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


async def _require_open(tx: Tx, *, viewer_id: int, account_id: int) -> None:
    facts = await require_visible(tx, viewer_id=viewer_id, account_id=account_id)
    if not may_see_follows(facts, account_id):
        raise NotAllowed("private account")
