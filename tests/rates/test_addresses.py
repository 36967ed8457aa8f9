from ipaddress import ip_network
from typing import Any

import pytest

from hubbub.platform.rates import client_ip, ip_subjects

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
OTHER_HEADERS = (b"x-real-ip", b"forwarded", b"cf-connecting-ip", b"true-client-ip", b"x-client-ip")


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "client": (peer, 50_000) if peer else None, "headers": headers}


def test_the_peer_counts_when_it_is_no_trusted_proxy() -> None:
    assert client_ip(scope("198.51.100.7", "203.0.113.9"), PROXIES) == "198.51.100.7"
    assert client_ip(scope("10.1.2.3", "203.0.113.9")) == "10.1.2.3"


def test_headers_that_change_with_each_request_change_nothing() -> None:
    seen = {client_ip(scope("198.51.100.7", f"203.0.113.{last}"), PROXIES) for last in range(256)}

    assert seen == {"198.51.100.7"}


@pytest.mark.parametrize("name", OTHER_HEADERS)
def test_no_other_header_is_believed_even_from_a_trusted_proxy(name: bytes) -> None:
    forged = scope("10.0.0.1") | {"headers": [(name, b"203.0.113.9")]}

    assert client_ip(forged, PROXIES) == "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (("203.0.113.9",), "203.0.113.9"),
        (("9.9.9.9, 203.0.113.9",), "203.0.113.9"),
        (("9.9.9.9", "203.0.113.9"), "203.0.113.9"),
        (("9.9.9.9, 203.0.113.9, 10.0.0.2, 10.0.0.3",), "203.0.113.9"),
        (("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        (("203.0.113.9:4711",), "203.0.113.9"),
        (("[2001:db8::1]:4711",), "2001:db8::1"),
        (("2001:db8::1",), "2001:db8::1"),
        (("::ffff:203.0.113.9",), "203.0.113.9"),
        (("9.9.9.9, nonsense, 10.0.0.2",), "10.0.0.2"),
        (("nonsense",), "10.0.0.1"),
        (("",), "10.0.0.1"),
        ((",,,",), "10.0.0.1"),
        (("203.0.113.9,",), "10.0.0.1"),
        (("9.9.9.9," * 10_000 + "203.0.113.9",), "203.0.113.9"),
        (("10.0.0.2," * 10_000 + "10.0.0.3",), "10.0.0.2"),
        (("203.0.113.999",), "10.0.0.1"),
        (("\xff\xfe",), "10.0.0.1"),
    ],
)
def test_the_right_most_untrusted_hop_counts(forwarded: tuple[str, ...], expected: str) -> None:
    assert client_ip(scope("10.0.0.1", *forwarded), PROXIES) == expected


def test_a_trusted_proxy_may_be_reached_over_ipv6_and_mapped_ipv4() -> None:
    assert client_ip(scope("fd00::1", "203.0.113.9"), PROXIES) == "203.0.113.9"
    assert client_ip(scope("::ffff:10.0.0.1", "203.0.113.9"), PROXIES) == "203.0.113.9"


def test_a_peer_without_an_address_is_one_client() -> None:
    assert client_ip(scope(None, "203.0.113.9"), PROXIES) == "unknown"
    assert ip_subjects("unknown") == ("ip:unknown",)


def test_an_ipv4_address_counts_alone() -> None:
    assert ip_subjects("203.0.113.9") == ("ip:203.0.113.9",)
    assert ip_subjects("::ffff:203.0.113.9") == ("ip:203.0.113.9",)


def test_a_thousand_addresses_of_one_ipv6_network_are_one_client() -> None:
    assert len({ip_subjects(f"2001:db8:1:2::{last:x}") for last in range(1000)}) == 1


def test_networks_of_one_ipv6_site_share_the_wide_subject_only() -> None:
    first, second = ip_subjects("2001:db8:1:1::1"), ip_subjects("2001:db8:1:2::1")

    assert first[0] != second[0]
    assert first[1] == second[1] == "net:2001:db8:1::/48"
