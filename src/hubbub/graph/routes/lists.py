from datetime import UTC, datetime
from functools import partial

from hubbub.accounts import AccountNotFound
from hubbub.errors import NotAllowed
from hubbub.graph import queries
from hubbub.graph.people import list_people, require_open_follows
from hubbub.graph.schemas import PersonView
from hubbub.platform.http import PageQuery, Request, Routes
from hubbub.platform.paging import BadCursor, Page

routes = Routes("Follows")


@routes.get(
    "/v1/accounts/{account_id}/followers",
    returns=Page[PersonView],
    auth="optional",
    errors=[AccountNotFound, NotAllowed, BadCursor],
)
async def list_followers(request: Request, account_id: int, query: PageQuery) -> Page[PersonView]:
    """Who follows an account, newest first. Of a private account only its followers see them."""
    return await list_people(
        request,
        query,
        lambda tx, window: queries.select_followers(tx, account_id=account_id, window=window),
        check=partial(require_open_follows, viewer_id=request.viewer_id, account_id=account_id),
    )


@routes.get(
    "/v1/accounts/{account_id}/following",
    returns=Page[PersonView],
    auth="optional",
    errors=[AccountNotFound, NotAllowed, BadCursor],
)
async def list_following(request: Request, account_id: int, query: PageQuery) -> Page[PersonView]:
    """Whom an account follows, newest first. Of a private account only its followers see them."""
    return await list_people(
        request,
        query,
        lambda tx, window: queries.select_followees(tx, account_id=account_id, window=window),
        check=partial(require_open_follows, viewer_id=request.viewer_id, account_id=account_id),
    )


@routes.get("/v1/follow-requests", returns=Page[PersonView], errors=[BadCursor])
async def list_follow_requests(request: Request, query: PageQuery) -> Page[PersonView]:
    """Who asks to follow you, newest first."""
    viewer_id = request.viewer.id
    return await list_people(
        request,
        query,
        lambda tx, window: queries.select_requesters(tx, account_id=viewer_id, window=window),
    )


@routes.get("/v1/me/blocks", returns=Page[PersonView], errors=[BadCursor])
async def list_blocks(request: Request, query: PageQuery) -> Page[PersonView]:
    """Whom you block, newest first."""
    viewer_id = request.viewer.id
    return await list_people(
        request,
        query,
        lambda tx, window: queries.select_blocked(tx, account_id=viewer_id, window=window),
    )


@routes.get("/v1/me/mutes", returns=Page[PersonView], errors=[BadCursor])
async def list_mutes(request: Request, query: PageQuery) -> Page[PersonView]:
    """Whom you mute, newest first; what has run out is left out."""
    viewer_id, at = request.viewer.id, datetime.now(UTC)
    return await list_people(
        request,
        query,
        lambda tx, window: queries.select_muted(tx, account_id=viewer_id, window=window, at=at),
    )
