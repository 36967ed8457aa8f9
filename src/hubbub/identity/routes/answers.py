"""What several routes of this slice have in common."""

from collections.abc import Awaitable, Callable
from typing import Any

from hubbub.accounts import Account, card_view
from hubbub.errors import AppError
from hubbub.identity.parts import Identity
from hubbub.identity.schemas import TokensView
from hubbub.identity.service.sessions import OpenSession
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request


async def tokens_view(request: Request, account: Account, session: OpenSession) -> TokensView:
    access = request.services.part(Identity).access
    return TokensView(
        account=card_view(account, request.services.public_url),
        access_token=await access.issue(session.account_id, session.session_id),
        refresh_token=session.refresh_token,
        expires_in=access.ttl_seconds,
    )


async def first_reply(request: Request, error: AppError) -> Reply:
    """What this Idempotency-Key was answered before; without that, raise the error.

    For checks in front of the effect that a repeated request could not pass again.
    """
    if request.header("idempotency-key") is None:
        raise error

    async def refuse(tx: Tx) -> None:
        raise error

    return await request.write(refuse)


async def write_ending(request: Request, effect: Callable[[Tx, list[int]], Awaitable[Any]]) -> Reply:
    """`request.write` for an effect that puts the sessions it has ended into its list.

    They are refused everywhere once the transaction is committed.
    """
    ended: list[int] = []

    async def run(tx: Tx) -> Any:
        ended.clear()
        return await effect(tx, ended)

    reply = await request.write(run)
    await request.services.part(Identity).states.revoke(ended)
    return reply
