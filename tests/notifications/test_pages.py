"""Pages are full, in order, and without gap or repetition while new ones come, however many there are."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.notifications.queries import reading as queries
from hubbub.platform.paging import Window
from tests.notifications.support import like
from tests.support.world import Person, World

SHOWN, BLOCKED = 0, 1
ROWS = """
INSERT INTO notification_groups (account_id, object_id, newest_id, first_id, count, kind, place, actor_ids)
SELECT $1, id, id, id, 1, kind, 0, ARRAY[actor_id]
FROM unnest($2::bigint[], $3::smallint[], $4::bigint[]) AS new (id, kind, actor_id) RETURNING newest_id
"""
KINDS = (6, 7, 8)


async def fill(world: World, who: Person, kinds: list[int], actor_ids: list[int], *, start: int = 1) -> None:
    """Groups about no post, with rising ids."""
    ids = list(range(start, start + len(kinds)))
    await world.rows(ROWS, who.id, ids, kinds, actor_ids)


async def page(world: World, by: Person, **query: Any) -> dict[str, Any]:
    reply = await world.get("/v1/notifications", by=by, params=query)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def walk(world: World, by: Person, *, limit: int, between: Any = None, **query: Any) -> list[list[int]]:
    """All pages from the newest to the oldest, by their positions."""
    pages: list[list[int]] = []
    cursor: dict[str, str] = {}
    for _ in range(60):
        found = await page(world, by, limit=limit, **cursor, **query)
        pages.append([int(item["latest_id"]) for item in found["items"]])
        if found["next"] is None:
            return pages
        cursor = {"cursor": found["next"]}
        if between is not None:
            await between()
    raise AssertionError("the list never ends")


@given(
    rows=st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from((SHOWN, BLOCKED))), max_size=40),
    limit=st.integers(1, 9),
    new_each_time=st.integers(0, 2),
    kinds=st.sets(st.sampled_from(("follow", "follow_request", "follow_accepted")), min_size=1),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_notification_is_met_once_while_new_ones_come(
    world: World, rows: list[tuple[int, int]], limit: int, new_each_time: int, kinds: set[str]
) -> None:
    ada, bob, foe = await world.person(), await world.person(), await world.person()
    await world.block(ada, foe)
    await fill(world, ada, [kind for kind, _ in rows], [(bob.id, foe.id)[whose] for _, whose in rows])
    numbers = {"follow": 6, "follow_request": 7, "follow_accepted": 8}
    wanted = {numbers[name] for name in kinds}
    expected = [
        position for position, (kind, whose) in enumerate(rows, start=1) if whose == SHOWN and kind in wanted
    ][::-1]
    newest = 1000

    async def come() -> None:
        nonlocal newest
        await fill(world, ada, [6] * new_each_time, [bob.id] * new_each_time, start=newest)
        newest += new_each_time

    pages = await walk(world, ada, limit=limit, between=come, types=",".join(sorted(kinds)))

    assert [id_ for each in pages for id_ in each] == expected
    assert all(len(each) == limit for each in pages[:-1])


async def test_pages_lead_back_to_what_has_come_since(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await fill(world, ada, [6] * 6, [bob.id] * 6)
    first = await page(world, ada, limit=2)
    second = await page(world, ada, limit=2, cursor=first["next"])
    await fill(world, ada, [7, 8], [bob.id] * 2, start=50)

    back = await page(world, ada, limit=2, cursor=second["prev"])
    newest = await page(world, ada, limit=2, cursor=back["prev"])

    assert [item["latest_id"] for item in back["items"]] == ["6", "5"]
    assert [item["latest_id"] for item in newest["items"]] == ["51", "50"]


async def test_cursor_of_another_list_is_refused(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await fill(world, ada, [6] * 3, [bob.id] * 3)
    cursor = (await page(world, ada, limit=1))["next"]

    for query in ({"types": "follow"}, {"filtered": "true"}):
        reply = await world.get("/v1/notifications", by=ada, params={"cursor": cursor, **query})
        assert (reply.status_code, reply.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize(
    "path", ["/v1/notifications", "/v1/notifications?types=like", "/v1/notifications/unread"]
)
async def test_cost_is_the_same_for_ten_and_for_twenty_thousand(world: World, path: str) -> None:
    few, many = await world.person(), await world.person()
    fans = [await world.person() for _ in range(12)]
    posts = {owner.id: [await world.write(owner) for _ in range(10)] for owner in (few, many)}
    for owner in (few, many):
        for post in posts[owner.id]:
            await like(world, random.choice(fans), post)
    await world.settle()
    await fill(world, many, [6, 8] * 10_000, [fan.id for fan in fans[:10]] * 2_000)
    await world.rows("ANALYZE notification_groups")

    costs = []
    for owner in (few, many):
        await world.get(path, by=owner)
        await world.rest()
        with world.counted() as cost:
            assert (await world.get(path, by=owner)).status_code == 200
        costs.append((len(cost.statements), cost.round_trips))

    assert costs[0] == costs[1] == (1, 1)


async def test_page_and_count_read_few_rows_of_a_long_history(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await fill(world, ada, [6, 7, 8] * 7_000, [bob.id] * 21_000)
    await world.rows("ANALYZE notification_groups")
    window = Window(limit=21)

    read = [
        await rows_read(world, queries.select_groups, place=0, kinds=kinds, window=window, account_id=ada.id)
        for kinds in (range(1, 13), [6])
    ]
    read.append(
        await rows_read(world, queries.select_unread, account_id=ada.id, kinds=range(1, 13), limit=101)
    )

    assert read == [63, 21, 303]  # as many of each kind that there is as the page, or the count, may hold


async def rows_read(world: World, query: Any, **arguments: Any) -> int:
    """By the scans of the query's plan."""

    class Explaining:
        async def fetch(self, sql: str, *values: Any) -> list[Any]:
            async with world.db.connection() as tx:
                [plan] = json.loads(await tx.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values))
            plans.append(plan["Plan"])
            return []

    plans: list[dict[str, Any]] = []
    await query(Explaining(), **arguments)
    return sum(scanned(plan) for plan in plans)


def scanned(node: dict[str, Any]) -> int:
    own = 0
    if node.get("Relation Name") == "notification_groups":
        own = round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
    return own + sum(scanned(child) for child in node.get("Plans", ()))
