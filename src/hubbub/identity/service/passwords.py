"""Changing a password, and setting a new one by a link when it is forgotten."""

from base64 import b64decode, b64encode

from hubbub.identity import letters
from hubbub.identity.errors import MailTokenInvalid, WrongPassword
from hubbub.identity.events import PasswordChanged, PasswordForgotten
from hubbub.identity.queries import credentials as queries
from hubbub.identity.queries.credentials import Credentials
from hubbub.identity.service.audit import note
from hubbub.identity.service.emails import hash_of_email
from hubbub.identity.service.mail_tokens import end_tokens, make_link, peek_token, use_token
from hubbub.identity.service.sessions import revoke_all_sessions
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.mail import queue_letters
from hubbub.platform.outbox import announce
from hubbub.platform.secrets import Keyring
from hubbub.platform.services import Services
from hubbub.platform.text.emails import Email, parse_email

_PURPOSE = "forgotten"


async def change_password(
    services: Services, tx: Tx, *, credentials: Credentials, password_hash: str, session_id: int
) -> list[int]:
    """Set it, log other devices out and say so by mail. Returns the sessions ended.

    Raises WrongPassword when another change came first.
    """
    account_id = credentials.account_id
    now = await queries.select_credentials_for_update(tx, account_id)
    if now is None or now.password_hash != credentials.password_hash:
        raise WrongPassword("changed meanwhile")
    await _set_password(services, tx, now, password_hash)
    await note(tx, account_id, "change_password")
    return await revoke_all_sessions(
        tx, account_id=account_id, kept_session_id=session_id, reason="password_changed"
    )


async def forget_password(keyring: Keyring, tx: Tx, email: Email) -> None:
    """Ask the worker to mail a link. The same work whether or not anybody has the address."""
    sealed = b64encode(keyring.seal(_PURPOSE, email.address.encode())).decode()
    await announce(tx, PasswordForgotten(request_id=new_id(), sealed_email=sealed))


async def mail_reset_link(services: Services, tx: Tx, event: PasswordForgotten) -> None:
    """Mail a link to the address if it is an account's; the links before it end."""
    email = parse_email(services.keyring.unseal(_PURPOSE, b64decode(event.sealed_email)).decode())
    account_id = await queries.select_account_by_email(tx, hash_of_email(email))
    credentials = await queries.select_credentials(tx, account_id) if account_id else None
    if credentials is None or credentials.state == "suspended":
        return
    link = await make_link(
        services, tx, account_id=credentials.account_id, purpose="reset", email=credentials.email
    )
    letter = letters.reset_password(to=credentials.email, handle=credentials.handle, link=link)
    await queue_letters(tx, services.keyring, letter)


async def find_reset(tx: Tx, token: str) -> Credentials:
    """Whose password the token resets; it is left unused. Raises MailTokenInvalid."""
    found = await peek_token(tx, token)
    credentials = await queries.select_credentials(tx, found.account_id)
    if found.purpose != "reset" or credentials is None or credentials.email != found.email:
        raise MailTokenInvalid("not for a reset")
    return credentials


async def reset_password(services: Services, tx: Tx, *, token: str, password_hash: str) -> list[int]:
    """Use the token up, set the password and end every session. A second factor stays on.

    Raises MailTokenInvalid. Returns the sessions ended.
    """
    used = await use_token(tx, token, "reset")
    now = await queries.select_credentials_for_update(tx, used.account_id)
    if now is None or now.email != used.email:
        raise MailTokenInvalid("another address by now")
    await _set_password(services, tx, now, password_hash)
    # The link came to this address, so it is theirs.
    await queries.update_email_verified(tx, account_id=now.account_id, email=now.email)
    await queries.delete_login_failures(tx, now.account_id)
    await note(tx, now.account_id, "reset_password")
    return await revoke_all_sessions(tx, account_id=now.account_id, reason="password_reset")


async def _set_password(services: Services, tx: Tx, credentials: Credentials, password_hash: str) -> None:
    account_id = credentials.account_id
    await queries.update_password(tx, account_id=account_id, password_hash=password_hash)
    await end_tokens(tx, account_id, "reset", "change")
    await announce(tx, PasswordChanged(account_id=account_id))
    letter = letters.password_changed(to=credentials.email, handle=credentials.handle)
    await queue_letters(tx, services.keyring, letter)
