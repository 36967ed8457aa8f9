"""Likes of many people in one statement: each as if it had been alone."""

import asyncio
import json
from random import Random

import pytest

from hubbub.platform.counters import CountKind
from hubbub.platform.db import Tx
from hubbub.reactions import LikeChange, Liked, Likes, ReactionState, change_likes
from tests.support.storms import assert_no_drift
from tests.support.world import World

AUTHOR = 5


def change(post_id: int, account_id: int, *, is_liked: bool = True) -> LikeChange:
    return LikeChange(post_id=post_id, author_id=AUTHOR, account_id=account_id, is_liked=is_liked)


async def apply(world: World, *changes: LikeChange) -> list[Liked]:
    async with world.db.connection() as tx:
        return await change_likes(tx, changes)


async def until_one_waits_for_a_lock(tx: Tx) -> None:
    async with asyncio.timeout(5):
        while not await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_each_change_is_answered_by_itself_and_posts_with_all_of_them(world: World) -> None:
    await apply(world, change(1, 11), change(1, 12), change(2, 12))

    answers = await apply(
        world, change(2, 12), change(1, 12, is_liked=False), change(1, 13), change(1, 14, is_liked=False)
    )

    assert [answer.has_changed for answer in answers] == [False, True, True, False]
    assert [answer.state.liked for answer in answers] == [True, False, True, False]
    assert [answer.counts[CountKind.LIKES] for answer in answers] == [1, 2, 2, 2]
    rows = await world.rows("SELECT post_id, account_id FROM reactions ORDER BY post_id, account_id")
    assert [tuple(row.values()) for row in rows] == [(1, 11), (1, 13), (2, 12)]


async def test_hot_post_gets_one_delta_however_many_like_it_at_once(world: World) -> None:
    answers = await apply(world, *(change(1, fan) for fan in range(100, 150)))

    assert {answer.counts[CountKind.LIKES] for answer in answers} == {50}
    assert await world.rows("SELECT subject_id, kind, delta FROM count_deltas") == [
        {"subject_id": 1, "kind": 1, "delta": 50}
    ]


async def test_only_what_has_changed_is_announced(world: World) -> None:
    await apply(world, change(1, 11), change(2, 11))
    await world.rows("DELETE FROM outbox RETURNING id")

    await apply(
        world, change(1, 11), change(1, 12), change(2, 11, is_liked=False), change(2, 12, is_liked=False)
    )

    rows = await world.rows("SELECT kind, body::text FROM outbox ORDER BY id")
    told = [(row["kind"], json.loads(row["body"])) for row in rows]
    assert [(kind, body["post_id"], body["account_id"], body["author_id"]) for kind, body in told] == [
        ("PostLiked", 1, 12, AUTHOR),
        ("PostUnliked", 2, 11, AUTHOR),
    ]


async def test_other_states_are_those_of_each_viewer_and_post(world: World) -> None:
    author, fan, other = [await world.person() for _ in range(3)]
    a, b = await world.write(author), await world.write(author)
    await world.put(f"/v1/posts/{a['id']}/repost", by=fan)
    await world.put(f"/v1/posts/{b['id']}/bookmark", by=fan)
    await world.put(f"/v1/posts/{a['id']}/pin", by=author)
    first, second = int(a["id"]), int(b["id"])

    answers = await apply(
        world,
        change(first, fan.id),
        change(second, fan.id),
        change(first, author.id),
        change(first, other.id),
    )

    assert [answer.state for answer in answers] == [
        ReactionState(liked=True, reposted=True),
        ReactionState(liked=True, bookmarked=True),
        ReactionState(liked=True, pinned=True),
        ReactionState(liked=True),
    ]
    assert answers[0].counts[CountKind.REPOSTS] == 1


async def test_like_that_another_process_was_just_writing_is_in_the_count(world: World) -> None:
    async with world.db.transaction() as elsewhere, world.db.connection() as tx:
        await change_likes(elsewhere, [change(1, 11)])
        late = asyncio.create_task(apply(world, change(1, 11), change(2, 11)))
        await until_one_waits_for_a_lock(tx)
    answers = await late

    assert [answer.has_changed for answer in answers] == [False, True]
    assert [answer.counts[CountKind.LIKES] for answer in answers] == [1, 1]


async def test_changes_are_noted_for_those_whose_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[dict[str, set[int]]] = []

    async def keep(changes: dict[str, set[int]]) -> None:
        noted.append(changes)

    await apply(world, change(3, 13))
    monkeypatch.setattr(world.db, "after_changes", keep)

    await apply(world, change(1, 11), change(2, 12), change(3, 13))

    # Also for who liked it before: perhaps the process that wrote that died before it could tell.
    assert noted == [{"reactions": {11, 12, 13}, "counts": {1, 2}}]


async def test_processes_that_change_the_same_likes_agree_with_the_rows(world: World) -> None:
    """Two writers with connections of their own, as two processes have."""
    random = Random(7)
    writers = [Likes(world.db), Likes(world.db)]
    wanted = [
        change(random.randrange(1, 5), random.randrange(10, 16), is_liked=random.random() < 0.6)
        for _ in range(400)
    ]

    answers = await asyncio.gather(*(random.choice(writers).change(each) for each in wanted))

    assert [answer.state.liked for answer in answers] == [each.is_liked for each in wanted]
    counted = await world.rows(
        "SELECT subject_id, sum(delta) AS likes FROM count_deltas GROUP BY 1 HAVING sum(delta) > 0 ORDER BY 1"
    )
    rows = await world.rows(
        "SELECT post_id AS subject_id, count(*) AS likes FROM reactions GROUP BY 1 ORDER BY 1"
    )
    assert counted == rows
    assert sum(answer.has_changed * (1 if answer.state.liked else -1) for answer in answers) == sum(
        row["likes"] for row in rows
    )


async def test_likes_of_one_moment_share_statements(world: World) -> None:
    author, *fans = [await world.person() for _ in range(9)]
    posts = [await world.write(author) for _ in range(3)]
    for fan in fans:
        await world.get("/v1/feeds/public?limit=1", by=fan)
    await world.fill_pool()

    with world.counted() as cost:
        replies = await asyncio.gather(
            *(world.put(f"/v1/posts/{post['id']}/like", by=fan) for post in posts for fan in fans)
        )

    assert {reply.status_code for reply in replies} == {200}
    assert sum("INSERT INTO reactions" in statement for statement in cost.statements) < len(replies) / 2
    await assert_no_drift(world)
