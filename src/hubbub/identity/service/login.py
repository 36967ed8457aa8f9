"""Logging in, and proving again who one is.

The same statements, hash and bytes for a name that nobody has and for a wrong password, so that neither
the answer nor its time tells which it was. Strangers who guess spend the account's budget; a device that
has logged in before has a budget of its own, so that they cannot lock the owner out.
"""

import unicodedata
from dataclasses import dataclass

from hubbub.accounts import find_account_id, lock_account, set_state
from hubbub.errors import Invalid
from hubbub.identity.clients import Client, network_of
from hubbub.identity.errors import (
    AccountSuspended,
    InvalidCredentials,
    TotpNeeded,
    TotpRequired,
    WrongPassword,
)
from hubbub.identity.limits import guess
from hubbub.identity.parts import Identity
from hubbub.identity.queries import credentials as queries
from hubbub.identity.queries.credentials import Credentials, LoginRow
from hubbub.identity.service.emails import hash_of_email
from hubbub.identity.service.factors import use_code
from hubbub.identity.service.sessions import OpenSession, open_session
from hubbub.platform.db import Tx
from hubbub.platform.http import Request, Viewer
from hubbub.platform.rates import Charge, account_subject, budgets, ip_charges, text_subject
from hubbub.platform.services import Services
from hubbub.platform.text.emails import parse_email
from hubbub.platform.text.handles import fold_handle

NOBODY = 0
# From then on a password alone opens no session on a new device: a reset or the second factor does.
MAX_FAILURES = 100


@dataclass(frozen=True, slots=True)
class CheckedLogin:
    """A log-in whose password was right when it was looked at."""

    account_id: int
    password: str
    password_hash: str
    has_factor: bool
    totp: str | None


async def check_login(
    request: Request, *, login: str, password: str, totp: str | None, client: Client
) -> CheckedLogin:
    """Raises InvalidCredentials, TotpRequired, TooMany, Busy. Opens nothing yet: see `log_in`."""
    services = request.services
    password = normal_password(password)
    row = await _find(services, login)
    is_known_device = row is not None and client.network in map(network_of, row.addresses)
    async with guess(request, _login_charges(login, client, is_known_device=is_known_device)) as made:
        is_right = await services.part(Identity).hashing.verify(password, row.password_hash if row else None)
        if row is None or not is_right or not (is_known_device or _may_still_guess(row)):
            await _count_failure(services, row)
            raise InvalidCredentials
        made.was_right()
    if row.has_factor and totp is None:
        raise TotpRequired
    return CheckedLogin(row.account_id, password, row.password_hash, row.has_factor, totp)


async def log_in(
    services: Services, tx: Tx, *, checked: CheckedLogin, client: Client, new_hash: str | None
) -> OpenSession:
    """Open a session, unless the password or state changed meanwhile or the code is used up.

    A deactivated account becomes active again, and one that waits for its deletion is kept.
    Raises InvalidCredentials, AccountSuspended.
    """
    account_id = checked.account_id
    now = await queries.select_credentials_for_update(tx, account_id)
    if now is None or now.password_hash != checked.password_hash or now.state == "deleted":
        raise InvalidCredentials
    if now.has_factor:
        code = checked.totp or ""
        if not await use_code(services.keyring, tx, account_id=account_id, code=code):
            raise InvalidCredentials
    await _wake(tx, now)
    await queries.delete_login_failures(tx, account_id)
    if new_hash is not None:
        await queries.update_password_hash(tx, account_id=account_id, password_hash=new_hash)
    return await open_session(services, tx, account_id=account_id, client=client)


async def update_hash(services: Services, checked: CheckedLogin) -> str | None:
    """The password hashed with today's parameters, when it was hashed with others."""
    hashing = services.part(Identity).hashing
    if not hashing.is_outdated(checked.password_hash):
        return None
    return await hashing.hash(checked.password)


