"""What a request wants to know, to be asked along with the charge of its rate budget."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Generic, TypeVar

from hubbub.platform.valkey.client import Valkey, Value
from hubbub.platform.valkey.errors import ValkeyUnavailable

T = TypeVar("T")


class Ask(Generic[T]):
    """A function of hubbub.lua ("home" for hubbub_home) with its keys, which share one slot, and arguments.

    Whoever charges the budget takes it along and gives it its `reply`, or the `failure`; otherwise awaiting
    it sends it by itself.
    """

    __slots__ = ("args", "failure", "keys", "name", "read", "reply", "valkey")

    def __init__(
        self,
        valkey: Valkey,
        name: str,
        keys: Sequence[str],
        args: Sequence[Value],
        read: Callable[[Any], T],
    ) -> None:
        self.valkey = valkey
        self.name = name
        self.keys = keys
        self.args = args
        self.read = read
        self.reply: Any = None
        self.failure: Exception | None = None

    def __await__(self) -> Generator[Any, Any, T]:
        """Raises ValkeyUnavailable or ValkeyRefused."""
        if self.failure is not None:
            raise ValkeyUnavailable(str(self.failure)) from self.failure
        if self.reply is None:
            sent = self.valkey.send(
                "FCALL", f"hubbub_{self.name}", len(self.keys), *self.keys, *self.args, read=_as_it_is
            )
            self.reply = yield from sent.__await__()
        return self.read(self.reply)


def _as_it_is(reply: Any) -> Any:
    return reply
