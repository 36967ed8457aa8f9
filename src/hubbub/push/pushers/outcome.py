from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

from hubbub.platform.outgoing import Answer
from hubbub.push.messages import Push

MAX_RETRY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a push.

    sent     the service has taken it
    gone     the device will never be reached again: its subscription is removed
    dropped  this push is not wanted, whatever the reason; the next may be
    later    the service could not take it now
    """

    state: Literal["sent", "gone", "dropped", "later"]
    reason: str = ""
    retry_seconds: float = 0.0
    """How long the service asks to be left alone; 0 when it does not say."""


class Pusher(Protocol):
    async def send(self, target: Any, push: Push) -> Outcome:
        """Never raises for what the service answers, or does not answer. Tells nothing of the target."""
        ...


SENT = Outcome("sent")


def busy(answer: Answer) -> Outcome:
    """Of a status that says: not now."""
    return Outcome("later", f"status {answer.status}", retry_seconds(answer))


def is_busy(answer: Answer) -> bool:
    return answer.status in (408, 425, 429) or answer.status >= 500


def retry_seconds(answer: Answer) -> float:
    """What Retry-After asks for, seconds or a date, up to an hour; 0 without one that can be read."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), MAX_RETRY_SECONDS)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    left = (until.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(left, 0.0), MAX_RETRY_SECONDS)
