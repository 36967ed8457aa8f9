"""Many channels of one kind, which come and go with connections: one call-back for all of them."""

import asyncio
from collections.abc import Callable

Subscribe = Callable[[str, list[bytes]], None]


class Family:
    """Channels whose name begins with `prefix` and a colon.

    `hear(channel, message)` is called with each message, `joined(channel)` each time that a channel is
    listened to from then on: after `add`, and after a lost connection, when messages may have been missed.
    """

    def __init__(
        self,
        prefix: str,
        hear: Callable[[bytes, bytes], None],
        joined: Callable[[bytes], None],
        send: Subscribe,
    ) -> None:
        self.prefix = prefix.encode()
        self.hear = hear
        self.joined = joined
        self.channels: set[bytes] = set()
        self._send = send
        self._wanted: dict[bytes, bool] = {}

    def add(self, channel: bytes) -> None:
        self.channels.add(channel)
        self._want(channel, True)

    def discard(self, channel: bytes) -> None:
        self.channels.discard(channel)
        self._want(channel, False)

    def _want(self, channel: bytes, is_wanted: bool) -> None:
        """Those of one turn of the event loop go together; the last wish for a channel counts."""
        if not self._wanted:
            asyncio.get_running_loop().call_soon(self._flush)
        self._wanted.pop(channel, None)
        self._wanted[channel] = is_wanted

    def _flush(self) -> None:
        wanted, self._wanted = self._wanted, {}
        for command, is_wanted in (("UNSUBSCRIBE", False), ("SUBSCRIBE", True)):
            channels = [channel for channel, wish in wanted.items() if wish is is_wanted]
            if channels:
                self._send(command, channels)
