from collections.abc import Awaitable, Callable

from hubbub.graph.schemas import RelationshipView, relationship_view
from hubbub.graph.service import Relationship
from hubbub.platform.db import Tx
from hubbub.platform.http import Request
from hubbub.platform.services import Services
from hubbub.platform.turns import Turns


class PairTurns(Turns):
    """Of requests about the same two people."""


async def start_graph(services: Services) -> None:
    services.add(PairTurns())


async def change_relation(
    request: Request, account_id: int, effect: Callable[[Tx], Awaitable[Relationship]]
) -> RelationshipView:
    """Change in one transaction how the viewer and the account stand to each other.

    The verbs lock the pair. A burst of requests about one pair waits for its turn here first, so that
    it holds one connection and not all of them.
    """
    pair = tuple(sorted((request.viewer.id, account_id)))
    async with request.services.part(PairTurns).of(pair):
        return relationship_view(await request.db.write(effect))
