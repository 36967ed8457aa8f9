import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hubbub.errors import Unavailable
from hubbub.platform.db import Tx
from hubbub.platform.mail.letters import MailQueued, compose, open_letter
from hubbub.platform.secrets import Keyring
from hubbub.settings import MailSettings

log = logging.getLogger("hubbub.mail")

TIMEOUT_SECONDS = 20.0
FOLDER = "mails"


class MailServerUnavailable(Unavailable):
    code = "mail_server_unavailable"
    message = "The mail server cannot be reached right now."


class Mailer(Protocol):
    async def send(self, message: EmailMessage, mail_id: int) -> None:
        """Raises MailServerUnavailable for what may work later; other errors are the mail's own."""
        ...


class FileMailer:
    """Without a mail server: every mail is a file that only the owner of the data directory may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage, mail_id: int) -> None:
        path = self._folder / f"{mail_id}.eml"
        await asyncio.to_thread(self._write, path, message.as_bytes())
        log.info("mail written to %s", path)

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)


class SmtpMailer:
    """smtp:// upgrades to TLS when the server offers it (`?tls=required`: or refuses); smtps:// is TLS."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        is_required = "tls=required" in parts.query.split("&")
        self._options = {
            "hostname": parts.hostname or "localhost",
            "port": parts.port or (465 if is_tls else 587 if is_required else 25),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": is_tls,
            "start_tls": None if is_tls else (True if is_required or parts.username else None),
            "timeout": TIMEOUT_SECONDS,
        }

    async def send(self, message: EmailMessage, mail_id: int) -> None:
        try:
            await aiosmtplib.send(message, **self._options)  # type: ignore[arg-type]
        except (
            aiosmtplib.SMTPRecipientsRefused,
            aiosmtplib.SMTPSenderRefused,
            aiosmtplib.SMTPDataError,
        ) as error:
            if _is_passing(error):
                raise MailServerUnavailable(f"mail {mail_id}: {type(error).__name__}") from error
            raise
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailServerUnavailable(f"mail {mail_id}: {type(error).__name__}") from error
        log.info("mail %s sent", mail_id)


def make_mailer(settings: MailSettings, data_dir: Path) -> Mailer:
    return SmtpMailer(settings.smtp_url) if settings.smtp_url else FileMailer(data_dir / FOLDER)


def make_sender(
    mailer: Mailer, keyring: Keyring, sender: str
) -> Callable[[Tx, Sequence[MailQueued]], Awaitable[None]]:
    """The reactor of consumer `mail`."""

    async def send_letters(tx: Tx, events: Sequence[MailQueued]) -> None:
        for event in events:
            letter = open_letter(keyring, event)
            await mailer.send(compose(letter, mail_id=event.mail_id, sender=sender), event.mail_id)

    return send_letters


def _is_passing(error: aiosmtplib.SMTPException) -> bool:
    """A 4xx answer means: try again later."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(400 <= each.code < 500 for each in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and 400 <= error.code < 500
