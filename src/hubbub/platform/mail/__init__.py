"""Outgoing mail: queued in the caller's transaction, sent by the worker, by SMTP or into files."""

from hubbub.platform.mail.letters import Letter, MailQueued, queue_letters
from hubbub.platform.mail.sending import FileMailer, Mailer, SmtpMailer, make_mailer, make_sender

__all__ = [
    "FileMailer",
    "Letter",
    "MailQueued",
    "Mailer",
    "SmtpMailer",
    "make_mailer",
    "make_sender",
    "queue_letters",
]
