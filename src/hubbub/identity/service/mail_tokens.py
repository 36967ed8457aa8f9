"""Links sent by mail: single use, short-lived, and only a hash of them is kept."""

import hashlib
import secrets

from hubbub.identity.errors import MailTokenInvalid
from hubbub.identity.queries import mail_tokens as queries
from hubbub.identity.queries.mail_tokens import MailToken, Purpose
from hubbub.platform.db import Tx
from hubbub.platform.services import Services

TTL_MINUTES: dict[Purpose, int] = {"reset": 60, "verify": 24 * 60, "change": 60}
PATHS: dict[Purpose, str] = {"reset": "reset-password", "verify": "verify-email", "change": "verify-email"}


async def make_link(services: Services, tx: Tx, *, account_id: int, purpose: Purpose, email: str) -> str:
    """A new token for the address; earlier ones of the same purpose end. Returns the link to it."""
    token = secrets.token_urlsafe(32)
    await queries.delete_mail_tokens(tx, account_id=account_id, purposes=[purpose])
    await queries.insert_mail_token(
        tx,
        token_hash=hash_of_token(token),
        account_id=account_id,
        purpose=purpose,
        email=email,
        ttl_minutes=TTL_MINUTES[purpose],
    )
    # Behind the #, so that it is in no server's log and no Referer.
    return f"{services.public_url}/{PATHS[purpose]}#token={token}"


async def peek_token(tx: Tx, token: str) -> MailToken:
    """What the token is for, left unused. Raises MailTokenInvalid."""
    found = await queries.select_mail_token(tx, hash_of_token(token))
    if found is None:
        raise MailTokenInvalid
    return found


async def use_token(tx: Tx, token: str, *purposes: Purpose) -> MailToken:
    """Of many at once one gets it. Raises MailTokenInvalid."""
    found = await queries.delete_mail_token(
        tx, token_hash=hash_of_token(token), purposes=[str(purpose) for purpose in purposes]
    )
    if found is None:
        raise MailTokenInvalid
    return found


async def end_tokens(tx: Tx, account_id: int, *purposes: Purpose) -> None:
    await queries.delete_mail_tokens(tx, account_id=account_id, purposes=[str(p) for p in purposes])


def hash_of_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
