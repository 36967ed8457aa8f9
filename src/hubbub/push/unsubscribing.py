"""Links that end mails without a log-in: sealed, so that nobody makes one for another. They never expire."""

import base64
import binascii
from typing import Literal

from hubbub.errors import BadRequest
from hubbub.platform.secrets import Keyring, Unsealable

Kind = Literal["events", "digest"]
KINDS: tuple[Kind, ...] = ("events", "digest")
PATH = "/v1/mail/unsubscribe"
_PURPOSE = "unsubscribe"
_ID_BYTES = 8


class UnsubscribeLinkInvalid(BadRequest):
    code = "unsubscribe_link_invalid"
    message = "This is no link of ours; change what is mailed to you in the app."


def unsubscribe_url(keyring: Keyring, public_url: str, *, account_id: int, kind: Kind) -> str:
    sealed = keyring.seal(_PURPOSE, account_id.to_bytes(_ID_BYTES) + bytes([KINDS.index(kind)]))
    return f"{public_url}{PATH}?token={base64.urlsafe_b64encode(sealed).rstrip(b'=').decode()}"


def read_token(keyring: Keyring, token: str) -> tuple[int, Kind]:
    """Raises UnsubscribeLinkInvalid."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), "-_", validate=True)
        plain = keyring.unseal(_PURPOSE, sealed)
    except (binascii.Error, ValueError, Unsealable) as error:
        raise UnsubscribeLinkInvalid(type(error).__name__) from None
    return int.from_bytes(plain[:_ID_BYTES]), KINDS[plain[_ID_BYTES]]
