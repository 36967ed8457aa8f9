"""One open connection as this slice knows it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from hubbub.platform.live import Frame, Member
from hubbub.stream.closing import CloseCode


class Keeper(Protocol):
    """Whoever holds all streams of the process."""

    def hear(self, stream: "Stream", text: bytes) -> None: ...

    def forget(self, stream: "Stream") -> None:
        """May be called again."""
        ...


class Stream(Member):
    """Small, as there may be many thousands: no task, no timer and no queue of its own."""

    __slots__ = (
        "backlog",
        "due_at",
        "expires_at",
        "is_closed",
        "keeper",
        "mistakes",
        "session_id",
        "topics",
    )

    def __init__(self, keeper: Keeper, *, account_id: int, session_id: int, expires_at: int) -> None:
        super().__init__(account_id)
        self.keeper = keeper
        self.session_id = session_id
        self.expires_at = expires_at
        """Of its access token, in seconds since 1970."""
        self.due_at = 0.0
        """When the sweep has something to do about it."""
        self.topics: set[str] | None = None
        self.backlog: list[Callable[[], Awaitable[None]]] | None = None
        """What waits for its turn; None while nothing is worked on."""
        self.mistakes = 0
        self.is_closed = False

    def send(self, frame: Frame) -> None:
        if self.outlet is not None and not self.is_closed:
            self.outlet.send(frame)

    def deliver(self, frame: Frame) -> None:
        self.send(frame)

    def close(self, code: CloseCode) -> None:
        """Nothing is sent after this. Closing twice is harmless."""
        if not self.is_closed:
            self.is_closed = True
            self.keeper.forget(self)
            if self.outlet is not None:
                self.outlet.close(code, code.name.lower())

    # As the listener of its outlet

    def heard(self, text: bytes) -> None:
        if not self.is_closed:
            self.keeper.hear(self, text)

    def closed(self, code: int) -> None:
        self.is_closed = True
        self.keeper.forget(self)
