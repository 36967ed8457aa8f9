from hubbub.errors import TooMany
from hubbub.identity import letters
from hubbub.identity.errors import ReauthRequired, TotpAlreadyOn, TotpCodeWrong, TotpIsOff, TotpNotStarted
from hubbub.identity.limits import guess
from hubbub.identity.schemas import CodeBody, RecoveryCodesView, TotpView
from hubbub.identity.service import factors as service
from hubbub.identity.service.login import factor_charges
from hubbub.identity.service.me import load_credentials
from hubbub.identity.service.sessions import require_recent_proof
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes
from hubbub.platform.mail import queue_letters

routes = Routes("Second factor")


@routes.post("/v1/auth/totp", returns=TotpView, status=201, errors=[ReauthRequired, TotpAlreadyOn])
async def start_totp(request: Request) -> Reply:
    """Begin to set up a second factor. It counts once a code has confirmed it."""
    viewer, keyring = request.viewer, request.services.keyring

    async def effect(tx: Tx) -> TotpView:
        await require_recent_proof(tx, viewer)
        credentials = await load_credentials(tx, viewer.id)
        started = await service.start_factor(keyring, tx, account_id=viewer.id, label=credentials.handle)
        return TotpView(secret=started.secret, uri=started.uri)

    return await request.write(effect)


@routes.post(
    "/v1/auth/totp/confirm",
    returns=RecoveryCodesView,
    errors=[ReauthRequired, TotpNotStarted, TotpAlreadyOn, TotpCodeWrong, TooMany],
)
async def confirm_totp(request: Request, body: CodeBody) -> Reply:
    """Turn the second factor on with a first code. The answer holds recovery codes, this once."""
    viewer, keyring = request.viewer, request.services.keyring

    async def effect(tx: Tx) -> RecoveryCodesView:
        await require_recent_proof(tx, viewer)
        codes = await service.confirm_factor(keyring, tx, account_id=viewer.id, code=body.code)
        await _tell(request, tx, is_on=True)
        return RecoveryCodesView(recovery_codes=tuple(codes))

    async with guess(request, factor_charges(request, viewer.id)) as made:
        reply = await request.write(effect)
        made.was_right()
        return reply


@routes.delete("/v1/auth/totp", errors=[ReauthRequired, TotpIsOff])
async def remove_totp(request: Request) -> Reply:
    """Turn the second factor off; its recovery codes are void."""
    viewer = request.viewer

    async def effect(tx: Tx) -> None:
        await require_recent_proof(tx, viewer)
        await service.remove_factor(tx, viewer.id)
        await _tell(request, tx, is_on=False)

    return await request.write(effect)


@routes.post("/v1/auth/totp/recovery-codes", returns=RecoveryCodesView, errors=[ReauthRequired, TotpIsOff])
async def renew_recovery_codes(request: Request) -> Reply:
    """Ten new recovery codes; the old ones are void."""
    viewer = request.viewer

    async def effect(tx: Tx) -> RecoveryCodesView:
        await require_recent_proof(tx, viewer)
        codes = await service.new_recovery_codes(request.services.keyring, tx, viewer.id)
        return RecoveryCodesView(recovery_codes=tuple(codes))

    return await request.write(effect)


async def _tell(request: Request, tx: Tx, *, is_on: bool) -> None:
    credentials = await load_credentials(tx, request.viewer.id)
    letter = letters.second_factor_changed(to=credentials.email, handle=credentials.handle, is_on=is_on)
    await queue_letters(tx, request.services.keyring, letter)
