"""The e-mail address of an account: confirmed by a link, changed by a link to the new one."""

import hashlib
from collections.abc import Sequence

from hubbub.identity import letters
from hubbub.identity.errors import EmailTaken, EmailVerified, MailTokenInvalid
from hubbub.identity.events import EmailChanged
from hubbub.identity.queries import credentials as queries
from hubbub.identity.queries.credentials import Credentials, VerifiedEmail
from hubbub.identity.service.audit import note
from hubbub.identity.service.mail_tokens import end_tokens, make_link, use_token
from hubbub.platform.db import Tx
from hubbub.platform.mail import queue_letters
from hubbub.platform.outbox import announce
from hubbub.platform.services import Services
from hubbub.platform.text.emails import Email, parse_email


def hash_of_email(email: Email) -> bytes:
    """What an address is claimed and looked up by."""
    return hashlib.sha256(email.folded.encode()).digest()


async def send_verification(services: Services, tx: Tx, *, account_id: int, handle: str, email: str) -> None:
    """Mail a link that confirms the address; an earlier link ends."""
    link = await make_link(services, tx, account_id=account_id, purpose="verify", email=email)
    await queue_letters(tx, services.keyring, letters.verify_email(to=email, handle=handle, link=link))


async def resend_verification(services: Services, tx: Tx, credentials: Credentials) -> None:
    """Raises EmailVerified."""
    if credentials.email_verified_at is not None:
        raise EmailVerified
    await send_verification(
        services,
        tx,
        account_id=credentials.account_id,
        handle=credentials.handle,
        email=credentials.email,
    )


async def ask_email_change(services: Services, tx: Tx, *, credentials: Credentials, email: Email) -> None:
    """Mail a link to the new address and a notice to the old one.

    Whether the new address is taken shows only to whoever reads its mail.
    """
    handle = credentials.handle
    holder = await queries.select_account_by_email(tx, hash_of_email(email))
    if holder is not None and holder != credentials.account_id:
        letter = letters.address_in_use(to=email.address)
    else:
        link = await make_link(
            services, tx, account_id=credentials.account_id, purpose="change", email=email.address
        )
        letter = letters.confirm_new_email(to=email.address, handle=handle, link=link)
    notice = letters.email_change_asked(to=credentials.email, handle=handle, new_email=email.address)
    await queue_letters(tx, services.keyring, letter, notice)


async def verify_email(tx: Tx, token: str) -> int:
    """Confirm an address, or take over a new one; whose account it is.

    Raises MailTokenInvalid, also when the account has another address by now, and EmailTaken.
    """
    used = await use_token(tx, token, "verify", "change")
    if used.purpose == "change":
        await _change_email(tx, used.account_id, parse_email(used.email))
    elif not await queries.update_email_verified(tx, account_id=used.account_id, email=used.email):
        raise MailTokenInvalid("another address by now")
    return used.account_id


async def _change_email(tx: Tx, account_id: int, email: Email) -> None:
    credentials = await queries.select_credentials_for_update(tx, account_id)
    if credentials is None:
        raise MailTokenInvalid("no account any more")
    old = parse_email(credentials.email)
    if old.folded != email.folded:
        if not await queries.claim_email(tx, email_hash=hash_of_email(email), account_id=account_id):
            raise EmailTaken
        await queries.delete_email_claim(tx, email_hash=hash_of_email(old), account_id=account_id)
    await queries.update_email(tx, account_id=account_id, email=email.address)
    await end_tokens(tx, account_id, "reset", "verify", "change")
    await note(tx, account_id, "change_email")
    await announce(tx, EmailChanged(account_id=account_id))


async def load_verified_emails(tx: Tx, account_ids: Sequence[int]) -> dict[int, VerifiedEmail]:
    """By account, for those that are active and have confirmed their address. One statement."""
    return {found.account_id: found for found in await queries.select_verified_emails(tx, account_ids)}