async def check_password(
    request: Request, viewer: Viewer, *, password: str, totp: str | None = None, needs_factor: bool = False
) -> Credentials:
    """The credentials of someone signed in whose password is right. Raises WrongPassword, TooMany, Busy.

    With `needs_factor`, an account with a second factor must send a code too: TotpNeeded.
    """
    services = request.services
    async with services.db.connection() as tx:
        credentials = await queries.select_credentials(tx, viewer.id)
    charges = [
        Charge(budgets.PASSWORD_SUBJECT, account_subject(viewer.id)),
        *ip_charges(budgets.PASSWORD_IP, request.client_ip),
    ]
    async with guess(request, charges) as made:
        encoded = credentials.password_hash if credentials else None
        is_right = await services.part(Identity).hashing.verify(normal_password(password), encoded)
        if credentials is None or not is_right:
            raise WrongPassword
        made.was_right()
    if needs_factor and credentials.has_factor:
        await _check_factor(request, credentials, totp)
    return credentials


def factor_charges(request: Request, account_id: int) -> list[Charge]:
    """Wrong codes of one account: 5 at once and 50 a day."""
    return [
        Charge(budgets.SECOND_FACTOR_SUBJECT, account_subject(account_id)),
        *ip_charges(budgets.SECOND_FACTOR_IP, request.client_ip),
    ]


def normal_password(raw: str) -> str:
    """As it was hashed: NFKC, so that each keyboard's way to type a password is one."""
    return unicodedata.normalize("NFKC", raw)


async def _wake(tx: Tx, credentials: Credentials) -> None:
    """Active again, unless suspended, be it a moment ago."""
    state = credentials.state
    if state in ("deactivated", "deleting"):
        state = (await lock_account(tx, credentials.account_id)).state
    if state == "suspended":
        raise AccountSuspended(str(credentials.account_id))
    if state in ("deactivated", "deleting"):
        await set_state(tx, credentials.account_id, "active")


async def _check_factor(request: Request, credentials: Credentials, totp: str | None) -> None:
    if totp is None:
        raise TotpNeeded
    account_id = credentials.account_id
    async with guess(request, factor_charges(request, account_id)) as made:
        keyring = request.services.keyring
        is_right = await request.db.write(lambda tx: use_code(keyring, tx, account_id=account_id, code=totp))
        if not is_right:
            raise WrongPassword
        made.was_right()


async def _find(services: Services, login: str) -> LoginRow | None:
    """The same statements for names that nobody has."""
    async with services.db.connection() as tx:
        account_id = await _find_id(tx, login)
        return await queries.select_login(tx, account_id or NOBODY)


async def _find_id(tx: Tx, login: str) -> int | None:
    if "@" not in login:
        return await find_account_id(tx, login)
    try:
        email = parse_email(login)
    except Invalid:
        return None
    return await queries.select_account_by_email(tx, hash_of_email(email))


def _login_charges(login: str, client: Client, *, is_known_device: bool) -> list[Charge]:
    """By what was typed, never by the account: a budget that a name and an address had in common would
    tell anybody whose address it is.
    """
    typed = _normal_login(login)
    subject = text_subject(f"{typed} from {client.network}" if is_known_device else typed)
    return [Charge(budgets.LOGIN_SUBJECT, subject), *ip_charges(budgets.LOGIN_IP, client.ip)]


def _normal_login(login: str) -> str:
    """One for all spellings that find the same account, whether or not there is one."""
    try:
        return parse_email(login).folded if "@" in login else fold_handle(login) or login
    except Invalid:
        return login


def _may_still_guess(row: LoginRow) -> bool:
    return row.failures < MAX_FAILURES or row.has_factor


async def _count_failure(services: Services, row: LoginRow | None) -> None:
    """Not worth waiting for the disk, which would also tell a known name from an unknown one."""

    async def effect(tx: Tx) -> None:
        await queries.update_commit_mode(tx)
        await queries.upsert_login_failure(tx, row.account_id if row else NOBODY)

    await services.db.write(effect)
