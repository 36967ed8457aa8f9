"""Whatever people do in whatever order, counts are the numbers of the rows behind them."""

import asyncio
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.storms import assert_no_drift
from tests.support.world import Person, World

VERBS = ("like", "unlike", "repost", "unrepost", "comment", "quote", "delete", "follow", "unfollow", "block")
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 2), st.integers(0, 30)), min_size=5, max_size=40
)
RULE = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Town:
    """Three people and all that they wrote."""

    def __init__(self, world: World, people: list[Person]) -> None:
        self.world = world
        self.people = people
        self.posts: list[dict[str, Any]] = []

    async def act(self, verb: str, who: int, at: int) -> int:
        world, by = self.world, self.people[who]
        post = self.posts[at % len(self.posts)]
        path = f"/v1/posts/{post['id']}"
        if verb in ("like", "repost"):
            return (await world.put(f"{path}/{verb}", by=by)).status_code
        if verb in ("unlike", "unrepost"):
            return (await world.delete(f"{path}/{verb[2:]}", by=by)).status_code
        if verb == "delete":
            return (await world.delete(path, by=by)).status_code
        if verb in ("comment", "quote"):
            field = "reply_to" if verb == "comment" else "quote"
            reply = await world.post("/v1/posts", by=by, json={"text": "x", field: post["id"]})
            if reply.status_code == 201:
                self.posts.append(reply.json())
            return reply.status_code
        other = self.people[(who + 1 + at % 2) % 3]
        method = "DELETE" if verb == "unfollow" else "PUT"
        relation = "block" if verb == "block" else "follow"
        return (await world.request(method, f"/v1/accounts/{other.id}/{relation}", by=by)).status_code

    async def shown_counts(self, post: dict[str, Any]) -> Counter[str] | None:
        for by in self.people:
            reply = await self.world.get(f"/v1/posts/{post['id']}", by=by)
            if reply.status_code == 200:
                return Counter(reply.json()["counts"])
        return None


async def open_town(world: World) -> Town:
    town = Town(world, [await world.person() for _ in range(3)])
    for person in town.people:
        town.posts.append(await world.write(person))
    return town


async def counted_by_sql(world: World, post_id: int) -> Counter[str]:
    rows = await world.rows(
        """
        SELECT
            (SELECT count(*) FROM reactions WHERE post_id = $1 AND kind = 1) AS likes,
            (SELECT count(*) FROM posts WHERE parent_id = $1 AND deleted_at IS NULL) AS comments,
            (SELECT count(*) FROM posts WHERE repost_of = $1 AND deleted_at IS NULL) AS reposts,
            (SELECT count(*) FROM posts WHERE quote_of = $1 AND deleted_at IS NULL) AS quotes
        """,
        post_id,
    )
    return Counter(rows[0])


@RULE
@given(steps=STEPS)
async def test_counts_equal_rows_after_verbs_in_any_order(
    world: World, steps: list[tuple[str, int, int]]
) -> None:
    town = await open_town(world)

    for step in steps:
        assert await town.act(*step) in (200, 201, 204, 403, 404)

    for post in town.posts:
        shown = await town.shown_counts(post)
        assert shown in (None, await counted_by_sql(world, int(post["id"])))
    await assert_no_drift(world)


@RULE
@given(steps=STEPS)
async def test_counts_equal_rows_after_verbs_at_one_moment(
    world: World, steps: list[tuple[str, int, int]]
) -> None:
    town = await open_town(world)

    statuses = await asyncio.gather(*(town.act(*step) for step in steps))

    assert set(statuses) <= {200, 201, 204, 403, 404}
    for person in town.people:
        counts = await world.counts(person)
        written = (
            "SELECT count(*) FROM posts WHERE author_id = $1 AND repost_of IS NULL AND deleted_at IS NULL"
        )
        assert counts["posts"] == await world.value(written, person.id)
    await assert_no_drift(world)
