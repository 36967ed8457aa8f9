import asyncio

import pytest

from hubbub.platform.counters import CountKind
from hubbub.system import recount as recounting
from hubbub.system.recount import Mended, recount
from tests.cli.test_admin import Run, admin, told
from tests.support.drift import find_drift
from tests.support.world import Person, World

__all__ = ["admin"]


@pytest.fixture
async def people(world: World) -> tuple[Person, Person, int]:
    """Ada, Bo and the id of a post with one of everything that is counted."""
    ada, bo = await world.person(), await world.person()
    await world.follow(bo, ada)
    post = await world.write(ada)
    for verb in ("like", "repost"):
        await world.put(f"/v1/posts/{post['id']}/{verb}", by=bo)
    await world.comment(bo, post)
    await world.write(bo, quote=post["id"])
    deleted = await world.comment(bo, post)
    await world.delete(f"/v1/posts/{deleted['id']}", by=bo)
    return ada, bo, int(post["id"])


async def spoil(world: World, *damages: tuple[int, CountKind, int]) -> None:
    for subject_id, kind, delta in damages:
        await world.rows("INSERT INTO count_deltas VALUES ($1, $2, $3)", subject_id, kind, delta)


async def mend(world: World) -> list[Mended]:
    return await recount(world.db, lambda done: None)


async def test_right_counts_are_left_alone(world: World, people: tuple[Person, Person, int]) -> None:
    before = await world.rows("SELECT subject_id, kind, delta FROM count_deltas ORDER BY 1, 2, 3")

    assert await mend(world) == []
    assert await world.rows("SELECT subject_id, kind, delta FROM count_deltas ORDER BY 1, 2, 3") == before


async def test_mended_counts_show_on_the_next_read(world: World, people: tuple[Person, Person, int]) -> None:
    ada, _, post_id = people
    await spoil(world, (post_id, CountKind.LIKES, 7))
    path = f"/v1/posts/{post_id}"
    assert (await world.get(path, by=ada)).json()["counts"]["likes"] == 8

    await mend(world)

    assert (await world.get(path, by=ada)).json()["counts"]["likes"] == 1


async def test_every_kind_of_count_is_brought_back_to_its_rows(
    world: World, people: tuple[Person, Person, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "BATCH", 2)
    ada, bo, post_id = people
    damages = [(post_id, CountKind[kind], 7) for kind in ("LIKES", "COMMENTS", "REPOSTS", "QUOTES")]
    damages += [
        (ada.id, CountKind.FOLLOWERS, -1),
        (bo.id, CountKind.FOLLOWING, 2),
        (bo.id, CountKind.POSTS, -5),
    ]
    await spoil(world, *damages)

    mended = await mend(world)

    assert {(each.subject_id, each.kind, each.difference) for each in mended} == {
        (subject, kind, -delta) for subject, kind, delta in damages
    }
    async with world.db.connection() as tx:
        assert await find_drift(tx) == []


async def test_lost_counts_are_made_anew(world: World, people: tuple[Person, Person, int]) -> None:
    await world.rows("DELETE FROM count_deltas")
    await world.rows("DELETE FROM counts")

    await mend(world)

    counts = (await world.get(f"/v1/posts/{people[2]}")).json()["counts"]
    assert counts == {"likes": 1, "comments": 1, "reposts": 1, "quotes": 1}


async def test_recounts_at_once_and_likes_meanwhile_leave_no_drift(
    world: World, people: tuple[Person, Person, int]
) -> None:
    post_id = people[2]
    await spoil(world, (post_id, CountKind.LIKES, 40))
    fans = [await world.person() for _ in range(8)]
    await world.fill_pool()

    likes = [world.put(f"/v1/posts/{post_id}/like", by=fan) for fan in fans]
    await asyncio.gather(mend(world), *likes[:4], mend(world), *likes[4:], mend(world))

    assert (await world.get(f"/v1/posts/{post_id}")).json()["counts"]["likes"] == 9


async def test_command_says_what_it_mended(
    world: World, people: tuple[Person, Person, int], admin: Run
) -> None:
    await spoil(world, (people[2], CountKind.LIKES, 3))

    first, second = await told(admin, "recount"), await told(admin, "recount")

    assert f"{people[2]}  likes  -3" in first
    assert "1 counts mended" in first
    assert "every count is right" in second
