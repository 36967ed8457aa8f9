import asyncio

from hubbub.platform.ids import MAX_ID, new_id
from tests.notifications.support import like, notifications, unlike, unread
from tests.support.world import Person, World


async def liked(world: World, times: int) -> tuple[Person, list[Person]]:
    ada = await world.person("ada")
    fans = [await world.person() for _ in range(times)]
    for fan in fans:
        await like(world, fan, await world.write(ada))
        await world.settle()
    return ada, fans


async def read(world: World, by: Person, up_to: object) -> dict[str, object]:
    reply = await world.post("/v1/notifications/read", by=by, json={"up_to": str(up_to)})
    assert reply.status_code == 200, reply.text
    found: dict[str, object] = reply.json()
    return found


async def test_unread_are_those_above_the_marker(world: World) -> None:
    ada, _ = await liked(world, 3)
    items = await notifications(world, ada)

    assert await unread(world, ada) == 3
    assert (await read(world, ada, items[1]["latest_id"]))["count"] == 1
    assert [item["is_read"] for item in await notifications(world, ada)] == [False, True, True]


async def test_group_that_grows_is_unread_again(world: World) -> None:
    ada = await world.person("ada")
    post = await world.write(ada)
    await like(world, await world.person(), post)
    [item] = await notifications(world, ada)
    await read(world, ada, item["latest_id"])

    await like(world, await world.person(), post)
    await world.settle()

    assert await unread(world, ada) == 1


async def test_like_taken_back_is_not_unread_and_given_again_not_either(world: World) -> None:
    ada, [bob] = await liked(world, 1)
    [item] = await notifications(world, ada)
    await unlike(world, bob, item["post"])
    await world.settle()
    taken_back = await unread(world, ada)
    await read(world, ada, item["latest_id"])

    await like(world, bob, item["post"])
    await world.settle()

    assert taken_back == 0
    assert await unread(world, ada) == 0


async def test_marker_never_goes_back_however_many_devices_move_it_at_once(world: World) -> None:
    ada, _ = await liked(world, 4)
    ids = [item["latest_id"] for item in await notifications(world, ada)]

    await asyncio.gather(*(read(world, ada, id_) for id_ in ids * 3))

    marker = await world.value("SELECT read_up_to FROM notification_markers")
    assert (str(marker), await unread(world, ada)) == (ids[0], 0)
    assert (await read(world, ada, ids[-1]))["count"] == 0


async def test_nobody_can_have_read_what_is_still_to_come(world: World) -> None:
    ada, [bob] = await liked(world, 1)

    await read(world, ada, MAX_ID)

    assert await world.value("SELECT read_up_to FROM notification_markers") <= new_id()
    await like(world, bob, await world.write(ada))
    await world.settle()
    assert await unread(world, ada) == 1


async def test_marker_moves_are_announced_once(world: World) -> None:
    ada, _ = await liked(world, 1)
    [item] = await notifications(world, ada)

    await read(world, ada, item["latest_id"])
    await read(world, ada, item["latest_id"])

    assert await world.announced("NotificationsRead") == 1


async def test_unread_of_blocked_and_muted_people_do_not_count(world: World) -> None:
    ada, [bob, cleo, dora] = await liked(world, 3)
    await world.block(ada, bob)
    await world.mute(ada, cleo)

    assert await unread(world, ada) == 1
    assert [item["accounts"][0]["id"] for item in await notifications(world, ada)] == [str(dora.id)]


async def test_what_is_no_id_marks_nothing(world: World) -> None:
    ada = await world.person()

    for up_to in ("0", "x", "9" * 19):
        reply = await world.post("/v1/notifications/read", by=ada, json={"up_to": up_to})
        assert reply.status_code == 422, up_to
    assert await world.value("SELECT count(*) FROM notification_markers") == 0


async def test_count_is_exact_up_to_a_hundred(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    for number in range(1, 121):
        await world.rows(
            """
            INSERT INTO notification_groups
                (account_id, object_id, newest_id, first_id, count, kind, place, actor_ids)
            VALUES ($1, $2, $2, $2, 1, 8, 0, ARRAY[$3::bigint]) RETURNING account_id
            """,
            ada.id,
            number,
            bob.id,
        )

    found = (await world.get("/v1/notifications/unread", by=ada)).json()

    assert found == {"count": 100, "is_capped": True, "up_to": "120"}
    await read(world, ada, 60)
    assert await unread(world, ada) == 60
