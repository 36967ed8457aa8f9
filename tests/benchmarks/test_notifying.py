"""Notifications of a made-up population, at Hubbub and at the baseline."""

import asyncpg

from benchmarks.population import notify_of_likes
from benchmarks.tutorial import create_database, drop_database
from benchmarks.tutorial.data import copy_people
from tests.support.world import World


async def rows_of(world: World) -> list[tuple[object, ...]]:
    """All but when it was: an event is handled a moment after the like."""
    groups = await world.rows(
        "SELECT account_id, object_id, count, kind, place, actor_ids FROM notification_groups ORDER BY 1, 2"
    )
    actors = await world.rows("SELECT * FROM notification_actors ORDER BY 1, 2, 3")
    return [tuple(row.values()) for row in (*groups, *actors)]


async def test_likes_are_told_as_if_they_had_been_announced(world: World, database_url: str) -> None:
    ada, bo, cy = [await world.person() for _ in range(3)]
    liked, other = await world.write(ada), await world.write(ada)
    for post, person in ((liked, bo), (liked, cy), (liked, ada), (other, cy)):
        (await world.put(f"/v1/posts/{post['id']}/like", by=person)).raise_for_status()
    await world.settle()
    announced = await rows_of(world)

    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("TRUNCATE notification_groups, notification_actors")
        await notify_of_likes(connection, [ada.id, bo.id])
    finally:
        await connection.close()

    assert await rows_of(world) == announced
    [first, second] = (await world.get("/v1/notifications", by=ada)).json()["items"]
    assert (first["count"], second["count"]) == (1, 2)


async def test_the_baseline_gets_a_row_for_each(world: World, database_url: str) -> None:
    ada, bo = await world.person(), await world.person()
    post = await world.write(ada)
    (await world.put(f"/v1/posts/{post['id']}/like", by=bo)).raise_for_status()
    await world.settle()

    url = await create_database(database_url)
    try:
        await copy_people(database_url, url, password_hash="x", avatars="http://test")
        connection = await asyncpg.connect(url)
        found = await connection.fetch("SELECT user_id, actor_id, type, post_id, is_read FROM notifications")
        await connection.close()
    finally:
        await drop_database(database_url)

    assert [tuple(row) for row in found] == [(ada.id, bo.id, "like", int(post["id"]), False)]
