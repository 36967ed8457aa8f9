"""X-Forwarded-For is walked from the right, through trusted proxies only, whatever stands in it."""

from ipaddress import IPv4Address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.rates.addresses import MAX_HOPS, UNKNOWN, client_ip, ip_subjects

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PROXIES = st.integers(0, 2**24 - 1).map(lambda n: str(IPv4Address(0x0A000000 + n)))
STRANGERS = st.sampled_from(["203.0.113.7", "198.51.100.1", "2001:db8::7", "192.0.2.200"])
JUNK = st.sampled_from(["", "unknown", "_hidden", "999.1.1.1", "a.b.c.d", "-", "<script>", "10.0.0", "é"])


def seen(peer: str | None, *headers: str) -> str:
    scope: dict[str, Any] = {
        "client": (peer, 1234) if peer is not None else None,
        "headers": [(b"x-forwarded-for", header.encode("latin-1")) for header in headers],
    }
    return client_ip(scope, TRUSTED)


def walked(peer: str, hops: list[str]) -> str:
    """The rule, written the other way round: of the chain read from the right, the first who is no proxy."""
    believed = peer
    for hop in reversed(hops):
        if not believed.startswith("10.") or not is_address(hop):
            break
        believed = hop
    return believed


def is_address(text: str) -> bool:
    return (text.count(".") == 3 and not text.startswith(("999", "a"))) or "::" in text


@given(PROXIES, st.lists(PROXIES | STRANGERS | JUNK, max_size=8))
def test_the_walk_ends_at_the_first_who_is_no_proxy(peer: str, hops: list[str]) -> None:
    assert seen(peer, ", ".join(hops)) == walked(peer, hops)


@given(PROXIES, st.lists(PROXIES | STRANGERS, min_size=1, max_size=8), st.data())
def test_several_headers_are_one_chain(peer: str, hops: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(hops)))
    parts = [", ".join(part) for part in (hops[:cut], hops[cut:]) if part]

    assert seen(peer, *parts) == seen(peer, ", ".join(hops))


@given(STRANGERS, st.lists(PROXIES | STRANGERS | JUNK, max_size=8))
def test_nobody_can_say_for_themselves_who_they_are(peer: str, hops: list[str]) -> None:
    assert seen(peer, ", ".join(hops)) == peer


@given(PROXIES, STRANGERS, st.lists(PROXIES | STRANGERS | JUNK, max_size=40))
def test_what_a_client_writes_in_front_changes_nothing(peer: str, client: str, forged: list[str]) -> None:
    assert seen(peer, ", ".join([*forged, client])) == client


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=200))
def test_any_header_gives_some_address(header: str) -> None:
    found = seen("10.0.0.1", header)

    assert ip_subjects(found)[0].startswith(("ip:", "net:"))
    assert found != UNKNOWN


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::7]:51234", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ('"[2001:db8::7]:80"', "2001:db8::7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("  203.0.113.7\t", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_the_same_however_a_proxy_writes_it(hop: str, address: str) -> None:
    assert seen("10.0.0.1", hop) == address


def test_a_chain_longer_than_any_real_one_is_cut_not_walked() -> None:
    hops = ["203.0.113.7", *["10.0.0.2"] * (MAX_HOPS * 100)]

    assert seen("10.0.0.1", ", ".join(hops)) == "10.0.0.2"


def test_a_chain_of_as_many_proxies_as_are_looked_at_is_walked_whole() -> None:
    hops = ["203.0.113.7", *["10.0.0.2"] * (MAX_HOPS - 1)]

    assert seen("10.0.0.1", ", ".join(hops)) == "203.0.113.7"


@pytest.mark.parametrize("peer", [None, "", "/run/hubbub.sock", "localhost"])
def test_a_peer_that_is_no_address_is_unknown_whatever_it_forwards(peer: str | None) -> None:
    assert seen(peer, "203.0.113.7") == UNKNOWN


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_addresses_of_one_network_share_its_subjects(address: Any, host: int) -> None:
    if address.ipv4_mapped is not None:
        return
    other = type(address)((int(address) >> 64 << 64) + host)

    assert ip_subjects(str(other)) == ip_subjects(str(address)) or other.ipv4_mapped is not None


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_each_ipv4_address_is_a_subject_of_its_own(one: Any, other: Any) -> None:
    assert (ip_subjects(str(one)) == ip_subjects(str(other))) is (one == other)
    assert len(ip_subjects(str(one))) == 1
