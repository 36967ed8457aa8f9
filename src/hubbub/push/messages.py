"""What a push says. What is kept of it while it waits is what is sent, and no more."""

from typing import Literal

import msgspec

Urgency = Literal["normal", "high"]
DAY_SECONDS = 86_400
MAX_TITLE_CHARACTERS = 100
MAX_BODY_CHARACTERS = 400


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As a web client is sent it; the mobile services get the same in fields of their own."""

    type: Literal["notification", "message"]
    kind: str
    title: str
    body: str = ""
    ids: dict[str, str] = {}
    """What it is about, by which an app finds the rest: `notification_id`, `post_id`, `conversation_id`."""
    account_id: str = ""
    """Whose it is, for a device with several accounts."""
    urgency: Urgency = "normal"
    closed_title: str = ""
    """While it waits: what to say instead when its text is too old to be sent."""

    def without_text(self) -> "Message":
        return msgspec.structs.replace(self, title=self.closed_title or self.title, body="")


class Push(msgspec.Struct, frozen=True):
    """A message on its way to one device."""

    id: int
    message: Message
    topic: str
    """Up to 24 characters of base64url: a newer one with the same replaces this one, also on the device."""
    ttl_seconds: int


def clip(text: str, most: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
