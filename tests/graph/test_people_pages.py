from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.platform.ids import new_id
from tests.support.world import Person, World


async def crowd(world: World, whom: Person, states: Sequence[str]) -> list[str]:
    """Followers of somebody, in these states; the ids of the active ones, newest first."""
    ids = [new_id() for _ in states]
    await world.rows(
        """
        INSERT INTO accounts (id, handle, state, updated_at)
        SELECT id, 'crowd' || id, state, now() FROM unnest($1::bigint[], $2::text[]) AS new (id, state)
        RETURNING id
        """,
        ids,
        states,
    )
    await world.rows(
        "INSERT INTO follows SELECT id, $2, id FROM unnest($1::bigint[]) id RETURNING id", ids, whom.id
    )
    return [str(id_) for id_, state in zip(ids, states, strict=True) if state == "active"][::-1]


async def walk(world: World, path: str, by: Person, *, cursor: str | None, way: str) -> list[list[str]]:
    """Ids of one page after the other until the list ends."""
    pages: list[list[str]] = []
    separator = "&" if "?" in path else "?"
    while True:
        url = path if cursor is None else f"{path}{separator}cursor={cursor}"
        page = (await world.get(url, by=by)).json()
        pages.append([item["id"] for item in page["items"]])
        cursor = page[way]
        if cursor is None:
            return pages
        assert len(pages) < 200


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.lists(st.sampled_from(["active", "active", "suspended"]), max_size=70),
    limit=st.integers(1, 20),
)
async def test_pages_are_full_and_without_gap_or_overlap_both_ways(
    world: World, states: list[str], limit: int
) -> None:
    bob = await world.person()
    expected = await crowd(world, bob, states)
    path = f"/v1/accounts/{bob.id}/followers?limit={limit}"

    forward = await walk(world, path, bob, cursor=None, way="next")

    assert [id_ for page in forward for id_ in page] == expected
    assert all(len(page) == limit for page in forward[:-1])
    if len(forward) > 1:
        middle = (await world.get(path, by=bob)).json()
        while middle["next"]:
            middle = (await world.get(f"{path}&cursor={middle['next']}", by=bob)).json()
        back = await walk(world, path, bob, cursor=middle["prev"], way="prev")
        assert [id_ for page in back[::-1] for id_ in page] == expected[
            : len(expected) - len(middle["items"])
        ]


async def test_new_follower_moves_no_page(world: World) -> None:
    bob = await world.person()
    old = await crowd(world, bob, ["active"] * 6)
    path = f"/v1/accounts/{bob.id}/followers?limit=3"
    first = (await world.get(path)).json()

    new = await crowd(world, bob, ["active"] * 2)
    second = (await world.get(f"{path}&cursor={first['next']}")).json()
    newer = (await world.get(f"{path}&cursor={second['prev']}")).json()

    assert [item["id"] for item in second["items"]] == old[3:]
    assert [item["id"] for item in newer["items"]] == old[:3]
    newest = (await world.get(f"{path}&cursor={newer['prev']}")).json()
    assert [item["id"] for item in newest["items"]] == new


@pytest.mark.parametrize("with_viewer", [True, False])
async def test_statements_do_not_grow_with_the_page(world: World, with_viewer: bool) -> None:
    bob, ada = await world.person(), await world.person()
    await crowd(world, bob, ["active"] * 101)
    by = ada if with_viewer else None
    await world.get("/v1/me/mutes", by=ada)  # from here on her session is known
    costs = []
    for limit in (1, 20, 100):
        for _ in range(2):  # the second finds the cards in the cache
            before = world.services.valkey.round_trips
            with world.db.recorded_statements() as statements:
                page = await world.get(f"/v1/accounts/{bob.id}/followers?limit={limit}", by=by)
            assert len(page.json()["items"]) == limit
            costs.append((len(statements), world.services.valkey.round_trips - before))

    # The rule for bob, candidates, facts, and with a viewer relationships.
    warm = 4 if with_viewer else 3
    assert [cost[0] for cost in costs] == [warm + 1, warm] * 3
    assert [cost[1] for cost in costs[1::2]] == [1, 1, 1]


async def test_follows_of_a_private_account_are_for_its_followers(world: World) -> None:
    bob, ada, cleo = await world.person(), await world.person(), await world.person()
    await world.follow(ada, bob)
    await world.set_private(bob)

    for part in ("followers", "following"):
        path = f"/v1/accounts/{bob.id}/{part}"
        assert (await world.get(path, by=ada)).status_code == 200
        assert (await world.get(path, by=bob)).status_code == 200
        for by in (cleo, None):
            reply = await world.get(path, by=by)
            assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed")


async def test_hidden_and_blocked_people_are_left_out_of_lists(world: World) -> None:
    bob, ada, cleo, dan, eve = [await world.person() for _ in range(5)]
    for other in (ada, cleo, dan, eve):
        await world.follow(bob, other)
    await world.set_state(cleo, "deactivated")
    await world.block(dan, ada)
    await world.block(ada, eve)

    seen = (await world.get(f"/v1/accounts/{bob.id}/following", by=ada)).json()["items"]
    seen_by_bob = (await world.get(f"/v1/accounts/{bob.id}/following", by=bob)).json()["items"]

    assert [item["id"] for item in seen] == [str(ada.id)]
    assert [item["id"] for item in seen_by_bob] == [str(eve.id), str(dan.id), str(ada.id)]
    assert [item["viewer"]["following"] for item in seen_by_bob] == [True] * 3


async def test_lists_of_ones_own_are_nobody_elses(world: World) -> None:
    ada, bob = await world.person(), await world.person(is_private=True)
    await world.follow(ada, bob)
    await world.block(bob, await world.person())
    await world.mute(bob, ada)

    for path in ("/v1/follow-requests", "/v1/me/blocks", "/v1/me/mutes"):
        assert len((await world.get(path, by=bob)).json()["items"]) == 1
        assert (await world.get(path, by=ada)).json()["items"] == []
        assert (await world.get(path)).status_code == 401


async def test_cursor_of_another_list_is_refused(world: World) -> None:
    bob, ada = await world.person(), await world.person()
    await crowd(world, bob, ["active"] * 3)
    cursor = (await world.get(f"/v1/accounts/{bob.id}/followers?limit=1", by=bob)).json()["next"]

    for path, by in (
        (f"/v1/accounts/{bob.id}/following", bob),
        (f"/v1/accounts/{ada.id}/followers", bob),
        (f"/v1/accounts/{bob.id}/followers", ada),
    ):
        reply = await world.get(f"{path}?cursor={cursor}", by=by)
        assert (reply.status_code, reply.json()["code"]) == (400, "bad_cursor")


async def test_relationships_come_in_order_in_one_statement(world: World) -> None:
    ada, bob, cleo = [await world.person() for _ in range(3)]
    await world.follow(ada, bob)

    with world.db.recorded_statements() as statements:
        reply = await world.get(f"/v1/relationships?ids={cleo.id},99,{bob.id},{cleo.id}", by=ada)

    items = reply.json()["items"]
    assert [item["id"] for item in items] == [str(cleo.id), "99", str(bob.id)]
    assert [item["following"] for item in items] == [False, False, True]
    assert len(statements) == 1


async def test_relationships_of_at_most_a_hundred_ids(world: World) -> None:
    ada = await world.person()

    for ids in (",".join(map(str, range(1, 102))), "", "x", "1,,2"):
        reply = await world.get(f"/v1/relationships?ids={ids}", by=ada)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    hundred = await world.get(f"/v1/relationships?ids={','.join(map(str, range(1, 101)))}", by=ada)
    assert len(hundred.json()["items"]) == 100
