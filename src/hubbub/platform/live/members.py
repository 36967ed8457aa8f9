"""One connection of an account, and what it is written from its beginning on."""

from collections.abc import Sequence

from hubbub.platform.live.frames import Frame
from hubbub.platform.live.log import Opening, is_after, place_of
from hubbub.platform.live.outlet import Outlet
from hubbub.platform.telemetry.metrics import counter

# What a connection may collect before it is told to reload instead.
MOST_PENDING = 2_000

RESETS = counter("hubbub_live_resets_total", "Times that a connection was told to reload.", ["why"])


class Member:
    """One connection of an account. A slice that wants more of it makes a subclass."""

    __slots__ = ("_after", "_pending", "account_id", "is_overrun", "number", "outlet")

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.number = 0
        self.outlet: Outlet | None = None
        self.is_overrun = False
        self._after: bytes | None = None
        self._pending: list[Frame] | None = []

    def start(self, outlet: Outlet, opening: Opening, after: bytes = b"") -> None:
        """The connection stands: say where it begins, then all that has come since."""
        self.outlet = outlet
        # The newest event that the client is known to have: should it be lost now, it resumes from there.
        outlet.send(Frame(b"ready", b"", after if opening.state == "resumed" else opening.newest))
        if opening.state == "reset" or self.is_overrun:
            RESETS.labels("resume").inc()
            outlet.send(Frame(b"reset", b"", opening.newest))
        pending, self._pending = self._pending or [], None
        for frame in pending:
            self.deliver(frame)

    def take(self, frame: Frame) -> None:
        """What was published. A frame without an id is a hint, and never a repetition."""
        if self._after is not None and frame.id:
            if not is_after(frame.id, self._after):
                return
            if self._pending is None:
                self._after = None
        if self._pending is None:
            self.deliver(frame)
        elif len(self._pending) < MOST_PENDING:
            self._pending.append(frame)
        else:
            self.is_overrun = True
            self._pending.clear()

    def deliver(self, frame: Frame) -> None:
        if self.outlet is not None:
            self.outlet.send(frame)

    def replay(self, frames: Sequence[Frame], newest: bytes) -> bytes:
        """What came before what is collected. Returns the id of the newest of both."""
        collected = [frame for frame in self._pending or () if not frame.id or is_after(frame.id, newest)]
        self._pending = [*frames, *collected]
        last = max((frame.id for frame in collected if frame.id), key=place_of, default=newest)
        self._after = last
        return last
