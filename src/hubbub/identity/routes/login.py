from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hubbub.accounts import HandleTaken, find_account_id, load_account
from hubbub.errors import Invalid, NotAllowed, TooMany
from hubbub.identity.clients import client_of
from hubbub.identity.errors import (
    AccountSuspended,
    Busy,
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    RefreshReused,
    TotpNeeded,
    TotpRequired,
    WrongPassword,
)
from hubbub.identity.limits import guess, spend
from hubbub.identity.parts import Identity
from hubbub.identity.routes.answers import first_reply, tokens_view, write_ending
from hubbub.identity.schemas import LoginBody, ProofBody, RefreshBody, RegisterBody, TokensView
from hubbub.identity.service.login import (
    CheckedLogin,
    check_login,
    check_password,
    factor_charges,
    log_in,
    update_hash,
)
from hubbub.identity.service.registration import NewPerson, check_sign_up, register_person
from hubbub.identity.service.sessions import (
    mark_authenticated,
    refresh_session,
    revoke_session,
)
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes
from hubbub.platform.rates import Charge, budgets, ip_charges, text_subject

routes = Routes("Log-in")
# An answer and no error, so that the end of the session is committed; what is no success is kept for no key.
REUSED = Reply(status=RefreshReused.status)


@routes.post(
    "/v1/auth/register",
    returns=TokensView,
    status=201,
    auth="none",
    budget="read",
    errors=[HandleTaken, EmailTaken, Invalid, Busy],
)
async def register(request: Request, body: RegisterBody) -> Reply:
    """Sign up.

    A mail with a link to confirm the address is sent; the account can be used at once.
    """
    services, client = request.services, client_of(request)
    person = check_sign_up(
        handle=body.handle, email=body.email, password=body.password, display_name=body.display_name
    )
    identity = services.part(Identity)
    await spend(request, ip_charges(budgets.HANDLE_IP, client.ip))
    async with identity.turns.of(person.handle.skeleton):
        if await _is_taken(request, person):
            return await first_reply(request, HandleTaken(person.handle.name))
        await spend(
            request,
            [
                *ip_charges(budgets.SIGN_UP_IP, client.ip),
                Charge(budgets.SIGN_UP_SUBJECT, text_subject(person.email.mailbox)),
            ],
        )
        password_hash = await identity.hashing.hash(person.password)
        await identity.keys.refresh()

        async def effect(tx: Tx) -> TokensView:
            account, session = await register_person(
                services, tx, person=person, password_hash=password_hash, client=client
            )
            return await tokens_view(request, account, session)

        return await request.write(effect)


@routes.post(
    "/v1/auth/login",
    returns=TokensView,
    auth="none",
    budget="read",
    errors=[InvalidCredentials, TotpRequired, AccountSuspended, TooMany, Busy],
)
async def login(request: Request, body: LoginBody) -> Reply:
    """Log in with a handle or an e-mail address.

    An account with a second factor needs its code as `totp`, or one of its recovery codes. Logging in
    wakes a deactivated account, and keeps one that waits for its deletion.
    """
    client = client_of(request)
    checked = await check_login(
        request, login=body.login, password=body.password, totp=body.totp, client=client
    )
    new_hash = await update_hash(request.services, checked)
    await request.services.part(Identity).keys.refresh()

    async def effect(tx: Tx) -> TokensView:
        session = await log_in(request.services, tx, checked=checked, client=client, new_hash=new_hash)
        return await tokens_view(request, await load_account(tx, session.account_id), session)

    async with _factor_guess(request, checked):
        return await request.write(effect)


@routes.post(
    "/v1/auth/refresh",
    returns=TokensView,
    auth="none",
    budget="read",
    errors=[InvalidRefreshToken, RefreshReused, AccountSuspended],
)
async def refresh(request: Request, body: RefreshBody) -> Reply:
    """Exchange a refresh token for the next one and a new access token.

    For 30 seconds the same token gives the same successor, so that requests may race and replies may be
    lost. Used again later it ends the session, as somebody may have stolen it.
    """
    services, client = request.services, client_of(request)
    identity = services.part(Identity)
    token = identity.refresh.read(body.refresh_token)
    await spend(
        request,
        [
            Charge(budgets.REFRESH_SUBJECT, f"session:{token.session_id}"),
            *ip_charges(budgets.REFRESH_IP, client.ip),
        ],
    )
    await identity.keys.refresh()

    async def effect(tx: Tx, ended: list[int]) -> Reply | TokensView:
        refreshed = await refresh_session(services, tx, token=token, client=client)
        ended += refreshed.ended
        if refreshed.session is None:
            return REUSED
        account = await load_account(tx, refreshed.session.account_id)
        return await tokens_view(request, account, refreshed.session)

    reply = await write_ending(request, effect)
    if reply.status == REUSED.status:
        raise RefreshReused("session ended")
    return reply


@routes.post("/v1/auth/logout")
async def logout(request: Request) -> Reply:
    """End this session. Its tokens are refused from now on."""
    viewer = request.viewer

    async def effect(tx: Tx, ended: list[int]) -> None:
        ended += await revoke_session(
            tx, account_id=viewer.id, session_id=viewer.session_id, reason="logged_out"
        )

    return await write_ending(request, effect)


@routes.post("/v1/auth/reauthenticate", errors=[WrongPassword, TotpNeeded, NotAllowed, TooMany, Busy])
async def reauthenticate(request: Request, body: ProofBody) -> Reply:
    """Prove again who you are; for ten minutes this session may then do what needs a recent proof."""
    viewer = request.viewer
    await check_password(request, viewer, password=body.password, totp=body.totp, needs_factor=True)

    async def effect(tx: Tx) -> None:
        await mark_authenticated(tx, viewer)

    return await request.write(effect)


async def _is_taken(request: Request, person: NewPerson) -> bool:
    """A look that spares the hash; the claim decides."""
    async with request.db.connection() as tx:
        return await find_account_id(tx, person.handle.name) is not None


@asynccontextmanager
async def _factor_guess(request: Request, checked: CheckedLogin) -> AsyncIterator[None]:
    """Charges a code while it is tried; nothing without a second factor."""
    if not checked.has_factor:
        yield
        return
    async with guess(request, factor_charges(request, checked.account_id)) as made:
        yield
        made.was_right()
