"""Mails about what happened: to whom, how often, and how they end without a log-in."""

import email
import email.policy
import re
from email.message import EmailMessage
from typing import Any

import pytest

from hubbub.platform.db import Tx
from hubbub.push.mails import EventMail, queue_event_mails
from hubbub.push.unsubscribing import unsubscribe_url
from tests.support.identity import problem
from tests.support.world import Person, World


async def mail(world: World, *wanted: EventMail) -> None:
    async def effect(tx: Tx) -> None:
        await queue_event_mails(world.services, tx, wanted)

    await world.db.write(effect)
    await world.settle()


def about(person: Person, group: str = "like-1", title: str = "Somebody liked your post") -> EventMail:
    return EventMail(person.id, group, title)


def mails(world: World) -> list[EmailMessage]:
    found = []
    for path in sorted((world.services.settings.data_dir / "mails").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def link(message: EmailMessage) -> str:
    found = re.fullmatch(r"<(http://test/v1/mail/unsubscribe\?token=[\w-]+)>", message["List-Unsubscribe"])
    assert found, message["List-Unsubscribe"]
    return found[1]


async def preferences(world: World, person: Person) -> Any:
    return (await world.get("/v1/mail/preferences", by=person)).json()


async def test_a_mail_says_what_happened_and_how_to_end_such_mails(world: World) -> None:
    ada = await world.person("ada")

    await mail(world, about(ada))

    message = mails(world)[0]
    assert (message["To"], message["Subject"]) == ("ada@example.org", "Somebody liked your post")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link(message) in message.get_content()


async def test_the_link_stands_in_the_raw_header_on_one_line(world: World) -> None:
    ada = await world.person("ada")

    await mail(world, about(ada))

    raw = next((world.services.settings.data_dir / "mails").glob("*.eml")).read_bytes()
    assert re.search(rb"^List-Unsubscribe: <http://test/v1/mail/unsubscribe\?token=[\w-]{50}>\r?$", raw, re.M)


async def test_an_address_that_nobody_has_confirmed_is_not_written_to(world: World) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await world.rows("UPDATE credentials SET email_verified_at = NULL WHERE account_id = $1", ada.id)

    await mail(world, about(ada), about(bo))

    assert [message["To"] for message in mails(world)] == ["bo@example.org"]


async def test_a_suspended_account_is_not_written_to(world: World) -> None:
    ada = await world.person("ada")
    await world.set_state(ada, "suspended")

    await mail(world, about(ada))

    assert mails(world) == []


async def test_a_group_is_one_mail_a_day(world: World) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await mail(world, about(ada), about(ada), about(bo))
    await mail(world, about(ada), about(ada, "like-2"))
    assert len(mails(world)) == 3

    await world.rows("UPDATE event_mails SET mailed_at = mailed_at - interval '25 hours'")
    await mail(world, about(ada))

    assert len(mails(world)) == 4


async def test_one_click_ends_them(world: World) -> None:
    ada = await world.person("ada")
    await mail(world, about(ada))
    url = link(mails(world)[0])
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = await world.post(
        url.removeprefix("http://test"), content=b"List-Unsubscribe=One-Click", headers=form
    )
    await mail(world, about(ada, "like-2"))

    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(mails(world)) == 1
    assert await preferences(world, ada) == {"events": False, "digest": "off"}


async def test_looking_at_the_page_ends_nothing(world: World) -> None:
    ada = await world.person("ada")
    await mail(world, about(ada))

    reply = await world.get(link(mails(world)[0]).removeprefix("http://test"))

    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<form method="post">' in reply.text
    assert "script" not in reply.text
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert (await preferences(world, ada))["events"] is True


async def test_a_link_ends_one_kind_of_mail_of_one_account(world: World) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    for person in (ada, bo):
        await world.patch("/v1/mail/preferences", by=person, json={"digest": "weekly"})
    url = unsubscribe_url(world.services.keyring, "", account_id=ada.id, kind="digest")

    for _ in range(2):
        assert (await world.post(url)).status_code == 200

    assert await preferences(world, ada) == {"events": True, "digest": "off"}
    assert await preferences(world, bo) == {"events": True, "digest": "weekly"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_link_can_be_made_up(world: World, method: str) -> None:
    ada = await world.person("ada")
    good = unsubscribe_url(world.services.keyring, "", account_id=ada.id, kind="events")
    sealed_for_other = world.services.keyring.seal("mail", ada.id.to_bytes(8) + b"\0").hex()
    wrong = [good[:-1], good + "A", good[:-4] + "AAAA", good.replace("=", "=A"), "?token=" + sealed_for_other]

    for url in (*wrong, "?token=!", "?token=" + "A" * 200):
        path = url if url.startswith("/") else "/v1/mail/unsubscribe" + url
        assert problem(await world.request(method, path)) == (400, "unsubscribe_link_invalid")
    assert (await preferences(world, ada))["events"] is True


async def test_a_link_of_an_account_that_is_gone_is_answered_alike(world: World) -> None:
    url = unsubscribe_url(world.services.keyring, "", account_id=1234567, kind="events")

    assert (await world.post(url)).status_code == 200


async def test_nothing_is_mailed_regularly_unless_asked_for(world: World) -> None:
    ada = await world.person("ada")

    assert await preferences(world, ada) == {"events": True, "digest": "off"}


async def test_what_is_left_out_of_preferences_stays(world: World) -> None:
    ada = await world.person("ada")

    await world.patch("/v1/mail/preferences", by=ada, json={"digest": "daily"})
    reply = await world.patch("/v1/mail/preferences", by=ada, json={"events": False})

    assert reply.json() == {"events": False, "digest": "daily"} == await preferences(world, ada)
