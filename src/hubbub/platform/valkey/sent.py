"""A command that is on its way, to be awaited later."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, Protocol, TypeVar

import hiredis

from hubbub.platform.valkey.node import Node

T = TypeVar("T")


class Sender(Protocol):
    async def try_again(self, args: tuple[Any, ...], node: Node, error: str) -> Any: ...


class Sent(Generic[T]):
    """Awaiting it gives what was read from the reply, or raises. It may be awaited once, or never."""

    __slots__ = ("_args", "_future", "_node", "_read", "_sender")

    def __init__(
        self,
        sender: Sender,
        node: Node,
        args: tuple[Any, ...],
        future: "asyncio.Future[Any]",
        read: Callable[[Any], T],
    ) -> None:
        self._sender = sender
        self._node = node
        self._args = args
        self._future = future
        self._read = read

    def __await__(self) -> Generator[Any, Any, T]:
        reply = yield from self._future.__await__()
        if isinstance(reply, hiredis.ReplyError):
            reply = yield from self._sender.try_again(self._args, self._node, str(reply)).__await__()
        return self._read(reply)

    def __del__(self) -> None:
        """Nobody waits any more: a failure is nobody's, and not to be logged."""
        if not self._future.cancel() and not self._future.cancelled():
            self._future.exception()
