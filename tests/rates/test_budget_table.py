from pathlib import Path

import pytest

from hubbub.platform.rates.budgets import PURPOSE_BUDGETS, ROUTE_BUDGETS, Budget, Role, RouteClass
from hubbub.platform.rates.table import with_tables

ALL = (*ROUTE_BUDGETS.values(), *PURPOSE_BUDGETS)
DOCUMENT = Path(__file__).parents[2] / "docs/limits.md"


def test_the_document_shows_the_budgets_of_the_code() -> None:
    text = DOCUMENT.read_text()

    assert text == with_tables(text), "run python -m hubbub.platform.rates.table docs/limits.md"
    assert all(f"`{budget.name}`" in text for budget in PURPOSE_BUDGETS)


def test_names_are_unique() -> None:
    assert len({budget.name for budget in ALL}) == len(ALL)


@pytest.mark.parametrize("route_class", RouteClass)
def test_every_class_has_a_budget_for_accounts_and_apps(route_class: RouteClass) -> None:
    for role in (Role.MEMBER, Role.MODERATOR, Role.ADMIN, Role.APP):
        assert (route_class, role) in ROUTE_BUDGETS


def test_busy_people_are_not_refused() -> None:
    assert per_minute(ROUTE_BUDGETS[RouteClass.READ, Role.ANONYMOUS]) >= 300
    assert per_minute(ROUTE_BUDGETS[RouteClass.READ, Role.MEMBER]) * 5 >= 3000
    assert per_minute(ROUTE_BUDGETS[RouteClass.WRITE, Role.MEMBER]) * 5 >= 600


@pytest.mark.parametrize("budget", PURPOSE_BUDGETS, ids=lambda budget: budget.name)
def test_what_guards_passwords_and_mail_fails_shut(budget: Budget) -> None:
    purposes = ("login", "sign-up", "reset", "mail", "second-factor", "password", "verify")

    assert budget.fails_open is not budget.name.startswith((*purposes, "app-registration"))


@pytest.mark.parametrize(
    "purpose", ["login", "sign-up", "reset-guess", "mail", "verify", "second-factor", "password"]
)
def test_each_sign_in_purpose_is_limited_by_address_and_by_subject(purpose: str) -> None:
    names = {budget.name for budget in PURPOSE_BUDGETS}

    assert {f"{purpose}-ip", f"{purpose}-subject"} <= names


def per_minute(budget: Budget) -> float:
    return 60 / budget.interval_seconds
