import pytest

from hubbub.accounts import AccountPurged
from hubbub.graph import reactors
from hubbub.platform.outbox import announce
from tests.support.world import World


async def test_purged_account_leaves_no_edge_and_others_counts_are_right(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactors, "BATCH", 2)
    ada, *others = [await world.person() for _ in range(6)]
    for other in others:
        await world.follow(ada, other)
        await world.follow(other, ada)
        await world.mute(other, ada)
    await world.follow(others[0], others[1])
    closed = await world.person(is_private=True)
    await world.follow(ada, closed)
    blocker = await world.person()
    await world.block(blocker, ada)

    await world.set_state(ada, "deleted")
    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=ada.id))
    await world.settle()

    assert await world.rows("SELECT follower_id, followee_id FROM follows") == [
        {"follower_id": others[0].id, "followee_id": others[1].id}
    ]
    for table in ("follow_requests", "blocks", "mutes"):
        assert await world.value(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - names above
    assert await world.counts(others[0]) == {"followers": 0, "following": 1, "posts": 0}
    assert await world.counts(others[1]) == {"followers": 1, "following": 0, "posts": 0}
    left = await world.value("SELECT coalesce(sum(delta), 0) FROM count_deltas WHERE subject_id = $1", ada.id)
    assert left == 0


async def test_purged_profile_is_blank_and_its_handle_stays(world: World) -> None:
    ada = await world.person("ada")
    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=ada.id))

    await world.settle()

    row = (await world.rows("SELECT handle, display_name, bio, state FROM accounts"))[0]
    assert row == {"handle": "ada", "display_name": "", "bio": "", "state": "deleted"}
    assert await world.value("SELECT count(*) FROM handles WHERE name = 'ada'") == 1
