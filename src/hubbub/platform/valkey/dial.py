"""From a URL to an authenticated connection. redis-py reads the URL and prepares TLS."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import hiredis
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url
from redis.exceptions import RedisError

from hubbub.platform.valkey.errors import BadValkeyUrl

P = TypeVar("P", bound=asyncio.Protocol)

DIAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and how to get in. The repr shows neither user nor password."""

    host: str
    port: int
    path: str = ""
    greeting: "tuple[tuple[str, ...], ...]" = ()
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return self.path or f"{self.host}:{self.port}"

    def at(self, host: str, port: int) -> "Address":
        """Another server of the same cluster."""
        return replace(self, host=host, port=port, path="")


def read_address(url: str) -> Address:
    """Raise BadValkeyUrl unless it is one of redis://, rediss://, valkey://, valkeys:// or unix://."""
    scheme, separator, rest = url.partition("://")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    try:
        options: dict[str, Any] = dict(parse_url(f"{scheme}{separator}{rest}"))
    except ValueError:  # whose text may hold a part of the password
        raise BadValkeyUrl("it cannot be understood") from None
    kind = options.pop("connection_class", None)
    user, password = options.pop("username", None), options.pop("password", None)
    database = int(options.pop("db", 0) or 0)
    greeting: list[tuple[str, ...]] = []
    if password:
        greeting.append(("AUTH", user, password) if user else ("AUTH", password))
    if database:
        greeting.append(("SELECT", str(database)))
    return Address(
        host=options.pop("host", "localhost"),
        port=int(options.pop("port", 6379)),
        path=options.pop("path", "") if kind is UnixDomainSocketConnection else "",
        greeting=tuple(greeting),
        tls=_tls_context(options) if kind is SSLConnection else None,
    )


def _tls_context(options: dict[str, Any]) -> ssl.SSLContext:
    try:
        context = SSLConnection(**options).ssl_context.get()
    except (TypeError, ValueError, RedisError) as error:
        raise BadValkeyUrl(f"an option in it is not known or not right ({error})") from None
    except OSError as error:
        raise BadValkeyUrl(f"a certificate file in it cannot be read ({error})") from None
    if not isinstance(context, ssl.SSLContext):
        raise TypeError("redis-py made no TLS context")
    return context


async def dial(address: Address, protocol: Callable[[], P]) -> P:
    """Connect within a second, looking the name up anew. Raises OSError, of which TimeoutError is one."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(DIAL_SECONDS):
        if address.path:
            _, made = await loop.create_unix_connection(protocol, address.path)
        else:
            _, made = await loop.create_connection(
                protocol,
                address.host,
                address.port,
                ssl=address.tls,
                server_hostname=address.host if address.tls else None,
            )
    return made


def pack(args: tuple[Any, ...]) -> bytes:
    return bytes(hiredis.pack_command(args))
