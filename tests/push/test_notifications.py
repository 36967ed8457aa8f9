"""What others do is pushed and mailed as the account wants it, and judged once more before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hubbub.notifications import NotificationAdded, send_notice
from hubbub.platform.live import LiveLog, Seat
from hubbub.push.telling.notifications import tell_of_notifications
from tests.push.phones import Phones
from tests.push.servers import Service
from tests.push.support import make_due, send, subscribe
from tests.push.test_mails import mails
from tests.support.world import Person, World


def quiet_now() -> dict[str, str]:
    now = datetime.now(UTC)
    begins, ends = (now - timedelta(hours=1)).strftime("%H:%M"), (now + timedelta(hours=1)).strftime("%H:%M")
    return {"from": begins, "to": ends, "timezone": "UTC"}


async def prefer(world: World, person: Person, **fields: Any) -> None:
    reply = await world.patch("/v1/notifications/preferences", by=person, json=fields)
    assert reply.status_code == 200, reply.text


async def like(world: World, by: Person, post: dict[str, Any]) -> None:
    (await world.put(f"/v1/posts/{post['id']}/like", by=by)).raise_for_status()


async def test_a_like_is_pushed_without_a_name_or_a_text(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    browser = await subscribe(world, ada, service)
    post = await world.write(ada, "A garden of secrets")

    await like(world, bo, post)
    await send(world)

    pushed = browser.read(service.received[0])
    assert (pushed["title"], pushed["kind"]) == ("Somebody liked your post", "like")
    assert pushed["ids"]["post_id"] == post["id"]
    assert pushed["ids"]["actor_id"] == str(bo.id)
    assert "secrets" not in str(pushed)
    listed = (await world.get("/v1/notifications", by=ada)).json()["items"]
    assert pushed["ids"]["group_id"] == listed[0]["id"]


async def test_with_both_where_they_are_wanted(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    browser = await subscribe(world, ada, service, shows_text=True)
    post = await world.write(ada)

    await world.comment(bo, post, "What a garden")
    await send(world)

    pushed = browser.read(service.received[0])
    assert (pushed["title"], pushed["body"]) == ("Bo answered you", "What a garden")


async def test_a_content_warning_stands_for_the_text(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    browser = await subscribe(world, ada, service, shows_text=True)

    await world.write(bo, "@ada the butler did it", content_warning="Who did it")
    await send(world)

    assert browser.read(service.received[0])["body"] == "Who did it"


async def test_a_group_that_grows_keeps_its_topic_and_counts(world: World, service: Service) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service)
    post = await world.write(ada)

    for _ in range(3):
        await like(world, await world.person(), post)
        await send(world)

    assert len({request.headers["topic"] for request in service.received}) == 1
    assert browser.read(service.received[-1])["title"] == "3 people liked your post"


async def test_a_crowd_is_one_push_for_a_batch(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    post = await world.write(ada)
    for _ in range(5):
        await like(world, await world.person(), post)

    await send(world)

    assert len(service.received) == 1


async def test_who_is_connected_is_not_pushed(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await subscribe(world, ada, service)
    await world.services.part(LiveLog).open(Seat(ada.id, "a-device"))

    await like(world, bo, await world.write(ada))
    await send(world)

    assert service.received == []


async def test_when_valkey_has_lost_who_is_connected_all_are_pushed(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await subscribe(world, ada, service)
    await world.services.part(LiveLog).open(Seat(ada.id, "a-device"))
    await world.services.valkey.command("FLUSHALL")

    await like(world, bo, await world.write(ada))
    await send(world)

    assert len(service.received) == 1


async def test_in_quiet_hours_nothing_is_pushed_and_mails_go_on(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await subscribe(world, ada, service)
    await prefer(world, ada, quiet_hours=quiet_now(), kinds={"like": {"mail": True}})

    await like(world, bo, await world.write(ada))
    await send(world)
    await make_due(world)
    await send(world)

    assert service.received == []
    assert [message["Subject"] for message in mails(world)] == ["Somebody liked your post"]


async def test_each_kind_goes_by_the_channels_that_are_on(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await subscribe(world, ada, service)
    await prefer(world, ada, kinds={"like": {"web_push": False}, "follow": {"in_app": False}})

    await like(world, bo, await world.write(ada))
    await world.follow(bo, ada)
    await send(world)

    assert len(service.received) == 1
    assert (await world.get("/v1/notifications", by=ada)).json()["items"][0]["kind"] == "like"


async def test_phones_have_a_channel_of_their_own(phones: Phones) -> None:
    world = phones.world
    ada, bo = await world.person("ada"), await world.person("bo")
    await phones.android(ada)
    await prefer(world, ada, kinds={"like": {"mobile_push": False}, "follow": {"web_push": False}})

    await like(world, bo, await world.write(ada))
    await world.follow(bo, ada)
    await send(world)

    assert [message["data"]["kind"] for message in phones.google.messages] == ["follow"]


async def test_what_people_do_is_not_mailed_unless_asked_for(world: World) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")

    await like(world, bo, await world.write(ada))
    await world.follow(bo, ada)
    await send(world)

    assert mails(world) == []


async def test_a_word_of_the_moderators_is_pushed_and_mailed(world: World, service: Service) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service)

    await world.db.write(lambda tx: send_notice(tx, account_id=ada.id, text="Be kind to each other"))
    await send(world)

    assert browser.read(service.received[0])["title"] == "The moderators have written to you"
    assert [message["Subject"] for message in mails(world)] == ["The moderators have written to you"]
    assert "kind" not in mails(world)[0].get_content()


@pytest.mark.parametrize("way", ["block", "mute", "suspend", "delete"])
async def test_what_may_not_be_shown_any_more_when_the_worker_comes_is_not_pushed(
    world: World, service: Service, way: str
) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await subscribe(world, ada, service)
    post = await world.write(bo, "@ada look")

    if way == "block":
        await world.block(ada, bo)
    elif way == "mute":
        await world.mute(ada, bo)
    elif way == "suspend":
        await world.set_state(bo, "suspended")
    else:
        (await world.delete(f"/v1/posts/{post['id']}", by=bo)).raise_for_status()
    await send(world)

    assert service.received == []


async def test_strangers_that_are_filtered_disturb_nobody(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    await subscribe(world, ada, service)
    await prefer(world, ada, policy={"not_following": "filter"}, kinds={"mention": {"mail": True}})

    await world.write(bo, "@ada look")
    await send(world)

    assert service.received == []
    assert mails(world) == []


async def test_planning_costs_a_constant_number_of_statements(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    posts = [await world.write(ada) for _ in range(6)]
    bo = await world.person("bo")
    costs = []
    for few in (posts[:1], posts[1:]):
        for post in few:
            await like(world, bo, post)
        await send(world)
        # The least of several: whatever else the process does is counted with it.
        costs.append(min([await cost_of_telling(world, few, bo, ada) for _ in range(5)]))

    assert costs[0] == costs[1] <= 12


async def cost_of_telling(world: World, posts: list[dict[str, Any]], by: Person, to: Person) -> int:
    events = [
        NotificationAdded(
            account_id=to.id,
            id=int(post["id"]) + 1,
            group_id=f"like-{post['id']}",
            kind="like",
            object_id=int(post["id"]),
            actor_id=by.id,
            count=1,
            post_id=int(post["id"]),
        )
        for post in posts
    ]
    with world.counted() as cost:
        async with world.db.transaction() as tx:
            await tell_of_notifications(world.services, tx, events)
    return len(cost.statements)
