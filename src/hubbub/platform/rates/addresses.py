"""Who is calling, by address: the peer, or what a trusted proxy says of it, and nothing else."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

# A Unix socket has no address; all of its callers count as one.
UNKNOWN = "unknown"
HEADER = b"x-forwarded-for"
# More proxies than any real chain; longer headers are somebody's attempt to keep us busy.
MAX_HOPS = 32


def client_ip(scope: Mapping[str, Any], trusted_networks: tuple[Network, ...] = ()) -> str:
    """The peer of the connection, or the right-most hop of X-Forwarded-For that is no trusted proxy.

    The header is looked at only when the peer is trusted. A hop that is not an address ends the walk:
    what stands left of it was written by somebody we do not know.
    """
    client = scope.get("client")
    peer = _parsed(client[0]) if client else None
    if peer is None:
        return UNKNOWN
    if not _is_trusted(peer, trusted_networks):
        return _text(peer)
    believed = peer
    for hop in _hops_from_the_right(scope.get("headers", ())):
        address = _parsed(hop)
        if address is None:
            break
        believed = address
        if not _is_trusted(address, trusted_networks):
            break
    return _text(believed)


@lru_cache(maxsize=4096)
def ip_subjects(ip: str) -> tuple[str, ...]:
    """What a budget counts for an address: itself, or for IPv6 its /64 and then its /48."""
    address = _parsed(ip)
    if address is None:
        return (f"ip:{UNKNOWN}",)
    if isinstance(address, IPv4Address):
        return (f"ip:{address}",)
    return tuple(
        f"net:{ip_network((address, length), strict=False).network_address}/{length}" for length in (64, 48)
    )


def _hops_from_the_right(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    joined = b",".join(value for name, value in headers if name.lower() == HEADER)
    return [hop.decode("latin-1") for hop in reversed(joined.rsplit(b",", MAX_HOPS)[-MAX_HOPS:]) if joined]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    """An address with or without a port, as proxies write it. IPv4 inside IPv6 is IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


_text = lru_cache(maxsize=4096)(str)


@lru_cache(maxsize=4096)
def _is_trusted(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
