"""What a process holds open and hands to its handlers; built once in a composition root."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from hubbub.platform.changes import Changes
from hubbub.platform.db import Database
from hubbub.platform.paging import Cursors
from hubbub.platform.rates import RateLimiter
from hubbub.platform.secrets import Keyring
from hubbub.platform.valkey import Valkey
from hubbub.settings import Settings

T = TypeVar("T")


class Authenticator(Protocol):
    """Turns an access token into a viewer; the identity slice supplies it."""

    async def authenticate(self, token: str) -> Any:
        """Return a Viewer; raise Unauthorized, or NotAllowed for a suspended account."""
        ...


class TicketOffice(Protocol):
    """Turns a ticket, which stands in a URL and is good once, into a viewer; the stream slice supplies it."""

    async def redeem(self, ticket: str) -> Any:
        """Return a Viewer; raise Unauthorized, or NotAllowed for a suspended account."""
        ...


@dataclass(slots=True)
class Services:
    settings: Settings
    db: Database
    valkey: Valkey
    limiter: RateLimiter
    keyring: Keyring
    cursors: Cursors
    public_url: str
    changes: Changes
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Called in reverse before what stands here is closed."""
    authenticator: Authenticator | None = None
    parts: dict[type[Any], Any] = field(default_factory=dict)

    def add(self, part: Any, as_type: type[Any] | None = None) -> None:
        """Keep something of a slice's for the life of the process, found again by its type."""
        self.parts[as_type or type(part)] = part

    def part(self, type_: type[T]) -> T:
        """What a slice has added."""
        found: T = self.parts[type_]
        return found
