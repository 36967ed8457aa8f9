"""Requests, blocks, mutes and both sides of follows: whole, in order, both ways, for their owner."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.platform.ids import new_id
from tests.posts.readers import ids, page_back, page_through, statements_of
from tests.support.world import Person, World

# Each list with the statement that puts others ($1) with ids ($2) and ends ($4) into that of somebody ($3).
INSERTS = {
    "/v1/follow-requests": "INSERT INTO follow_requests (requester_id, id, followee_id) {}",
    "/v1/me/blocks": "INSERT INTO blocks (blocked_id, id, blocker_id) {}",
    "/v1/me/mutes": "INSERT INTO mutes (muted_id, id, muter_id, expires_at) {}",
    "/v1/accounts/{}/followers": "INSERT INTO follows (follower_id, id, followee_id) {}",
    "/v1/accounts/{}/following": "INSERT INTO follows (followee_id, id, follower_id) {}",
}
ROWS = "SELECT who, id, $3{} FROM unnest($1::bigint[], $2::bigint[], $4::timestamptz[]) AS n (who, id, until)"
STATES = st.lists(
    st.sampled_from(["active", "active", "active", "suspended", "blocking", "ended"]), max_size=40
)


async def crowd(world: World, states: list[str]) -> list[int]:
    made = [new_id() for _ in states]
    await world.rows(
        "INSERT INTO accounts (id, handle, state, updated_at) SELECT id, 'crowd' || id, state, now()"
        " FROM unnest($1::bigint[], $2::text[]) AS new (id, state) RETURNING id",
        made,
        ["suspended" if state == "suspended" else "active" for state in states],
    )
    return made


async def fill(world: World, path: str, owner: Person, made: list[int], states: list[str]) -> list[str]:
    """Put these into the owner's list and return whom it shows, latest first."""
    is_mutes = path.endswith("mutes")
    ends = [datetime.now(UTC) - timedelta(hours=1) if state == "ended" else None for state in states]
    rows = ROWS.format(", until" if is_mutes else "")
    await world.rows(
        INSERTS[path].format(rows) + " RETURNING id", made, [new_id() for _ in made], owner.id, ends
    )
    for account_id, state in zip(made, states, strict=True):
        if state == "blocking":
            await world.rows("INSERT INTO blocks VALUES ($1, $2, 1) RETURNING id", account_id, owner.id)
    hidden = {"suspended", "blocking", *(["ended"] if is_mutes else [])}
    return [str(id_) for id_, state in zip(made, states, strict=True) if state not in hidden][::-1]


@pytest.mark.parametrize("path", INSERTS)
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=STATES, limit=st.integers(1, 9))
async def test_list_pages_both_ways_without_whom_its_owner_may_not_see(
    world: World, path: str, states: list[str], limit: int
) -> None:
    owner, other = await world.person(), await world.person()
    made = await crowd(world, states)
    expected = await fill(world, path, owner, made, states)
    await fill(world, path, other, await crowd(world, ["active"] * 3), ["active"] * 3)
    url = path.format(owner.id)

    pages = await page_through(world, url, by=owner, limit=limit)
    back = await page_back(world, url, by=owner, limit=limit)

    assert [id_ for page in pages for id_ in page] == expected
    assert [id_ for page in back[::-1] for id_ in page] == expected
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("path", INSERTS)
async def test_page_takes_a_constant_number_of_statements(world: World, path: str) -> None:
    owner = await world.person()
    await fill(world, path, owner, await crowd(world, ["active"] * 101), ["active"] * 101)
    url = path.format(owner.id)
    await world.get(f"{url}?limit=100", by=owner)

    costs = []
    for limit in (1, 10, 100):
        with world.counted() as cost:
            await world.get(f"{url}?limit={limit}", by=owner)
        costs.append((len(statements_of(cost.statements)), cost.round_trips))

    assert costs[0] == costs[1] == costs[2] <= (4, 1)


async def test_mute_that_is_made_again_keeps_its_place(world: World) -> None:
    owner, ada, bob = [await world.person() for _ in range(3)]
    await world.mute(owner, ada)
    await world.mute(owner, bob)

    await world.mute(owner, ada, scope="posts")

    assert await ids(world, "/v1/me/mutes", by=owner) == [str(bob.id), str(ada.id)]


async def test_follow_that_is_made_again_is_the_latest(world: World) -> None:
    owner, ada, bob = [await world.person() for _ in range(3)]
    await world.follow(owner, ada)
    await world.follow(owner, bob)

    await world.delete(f"/v1/accounts/{ada.id}/follow", by=owner)
    await world.follow(owner, ada)

    assert await ids(world, f"/v1/accounts/{owner.id}/following") == [str(ada.id), str(bob.id)]
    assert await ids(world, f"/v1/accounts/{ada.id}/followers") == [str(owner.id)]


async def test_entry_of_a_list_says_how_its_owner_stands_to_it(world: World) -> None:
    owner, ada = await world.person(is_private=True), await world.person()
    await world.follow(ada, owner)
    await world.mute(owner, ada, scope="reposts")

    [asking] = (await world.get("/v1/follow-requests", by=owner)).json()["items"]
    [muted] = (await world.get("/v1/me/mutes", by=owner)).json()["items"]

    assert asking["handle"] == ada.handle
    assert (asking["viewer"]["requested_by"], asking["viewer"]["followed_by"]) == (True, False)
    assert (muted["viewer"]["muting"], muted["viewer"]["muting_reposts"]) == (False, True)
