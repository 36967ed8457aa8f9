"""A WebSocket: RFC 6455 for text, without extensions."""

import asyncio
import codecs

from hubbub.platform.live import Frame
from hubbub.platform.server.frames import (
    BAD_DATA,
    CLOSE,
    NO_CODE,
    OUR_FAULT,
    PING,
    PING_FRAME,
    PONG,
    TOO_MANY_FRAMES,
    BrokenFrame,
    check_text,
    close_frame,
    control_frame,
    read_close,
    read_frame,
)
from hubbub.platform.server.guard import CUT
from hubbub.platform.server.streams import Stream, Streams, log

MISSED = 2


class WebSocket(Stream):
    kind = "websocket"

    __slots__ = ("_arrived", "_credit", "_credited_at", "_held", "_message")

    def __init__(self, transport: asyncio.Transport, streams: Streams, host: str) -> None:
        super().__init__(transport, streams, host)
        self._held = b""  # of a frame that is not whole
        self._message: _Fragments | None = None
        self._credit = streams.limits.frame_burst
        self._credited_at = streams.guard.now
        self._arrived = 0  # since it is closing

    # As an outlet

    def send(self, frame: Frame) -> None:
        if self._code:
            return
        self._streams.frames += 1
        self.transport.write(frame.ws)
        if self._is_full:
            self._fall_behind()

    def close(self, code: int, reason: str = "") -> None:
        if self._code:
            return
        self.transport.write(close_frame(code, reason))
        self._end(code)
        self._linger()
        if not self.transport.is_closing():
            self.transport.write_eof()

    # The transport's callbacks

    def data_received(self, data: bytes) -> None:
        if self._code:
            self._throw_away(len(data))
            return
        if self._held:
            data = self._held + data
            self._held = b""
        try:
            at = self._consume(data)
        except BrokenFrame as broken:
            self.close(broken.code, broken.reason)
        else:
            self._held = data[at:] if at < len(data) else b""

    def _consume(self, data: bytes) -> int:
        """Where the first frame begins that is not whole."""
        at, most = 0, self._streams.limits.max_message_bytes
        while not self._code:
            message = self._message
            room = most if message is None else most - message.size
            frame = read_frame(data, at, room, is_continuing=message is not None)
            if frame is None:
                return at
            at = frame.end
            self._charge()
            if frame.opcode >= CLOSE:
                self._take_control(frame.opcode, frame.payload)
            elif message is not None or not frame.is_last:
                self._take_fragment(frame.payload, is_last=frame.is_last)
            else:
                check_text(frame.payload)
                self._hear(frame.payload)
        return len(data)

    def _charge(self) -> None:
        """Each frame costs us a little, so there is a budget for them."""
        self.missed = 0
        streams = self._streams
        now, limits = streams.guard.now, streams.limits
        if now != self._credited_at:
            earned = int((now - self._credited_at) * limits.frames_per_second)
            self._credit = min(limits.frame_burst, self._credit + earned)
            self._credited_at = now
        self._credit -= 1
        if self._credit < 0:
            CUT.labels("flood").inc()
            raise BrokenFrame(TOO_MANY_FRAMES, "too many frames")

    def _take_fragment(self, payload: bytes, *, is_last: bool) -> None:
        message = self._message
        if message is None:
            message = self._message = _Fragments()
        message.add(payload, is_last=is_last)
        if is_last:
            self._message = None
            self._hear(b"".join(message.parts))

    def _take_control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.transport.write(control_frame(PONG, payload))
            if self._is_full:
                self._fall_behind()
        elif opcode == CLOSE:
            code = read_close(payload)
            self.transport.write(close_frame(code) if code != NO_CODE else control_frame(CLOSE))
            self._end(code)
            self._linger()
            self.transport.close()

    def _hear(self, text: bytes) -> None:
        listener = self._listener
        if listener is None:
            return
        try:
            listener.heard(text)
        except Exception:
            log.exception("a listener raised")
            self.close(OUR_FAULT, "internal error")

    def _throw_away(self, size: int) -> None:
        self._arrived += size
        if self._arrived > self._streams.limits.linger_bytes:
            self.transport.abort()

    # Time

    def beat(self, _: float) -> None:
        if self._code:
            return
        if self.missed >= MISSED:
            CUT.labels("pong").inc()
            self.transport.abort()
        else:
            self.missed += 1
            self.transport.write(PING_FRAME)


class _Fragments:
    """A message that comes in several frames."""

    __slots__ = ("_decoder", "parts", "size")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, payload: bytes, *, is_last: bool) -> None:
        """Raises BrokenFrame as soon as no text can come of it any more."""
        try:
            self._decoder.decode(payload, is_last)
        except UnicodeDecodeError:
            raise BrokenFrame(BAD_DATA, "not UTF-8") from None
        self.size += len(payload)
        self.parts.append(payload)
