"""Which addresses belong to somebody on the public internet. `is_global` lets several others through."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

from hubbub.settings import Network

Address = IPv4Address | IPv6Address

# What leads to this machine, its neighbours, its provider's services, or nowhere.
_DENIED_V4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network; 0.0.0.0 reaches this machine
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # behind a carrier's NAT; Alibaba's metadata
            "127.0.0.0/8",  # this machine
            "168.63.129.16/32",  # Azure's host
            "169.254.0.0/16",  # link-local, metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# All unicast that is assigned is in here: not loopback, mapped and compatible IPv4, NAT64, local, multicast.
_GLOBAL_V6 = ip_network("2000::/3")
_DENIED_V6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which names an IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not is_in(address, _DENIED_V4)
    return address.scope_id is None and address in _GLOBAL_V6 and not is_in(address, _DENIED_V6)


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    """Whether one of the networks holds it; those of the other version never do."""
    return any(address.version == network.version and address in network for network in networks)
