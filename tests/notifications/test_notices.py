import pytest

from hubbub.notifications import Kind, notify, send_notice, withdraw
from tests.notifications.support import notifications, told
from tests.support.world import World


async def test_notice_is_told_in_its_words(world: World) -> None:
    ada = await world.person("ada")

    await world.db.write(lambda tx: send_notice(tx, account_id=ada.id, text="Your appeal was heard."))

    [item] = await notifications(world, ada)
    assert (item["kind"], item["text"], item["accounts"]) == ("moderation", "Your appeal was heard.", [])
    people = await world.get(f"/v1/notifications/{item['id']}/accounts", by=ada)
    assert people.json()["items"] == []


@pytest.mark.parametrize("how", ["mute", "block"])
async def test_request_to_write_is_told_like_all_else(world: World, how: str) -> None:
    ada, bob, foe = [await world.person(name) for name in ("ada", "bob", "foe")]
    await getattr(world, how)(ada, foe)

    async with world.db.transaction() as tx:
        are_told = [
            await notify(tx, account_id=ada.id, kind=Kind.MESSAGE_REQUEST, object_id=id_, actor_id=who.id)
            for id_, who in ((5, bob), (5, bob), (6, foe))
        ]

    assert are_told == [True, True, False]
    [item] = await notifications(world, ada)
    assert (item["id"], item["conversation_id"]) == ("message_request-5", "5")


async def test_request_that_was_answered_is_withdrawn(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    async with world.db.transaction() as tx:
        await notify(tx, account_id=ada.id, kind=Kind.MESSAGE_REQUEST, object_id=5, actor_id=bob.id)
        await withdraw(tx, account_id=ada.id, kind=Kind.MESSAGE_REQUEST, object_id=5)

    assert await told(world, ada) == []


async def test_what_follows_from_events_is_told_by_nobody_else(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    async with world.db.transaction() as tx:
        with pytest.raises(ValueError, match="like"):
            await notify(tx, account_id=ada.id, kind=Kind.LIKE, object_id=5, actor_id=bob.id)
