"""What each mail says: to whom, under which subject, with which link, and with no secret where it shows."""

import re
from typing import Any

import pytest

from hubbub.identity import letters
from hubbub.platform.mail import Letter
from tests.identity.test_totp import protect
from tests.support.identity import register
from tests.support.mails import received
from tests.support.world import PASSWORD, World

TO, HANDLE, LINK = "ada@example.org", "ada", "https://hubbub.example/verify-email#token=Secret_token-1"
ALL: dict[str, Letter] = {
    "verify": letters.verify_email(to=TO, handle=HANDLE, link=LINK),
    "reset": letters.reset_password(to=TO, handle=HANDLE, link=LINK),
    "new address": letters.confirm_new_email(to=TO, handle=HANDLE, link=LINK),
    "change asked": letters.email_change_asked(to=TO, handle=HANDLE, new_email="new@example.org"),
    "password": letters.password_changed(to=TO, handle=HANDLE),
    "factor on": letters.second_factor_changed(to=TO, handle=HANDLE, is_on=True),
    "factor off": letters.second_factor_changed(to=TO, handle=HANDLE, is_on=False),
    "deletion": letters.deletion_begun(to=TO, handle=HANDLE, days=30),
    "in use": letters.address_in_use(to=TO),
}
WITH_LINK = {"verify", "reset", "new address"}


@pytest.mark.parametrize("name", ALL)
def test_every_letter_greets_says_and_signs(name: str) -> None:
    letter = ALL[name]

    assert letter.to == TO
    assert letter.text.startswith("Hello")
    assert letter.text.endswith("\n\nYour Hubbub\n")
    assert 10 < len(letter.subject) < 60
    assert letter.subject.isprintable()


def test_no_two_letters_have_one_subject() -> None:
    assert len({letter.subject for letter in ALL.values()}) == len(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_link_stands_alone_on_its_line_and_in_no_subject(name: str) -> None:
    letter = ALL[name]

    assert (LINK in letter.text.splitlines()) is (name in WITH_LINK)
    assert "token" not in letter.subject
    assert letter.text.count("http") == (name in WITH_LINK)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"in use"}))
def test_who_did_not_ask_is_told_what_to_do(name: str) -> None:
    assert re.search(r"[Ii]f (it was not|you did not)|Log in before", ALL[name].text)


def test_an_address_that_is_taken_is_told_nothing_of_anybody() -> None:
    assert HANDLE not in ALL["in use"].text


@pytest.mark.parametrize(
    ("name", "life"), [("verify", "a day"), ("reset", "an hour"), ("new address", "an hour")]
)
def test_a_link_says_for_how_long_it_works(name: str, life: str) -> None:
    assert f"works once, for {life}" in ALL[name].text


async def mails_of(world: World, address: str) -> list[str]:
    return [mail.subject for mail in await received(world, address)]


async def test_each_thing_done_to_an_account_is_told_once_and_in_order(world: World) -> None:
    ada = await world.person("ada")
    await protect(world, ada)
    await world.delete("/v1/auth/totp", by=ada)
    new = "another river, another bridge"
    body: dict[str, Any] = {"current_password": PASSWORD, "new_password": new}
    await world.post("/v1/auth/password/change", by=ada, json=body)
    await world.request("DELETE", "/v1/me", by=ada, json={"password": new})

    assert await mails_of(world, "ada@example.org") == [
        "Your second factor is on",
        "Your second factor is off",
        "Your password was changed",
        "Your account will be deleted",
    ]


async def test_a_change_that_is_refused_is_told_to_nobody(world: World) -> None:
    ada = await world.person("ada")

    await world.post("/v1/auth/email/change", by=ada, json={"email": "new@example.org", "password": "wrong"})
    await world.request("DELETE", "/v1/me", by=ada, json={"password": "wrong"})
    await world.delete("/v1/auth/totp", by=ada)

    assert await mails_of(world, "ada@example.org") == []
    assert await mails_of(world, "new@example.org") == []


async def test_a_mail_holds_neither_password_nor_other_tokens(world: World) -> None:
    reply = (await register(world, "ada")).json()

    (mail,) = await received(world, "ada@example.org")

    assert PASSWORD not in mail.text
    assert reply["access_token"] not in mail.text
    assert reply["refresh_token"] not in mail.text
    assert mail.token not in mail.subject
