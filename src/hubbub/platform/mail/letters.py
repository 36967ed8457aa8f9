from base64 import b64decode, b64encode
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import ClassVar

import msgspec

from hubbub.platform.db import Tx
from hubbub.platform.ids import id_time, new_id
from hubbub.platform.outbox import Event, announce
from hubbub.platform.secrets import Keyring

_PURPOSE = "mail"
MAX_LINE = 900  # RFC 5322 allows 998


class Letter(msgspec.Struct, frozen=True):
    """One plain-text mail to one person."""

    to: str
    subject: str
    text: str
    unsubscribe_url: str = ""
    """Where one POST ends such letters (RFC 8058); for those that nobody has asked for just now."""


class MailQueued(Event, frozen=True):
    """A letter waits to be sent. It is sealed, for it may hold a link that opens an account."""

    aggregate: ClassVar[str] = "mail_id"
    consumers: ClassVar[tuple[str, ...]] = ("mail",)

    mail_id: int
    sealed: str


async def queue_letters(tx: Tx, keyring: Keyring, *letters: Letter) -> None:
    """Sent by the worker once the transaction commits, at least once."""
    await announce(tx, *(_queued(keyring, letter) for letter in letters))


def open_letter(keyring: Keyring, event: MailQueued) -> Letter:
    """Raises Unsealable."""
    return msgspec.json.decode(keyring.unseal(_PURPOSE, b64decode(event.sealed)), type=Letter)


def compose(letter: Letter, *, mail_id: int, sender: str) -> EmailMessage:
    """The same bytes each time, so that a receiver can tell a repetition by its Message-ID.

    The library refuses line breaks in headers, so nothing in an address or subject can add one.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(id_time(mail_id))
    message["Message-ID"] = f"<{mail_id}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    # As it is where it can be, so that a link in a file can be copied whole.
    is_plain = letter.text.isascii() and max(map(len, letter.text.splitlines()), default=0) < MAX_LINE
    message.set_content(letter.text, cte="7bit" if is_plain else "quoted-printable")
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        # A link that is cut or encoded to fit into 78 characters is none any more.
        message.policy = message.policy.clone(max_line_length=MAX_LINE)
    return message


def _queued(keyring: Keyring, letter: Letter) -> MailQueued:
    sealed = keyring.seal(_PURPOSE, msgspec.json.encode(letter))
    return MailQueued(mail_id=new_id(), sealed=b64encode(sealed).decode())
