import asyncio
import logging
import ssl
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpcore

from hubbub.platform.outgoing.network import AddressNotAllowed, CheckedNetwork, Resolver, SystemResolver
from hubbub.platform.outgoing.urls import Destination, UrlRules

# At the level of debugging these write headers, and with them tokens, and where devices can be reached.
for _name in ("httpcore", "hpack", "h2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

REQUEST_SECONDS = 5.0
MAX_BODY_BYTES = 64 * 1024
KEEP_SECONDS = 30.0
MAX_CONNECTIONS = 250
MAX_IDLE_CONNECTIONS = 20
# A host that fails this often in a row is left alone for a while, so that it holds up no others.
FAILURES_TO_REST = 5
REST_SECONDS = 30.0
MAX_HOSTS = 10_000


class OutgoingFailed(Exception):
    """No whole answer came. Says how it failed, and nothing of the URL, which may hold a secret."""


class HostResting(OutgoingFailed):
    """It was not tried: the host has failed too often lately."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes
    """At most MAX_BODY_BYTES of it; the rest was not read."""


@dataclass(slots=True)
class _Host:
    failures: int = 0
    rests_until: float = 0.0


@dataclass(slots=True)
class _Hosts:
    """How each host did lately; the least recently used are forgotten."""

    known: OrderedDict[str, _Host] = field(default_factory=OrderedDict)

    def check(self, origin: str) -> None:
        host = self.known.get(origin)
        if host is not None and host.rests_until > time.monotonic():
            raise HostResting("resting")

    def note(self, origin: str, *, has_answered: bool) -> None:
        if has_answered:
            self.known.pop(origin, None)
            return
        host = self.known.setdefault(origin, _Host())
        self.known.move_to_end(origin)
        host.failures += 1
        if host.failures >= FAILURES_TO_REST:
            host.rests_until = time.monotonic() + REST_SECONDS
        if len(self.known) > MAX_HOSTS:
            self.known.popitem(last=False)


class Outgoing:
    """One per process and set of rules. Follows no redirect, asks for no compression, keeps no cookie."""

    def __init__(
        self,
        rules: UrlRules,
        *,
        speaks_http2: bool = False,
        resolve: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """With `speaks_http2` it speaks nothing else."""
        self.rules = rules
        self._system = SystemResolver() if resolve is None else None
        self._hosts = _Hosts()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_IDLE_CONNECTIONS,
            keepalive_expiry=KEEP_SECONDS,
            http1=not speaks_http2,
            http2=speaks_http2,
            network_backend=CheckedNetwork(resolve or self._system, allows=rules.allows),  # type: ignore[arg-type]
        )

    async def send(
        self,
        method: str,
        url: str | Destination,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = REQUEST_SECONDS,
    ) -> Answer:
        """The answer, whatever its status, within `seconds` in all.

        Raises UrlNotAllowed, OutgoingFailed.
        """
        to = self.rules.read(url) if isinstance(url, str) else url
        self._hosts.check(to.origin)
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(method, to, headers or {}, body)
        except AddressNotAllowed:
            self._hosts.note(to.origin, has_answered=False)
            raise OutgoingFailed("address not allowed") from None
        except (TimeoutError, OSError, *_FAILURES) as error:
            self._hosts.note(to.origin, has_answered=False)
            raise OutgoingFailed(_reason(error)) from None
        self._hosts.note(to.origin, has_answered=True)
        return answer

    async def close(self) -> None:
        await self._pool.aclose()
        if self._system is not None:
            self._system.close()

    async def _exchange(
        self, method: str, to: Destination, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        url = httpcore.URL(
            scheme=to.scheme.encode(), host=to.host.encode(), port=to.port, target=to.target.encode()
        )
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        sent.append((b"content-length", str(len(body)).encode()))
        host = to.origin.partition("://")[2]
        async with self._pool.stream(
            method, url, headers=[(b"host", host.encode()), *sent], content=body
        ) as response:
            return Answer(response.status, _readable(response.headers), await _read(response))


_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)


async def _read(response: httpcore.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_stream():
        parts.append(part)
        size += len(part)
        if size >= MAX_BODY_BYTES:
            break
    return b"".join(parts)[:MAX_BODY_BYTES]


def _readable(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _reason(error: Exception) -> str:
    return "timeout" if isinstance(error, TimeoutError | httpcore.TimeoutException) else type(error).__name__
