"""How long a client may take and how much it may hold."""

import resource
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from hubbub.settings import Network, ServerSettings

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Files, pools, logs and the listening sockets need descriptors too.
RESERVED_DESCRIPTORS = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Deadlines are kept by one sweep over all connections: late by up to two sweeps, never early."""

    head_seconds: float = 10.0
    """From the first byte of a request (or from the connection) to the end of its headers."""
    idle_seconds: float = 15.0
    """Between two requests. A proxy in front must give up its idle connections sooner."""
    grace_seconds: float = 5.0
    """How far a body, or the reading of a reply, may fall behind `bytes_per_second`."""
    bytes_per_second: int = 1024
    linger_seconds: float = 2.0
    """How long what still arrives is read and thrown away after an answer that closes the connection."""
    drain_seconds: float = 10.0
    """How long requests may finish after SIGTERM."""
    sweep_seconds: float = 1.0
    max_connections: int = 10_000
    max_connections_per_address: int = 500
    """For one IPv4 address or one IPv6 /64. A trusted proxy and this machine itself are exempt."""
    exempt_networks: tuple[Network, ...] = LOOPBACK
    ping_seconds: float = 25.0
    """Between two pings of a stream; who misses two is cut."""
    max_message_bytes: int = 16 * 1024
    """Of one message that a client sends on a stream."""
    frames_per_second: float = 50.0
    frame_burst: int = 200
    """Frames that a client may send at once; more come at `frames_per_second`."""
    max_unsent_bytes: int = 256 * 1024
    """Of a stream whose client does not read: in our buffer and the kernel's together. More may only be
    unsent while it gets less from sweep to sweep."""
    max_burst_bytes: int = 2 * 1024 * 1024
    """Unsent at any moment."""
    max_target_bytes: int = 8 * 1024
    max_head_bytes: int = 64 * 1024
    max_headers: int = 100
    linger_bytes: int = 1024 * 1024

    @classmethod
    def of(cls, settings: ServerSettings) -> "Limits":
        return cls(
            idle_seconds=settings.idle_seconds,
            max_connections=min(settings.max_connections, _descriptors() - RESERVED_DESCRIPTORS),
            max_connections_per_address=settings.max_connections_per_address,
            exempt_networks=(*LOOPBACK, *settings.trusted_proxies),
        )

    def is_exempt(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return True  # a Unix socket has no address
        return any(address in network for network in self.exempt_networks)


def address_key(host: str) -> str:
    """One client: an IPv4 address, or an IPv6 /64, of which one host can take any address."""
    if ":" not in host:
        return host
    address = ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped) if mapped is not None else address.packed[:8].hex()


def _descriptors() -> int:
    """The most this process may open; the soft limit is raised to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):
            return soft
    return hard if hard != resource.RLIM_INFINITY else 1 << 20
