from ipaddress import ip_address, ip_network

import pytest

from hubbub.platform.outgoing import UrlNotAllowed, UrlRules, is_public
from tests.outgoing.spellings import ADDRESSES, GOOD, HOSTS, PUBLIC, URLS

RULES = UrlRules()
LOOSE = UrlRules(allowed=(ip_network("127.0.0.0/8"), ip_network("fd00::/8")), allows_http=True)


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_not_on_the_internet_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(UrlNotAllowed):
        RULES.read(f"https://{host}/")


@pytest.mark.parametrize("url", URLS)
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    with pytest.raises(UrlNotAllowed):
        RULES.read(url)


@pytest.mark.parametrize("url", GOOD)
def test_what_is_one_is_read(url: str) -> None:
    to = RULES.read(url)

    assert (to.scheme, to.host, to.port, to.target) == ("https", GOOD[url][0], 443, GOOD[url][1])


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_that_are_nobodys_on_the_internet(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not RULES.allows(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/a", "https://127.0.0.1:1/", "https://127.9.9.9/", "http://[fd00::5]:81/"]
)
def test_networks_of_the_operator_are_let_through_on_any_port(url: str) -> None:
    assert LOOSE.read(url).port in (8080, 1, 443, 81)


@pytest.mark.parametrize(
    "url",
    ["http://push.example.org/", "http://8.8.8.8/", "https://10.0.0.1/", "http://127.1/", "https://[::1]/"],
)
def test_and_nothing_else_is(url: str) -> None:
    with pytest.raises(UrlNotAllowed):
        LOOSE.read(url)


def test_production_speaks_https_in_those_networks_too() -> None:
    rules = UrlRules(allowed=(ip_network("10.0.0.0/8"),))

    assert rules.read("https://10.0.0.1:8443/").port == 8443
    with pytest.raises(UrlNotAllowed):
        rules.read("http://10.0.0.1/")


def test_the_operators_own_urls_go_anywhere() -> None:
    trusted = UrlRules(is_trusted=True)

    assert trusted.read("http://localhost:9000/x").port == 9000
    assert trusted.allows(ip_address("127.0.0.1"))


def test_the_table_has_enough_spellings() -> None:
    assert len(set(HOSTS)) + len(set(URLS)) >= 140
