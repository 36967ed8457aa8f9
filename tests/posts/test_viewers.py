"""What a process knows of a reader is over in time, whatever else the reader does."""

from datetime import UTC, datetime, timedelta

import pytest

from hubbub.platform.stamps import Stamps
from hubbub.posts import viewers as viewers_module
from hubbub.posts.viewers import Viewer, Viewers
from tests.support.world import Person, World


async def known(world: World, who: Person) -> Viewer:
    stamp = await world.services.part(Stamps).look(who.id)
    return await world.services.part(Viewers).load(who.id, stamp)


async def test_reactions_do_not_lengthen_the_life_of_relations(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, friend = await world.person(), await world.person()
    post = await world.write(friend)
    first = await known(world, reader)
    monkeypatch.setattr(viewers_module, "LOCAL_TTL_SECONDS", 1000.0)

    await world.put(f"/v1/posts/{post['id']}/like", by=reader)
    second = await known(world, reader)

    assert second is not first
    assert second.relations is first.relations
    assert second.until <= first.until


async def test_relations_are_over_when_the_first_mute_runs_out(world: World) -> None:
    reader, friend = await world.person(), await world.person()
    await world.write(friend)
    await world.follow(reader, friend)
    await world.mute(reader, friend)
    ends_at = datetime.now(UTC) + timedelta(milliseconds=200)
    await world.rows("UPDATE mutes SET expires_at = $1", ends_at)
    await world.services.changes.spread({"relations": {reader.id}})
    before = await known(world, reader)
    assert before.relations is not None
    assert before.relations[friend.id].mutes == "all"

    while datetime.now(UTC) < ends_at:
        before = await known(world, reader)

    after = await known(world, reader)
    assert after.relations is not None
    assert after.relations[friend.id].mutes is None
