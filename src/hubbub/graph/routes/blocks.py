from datetime import timedelta

from hubbub.accounts import AccountNotFound
from hubbub.errors import Invalid
from hubbub.graph import service
from hubbub.graph.errors import NotYourself
from hubbub.graph.routes.turns import change_relation
from hubbub.graph.schemas import MuteBody, MuteQuery, RelationshipView
from hubbub.graph.service import Relationship
from hubbub.platform.db import Tx
from hubbub.platform.http import Request, Routes

routes = Routes("Blocks and mutes")


@routes.put(
    "/v1/accounts/{account_id}/block",
    returns=RelationshipView,
    budget="relation",
    errors=[AccountNotFound, NotYourself],
)
async def block_account(request: Request, account_id: int) -> RelationshipView:
    """Block an account: neither sees what the other writes, and follows and requests end both ways."""

    async def effect(tx: Tx) -> Relationship:
        return await service.block_account(tx, blocker_id=request.viewer.id, blocked_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.delete(
    "/v1/accounts/{account_id}/block", returns=RelationshipView, budget="relation", errors=[AccountNotFound]
)
async def unblock_account(request: Request, account_id: int) -> RelationshipView:
    """End a block. The follows that it ended do not come back."""

    async def effect(tx: Tx) -> Relationship:
        return await service.unblock_account(tx, blocker_id=request.viewer.id, blocked_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.put(
    "/v1/accounts/{account_id}/mute",
    returns=RelationshipView,
    budget="relation",
    errors=[AccountNotFound, NotYourself, Invalid],
)
async def mute_account(
    request: Request, account_id: int, query: MuteQuery, body: MuteBody | None
) -> RelationshipView:
    """Leave an account out of your feeds, for good or for a while. They are not told.

    The parameters may be sent as a JSON object in the body instead.
    """
    options = body or query
    seconds = options.duration_seconds

    async def effect(tx: Tx) -> Relationship:
        return await service.mute_account(
            tx,
            muter_id=request.viewer.id,
            muted_id=account_id,
            scope=options.scope,
            duration=None if seconds is None else timedelta(seconds=seconds),
        )

    return await change_relation(request, account_id, effect)


@routes.delete(
    "/v1/accounts/{account_id}/mute", returns=RelationshipView, budget="relation", errors=[AccountNotFound]
)
async def unmute_account(request: Request, account_id: int) -> RelationshipView:
    """End a mute."""

    async def effect(tx: Tx) -> Relationship:
        return await service.unmute_account(tx, muter_id=request.viewer.id, muted_id=account_id)

    return await change_relation(request, account_id, effect)
