from dataclasses import replace

import msgspec
from msgspec import UNSET

from hubbub.accounts import (
    AccountCounts,
    ProfileChanges,
    ProfileField,
    load_account,
    lock_account,
    public_profile,
    update_profile,
)
from hubbub.errors import Invalid, TooMany
from hubbub.identity.errors import Busy, TotpNeeded, WrongPassword
from hubbub.identity.routes.answers import write_ending
from hubbub.identity.schemas import (
    MeView,
    PreferencesBody,
    PreferencesView,
    ProfileBody,
    ProofBody,
    read_preferences,
)
from hubbub.identity.service import lifecycle
from hubbub.identity.service import me as service
from hubbub.identity.service.login import check_password
from hubbub.identity.service.me import OwnAccount
from hubbub.platform.counters import CountKind, select_counts
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes, versioned
from hubbub.platform.text.languages import parse_language

routes = Routes("Me")


@routes.get("/v1/me", returns=MeView, is_conditional=True)
async def get_me(request: Request) -> Reply:
    """Your own account, with what only you see."""
    async with request.db.connection() as tx:
        own = await service.load_own(tx, await load_account(tx, request.viewer.id))
        is_known = request.etag_matches(own.version)
        return versioned(await _me_view(request, tx, own), own.version, is_known=is_known)


@routes.patch("/v1/me", returns=MeView, errors=[Invalid], is_conditional=True)
async def update_me(request: Request, body: ProfileBody) -> Reply:
    """Change your profile. With If-Match it changes only the version that you have seen."""

    async def effect(tx: Tx) -> Reply:
        own = await service.load_own(tx, await lock_account(tx, request.viewer.id))
        request.require_match(own.version)
        updated = replace(own, account=await update_profile(tx, account=own.account, changes=_changes(body)))
        return versioned(await _me_view(request, tx, updated), updated.version)

    return await request.write(effect)


@routes.delete("/v1/me", errors=[WrongPassword, TotpNeeded, TooMany, Busy])
async def delete_me(request: Request, body: ProofBody) -> Reply:
    """Delete your account. It is hidden at once, and gone for good after a time of grace.

    Logging in before then keeps it. The handle is nobody else's, ever.
    """
    credentials = await check_password(
        request, request.viewer, password=body.password, totp=body.totp, needs_factor=True
    )

    async def effect(tx: Tx, ended: list[int]) -> None:
        ended += await lifecycle.delete_account(request.services, tx, credentials)

    return await write_ending(request, effect)


@routes.post("/v1/me/deactivate", errors=[WrongPassword, TotpNeeded, TooMany, Busy])
async def deactivate_me(request: Request, body: ProofBody) -> Reply:
    """Hide your account, and log out everywhere. Logging in again brings it back."""
    await check_password(request, request.viewer, password=body.password, totp=body.totp, needs_factor=True)

    async def effect(tx: Tx, ended: list[int]) -> None:
        ended += await lifecycle.deactivate_account(tx, request.viewer.id)

    return await write_ending(request, effect)


@routes.get("/v1/me/preferences", returns=PreferencesView)
async def get_preferences(request: Request) -> PreferencesView:
    """How clients shall behave for you, the same on all your devices."""
    async with request.db.connection() as tx:
        return read_preferences(await service.load_preferences(tx, request.viewer.id))


@routes.patch("/v1/me/preferences", returns=PreferencesView, errors=[Invalid])
async def update_preferences(request: Request, body: PreferencesBody) -> Reply:
    """Change some preferences; what is left out stays."""
    if isinstance(body.default_language, str):
        language = parse_language(body.default_language, field="default_language")
        body = msgspec.structs.replace(body, default_language=language)

    async def effect(tx: Tx) -> PreferencesView:
        changes = msgspec.json.encode(body).decode()
        whole = await service.change_preferences(tx, account_id=request.viewer.id, changes=changes)
        return read_preferences(whole)

    return await request.write(effect)


async def _me_view(request: Request, tx: Tx, own: OwnAccount) -> MeView:
    account = own.account
    counts = (await select_counts(tx, [account.id]))[account.id]
    profile = public_profile(account, request.services.public_url)
    return MeView(
        **msgspec.structs.asdict(profile),
        email=own.email,
        email_verified=own.is_verified,
        totp_enabled=own.has_factor,
        recovery_codes_left=own.codes_left,
        state=account.state,
        role=account.role,
        locale=account.locale,
        counts=AccountCounts(
            followers=counts[CountKind.FOLLOWERS],
            following=counts[CountKind.FOLLOWING],
            posts=counts[CountKind.POSTS],
        ),
    )


def _changes(body: ProfileBody) -> ProfileChanges:
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    if "fields" in given:
        given["fields"] = [ProfileField(name=field.name, value=field.value) for field in given["fields"]]
    return ProfileChanges(**given)
