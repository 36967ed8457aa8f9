"""Who pays for what: subjects, wide budgets of IPv6 sites, and what each kind of caller is charged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.rates import Role, RouteClass, ip_charges, route_charges, text_subject
from hubbub.platform.rates.budgets import LOGIN_IP, ROUTE_BUDGETS, WIDE_FACTOR
from hubbub.platform.rates.charges import account_subject, wide_budget
from hubbub.platform.rates.limiter import _safe

PEOPLE = [role for role in Role if role not in (Role.ANONYMOUS, Role.APP)]


@pytest.mark.parametrize("other", ["ADA@Example.org", " ada@example.org ", "ada@EXAMPLE.ORG\t"])
def test_spellings_of_one_name_are_one_subject(other: str) -> None:
    assert text_subject(other) == text_subject("ada@example.org")


@given(st.text(max_size=60))
def test_a_name_cannot_be_read_in_its_subject(text: str) -> None:
    subject = text_subject(text)

    assert len(subject) == len("text:") + 32
    assert _safe(subject) == subject
    assert len(text.strip()) < 5 or text not in subject


@given(st.text(max_size=60))
def test_whatever_is_handed_over_makes_a_key_that_is_plain(text: str) -> None:
    found = _safe(text)

    assert found.isascii()
    assert not {"{", "}", " ", "\n"} & set(found)


@given(st.integers(1, 2**63 - 1))
def test_an_account_stands_in_its_key_as_it_is(account_id: int) -> None:
    assert _safe(account_subject(account_id)) == f"account:{account_id}"


def test_an_ipv4_address_pays_once() -> None:
    (charge,) = ip_charges(LOGIN_IP, "203.0.113.7", cost=3)

    assert (charge.budget, charge.subject, charge.cost) == (LOGIN_IP, "ip:203.0.113.7", 3)


def test_an_ipv6_address_pays_for_its_network_and_its_site() -> None:
    narrow, wide = ip_charges(LOGIN_IP, "2001:db8:1:2::7", cost=3)

    assert (narrow.budget, narrow.subject, narrow.cost) == (LOGIN_IP, "net:2001:db8:1:2::/64", 3)
    assert (wide.budget, wide.subject, wide.cost) == (wide_budget(LOGIN_IP), "net:2001:db8:1::/48", 3)


def test_a_site_has_ten_times_the_budget_under_a_name_of_its_own() -> None:
    wide = wide_budget(LOGIN_IP)

    assert (wide.name, wide.limit, wide.burst) == ("login-ip-wide", 100, 150)
    assert (wide.period_seconds, wide.fails_open) == (LOGIN_IP.period_seconds, False)
    assert WIDE_FACTOR == 10


@pytest.mark.parametrize("route_class", list(RouteClass))
@pytest.mark.parametrize("role", PEOPLE)
def test_who_is_signed_in_pays_by_account_whatever_the_address(route_class: RouteClass, role: Role) -> None:
    (charge,) = route_charges(route_class, ip="203.0.113.7", account_id=7, role=role, cost=2)

    assert charge.budget is ROUTE_BUDGETS[route_class, role]
    assert (charge.subject, charge.cost) == ("account:7", 2)


@pytest.mark.parametrize("route_class", list(RouteClass))
def test_strangers_pay_by_address_in_every_class(route_class: RouteClass) -> None:
    (charge,) = route_charges(route_class, ip="203.0.113.7")

    own = ROUTE_BUDGETS.get((route_class, Role.ANONYMOUS))
    assert charge.budget is (own or ROUTE_BUDGETS[RouteClass.WRITE, Role.ANONYMOUS])
    assert charge.subject == "ip:203.0.113.7"


@pytest.mark.parametrize("route_class", list(RouteClass))
def test_an_app_pays_beside_the_person(route_class: RouteClass) -> None:
    person, app = route_charges(route_class, ip="203.0.113.7", account_id=7, app_id=9)

    assert person.subject == "account:7"
    assert (app.budget, app.subject) == (ROUTE_BUDGETS[route_class, Role.APP], "app:9")


@pytest.mark.parametrize("route_class", list(RouteClass))
def test_a_higher_role_never_has_less(route_class: RouteClass) -> None:
    limits = [ROUTE_BUDGETS[route_class, role].limit for role in PEOPLE]

    assert limits == sorted(limits)
