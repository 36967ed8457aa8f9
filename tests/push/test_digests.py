"""How many notifications wait, mailed as often as somebody asks for it."""

from typing import Literal

import pytest

from hubbub.push import mails as service
from hubbub.push.mails import mail_digests
from tests.push.test_mails import link, mails
from tests.support.world import Person, World


async def ask(world: World, person: Person, digest: Literal["off", "daily", "weekly"]) -> None:
    (await world.patch("/v1/mail/preferences", by=person, json={"digest": digest})).raise_for_status()


async def pass_days(world: World, days: int) -> None:
    """Time goes by, and the job runs."""
    await world.rows(
        "UPDATE mail_preferences SET digest_due_at = digest_due_at - make_interval(days => $1)", days
    )
    await mail_digests(world.services, world.db)
    await world.settle()


async def be_liked(world: World, person: Person, times: int = 1) -> None:
    for _ in range(times):
        post = await world.write(person)
        (await world.put(f"/v1/posts/{post['id']}/like", by=await world.person())).raise_for_status()
    await world.settle()


def subjects(world: World) -> list[str]:
    return [str(message["Subject"]) for message in mails(world)]


async def test_a_digest_says_how_many_are_unread_and_nothing_else(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "daily")
    await be_liked(world, ada, 2)

    await pass_days(world, 1)

    assert subjects(world) == ["You have 2 new notifications"]
    assert mails(world)[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "few words" not in mails(world)[0].get_content()


@pytest.mark.parametrize(("digest", "days"), [("daily", 1), ("weekly", 7)])
async def test_it_comes_as_often_as_asked_for(
    world: World, digest: Literal["daily", "weekly"], days: int
) -> None:
    ada = await world.person("ada")
    await ask(world, ada, digest)
    await be_liked(world, ada)

    await pass_days(world, 0)
    assert subjects(world) == []
    for _ in range(2):
        await pass_days(world, days)
        await pass_days(world, 0)

    assert subjects(world) == ["You have 1 new notification"] * 2


async def test_a_week_without_a_worker_is_one_digest(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "daily")
    await be_liked(world, ada)

    await pass_days(world, 7)

    assert len(subjects(world)) == 1


async def test_what_was_read_is_no_news(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "daily")
    await be_liked(world, ada)
    newest = (await world.get("/v1/notifications/unread", by=ada)).json()["up_to"]
    (await world.post("/v1/notifications/read", by=ada, json={"up_to": newest})).raise_for_status()

    await pass_days(world, 1)

    assert subjects(world) == []


async def test_nobody_without_a_confirmed_address_gets_one(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "daily")
    await be_liked(world, ada)
    await world.rows("UPDATE credentials SET email_verified_at = NULL")

    await pass_days(world, 1)

    assert subjects(world) == []


async def test_its_link_ends_it(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "daily")
    await be_liked(world, ada)
    await pass_days(world, 1)

    (await world.post(link(mails(world)[0]).removeprefix("http://test"))).raise_for_status()
    await pass_days(world, 1)

    assert len(subjects(world)) == 1


async def test_asking_again_for_the_same_does_not_put_it_off(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "daily")
    await be_liked(world, ada)
    await world.rows("UPDATE mail_preferences SET digest_due_at = digest_due_at - interval '23 hours'")

    await ask(world, ada, "daily")
    await world.rows("UPDATE mail_preferences SET digest_due_at = digest_due_at - interval '1 hour'")
    await pass_days(world, 0)

    assert len(subjects(world)) == 1


async def test_more_than_a_batch_are_all_mailed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "DIGESTS_AT_ONCE", 2)
    people = [await world.person() for _ in range(5)]
    for person in people:
        await ask(world, person, "weekly")
        await be_liked(world, person)

    await pass_days(world, 7)

    assert len(subjects(world)) == 5
