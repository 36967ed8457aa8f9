"""Where a connection of the server and what is told meet; neither knows the other."""

from typing import Protocol

from hubbub.platform.live.frames import Frame


class Outlet(Protocol):
    """A connection that frames are written to. Nothing here waits or raises, also once it is closed."""

    @property
    def is_event_stream(self) -> bool:
        """Whether it is server-sent events, which hear nothing."""
        ...

    @property
    def unsent_bytes(self) -> int: ...

    def send(self, frame: Frame) -> None: ...

    def close(self, code: int, reason: str = "") -> None:
        """With a close frame, or the end of the event stream after a last event that says why."""
        ...


class Listener(Protocol):
    """Whoever has attached to an outlet."""

    def heard(self, text: bytes) -> None:
        """One whole text message."""
        ...

    def closed(self, code: int) -> None:
        """Called once, whoever closed it."""
        ...
