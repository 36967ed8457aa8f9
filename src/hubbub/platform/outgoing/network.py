"""Connections to the very addresses that were checked, so a name cannot change in between."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any, Protocol

import httpcore

from hubbub.platform.outgoing.addresses import Address

# Of one address, so that a second one is tried within the time of a request.
CONNECT_SECONDS = 3.0
MAX_TRIED = 2
# A name server that does not answer holds one for as long as the system's resolver waits.
RESOLVER_THREADS = 16


class AddressNotAllowed(httpcore.ConnectError):
    """The name leads to an address that nobody may be sent to."""


class Resolver(Protocol):
    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of a name, or the address itself. Raises OSError."""
        ...


class SystemResolver:
    """The system's, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """TLS and the Host header go by the name, the connection by an address that was checked."""

    def __init__(self, resolve: Resolver, *, allows: Callable[[Address], bool]) -> None:
        self._resolve = resolve
        self._allows = allows
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"no address: {type(error).__name__}") from error
        # One bad address refuses all: a name that has such a one was made to be let through by luck.
        if not addresses or not all(self._allows(ip_address(each)) for each in addresses):
            raise AddressNotAllowed("address")
        seconds = min(timeout or CONNECT_SECONDS, CONNECT_SECONDS)
        failure: Exception | None = None
        for address in addresses[:MAX_TRIED]:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout=seconds, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressNotAllowed("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
