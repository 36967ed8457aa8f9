from hubbub.accounts import AccountNotFound
from hubbub.graph import service
from hubbub.graph.errors import FollowRequestNotFound, NotYourself, TooManyFollows
from hubbub.graph.routes.turns import change_relation
from hubbub.graph.schemas import RelationshipList, RelationshipQuery, RelationshipView, relationship_view
from hubbub.graph.service import Relationship
from hubbub.platform.db import Tx
from hubbub.platform.http import Request, Routes, parse_ids

routes = Routes("Follows")


@routes.put(
    "/v1/accounts/{account_id}/follow",
    returns=RelationshipView,
    budget="relation",
    errors=[AccountNotFound, NotYourself, TooManyFollows],
)
async def follow_account(request: Request, account_id: int) -> RelationshipView:
    """Follow an account.

    A private account is asked instead: `requested` is then true, and `following` once it accepts.
    """

    async def effect(tx: Tx) -> Relationship:
        return await service.follow_account(tx, follower_id=request.viewer.id, followee_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.delete(
    "/v1/accounts/{account_id}/follow", returns=RelationshipView, budget="relation", errors=[AccountNotFound]
)
async def unfollow_account(request: Request, account_id: int) -> RelationshipView:
    """Stop following an account, or withdraw the request."""

    async def effect(tx: Tx) -> Relationship:
        return await service.unfollow_account(tx, follower_id=request.viewer.id, followee_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.delete(
    "/v1/accounts/{account_id}/follower",
    returns=RelationshipView,
    budget="relation",
    errors=[AccountNotFound],
)
async def remove_follower(request: Request, account_id: int) -> RelationshipView:
    """Remove a follower of yours, without a block. They are not told and may follow again."""

    async def effect(tx: Tx) -> Relationship:
        return await service.remove_follower(tx, account_id=request.viewer.id, follower_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.put(
    "/v1/follow-requests/{account_id}",
    returns=RelationshipView,
    budget="relation",
    errors=[FollowRequestNotFound],
)
async def accept_follow_request(request: Request, account_id: int) -> RelationshipView:
    """Let an account that has asked follow you."""

    async def effect(tx: Tx) -> Relationship:
        return await service.accept_follow_request(tx, account_id=request.viewer.id, requester_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.delete(
    "/v1/follow-requests/{account_id}",
    returns=RelationshipView,
    budget="relation",
    errors=[FollowRequestNotFound],
)
async def reject_follow_request(request: Request, account_id: int) -> RelationshipView:
    """Turn down an account that has asked to follow you. It is not told and may ask again."""

    async def effect(tx: Tx) -> Relationship:
        return await service.reject_follow_request(tx, account_id=request.viewer.id, requester_id=account_id)

    return await change_relation(request, account_id, effect)


@routes.get("/v1/relationships", returns=RelationshipList)
async def list_relationships(request: Request, query: RelationshipQuery) -> RelationshipList:
    """How you stand to up to 100 accounts. One that does not exist is like a stranger."""
    wanted = parse_ids(query.ids)
    async with request.db.connection() as tx:
        found = await service.load_relationships(tx, viewer_id=request.viewer.id, account_ids=wanted)
    return RelationshipList(items=tuple(relationship_view(found[account_id]) for account_id in wanted))
