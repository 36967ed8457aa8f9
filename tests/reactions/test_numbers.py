"""Counts and states of a page, read in one statement."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.platform.counters import CountKind, add_counts, fold_counts, select_counts
from hubbub.reactions import ReactionState, load_numbers
from tests.support.world import World

VERBS = ("like", "repost", "bookmark", "pin")
FIELDS = dict(zip(VERBS, ("liked", "reposted", "bookmarked", "pinned"), strict=True))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(VERBS), st.booleans()), max_size=12))
async def test_numbers_are_what_was_done_and_the_counts_others_read(
    world: World, done: list[tuple[int, str, bool]]
) -> None:
    viewer, other = await world.person(), await world.person()
    post_ids = [int((await world.write(viewer))["id"]) for _ in range(3)]
    expected: dict[int, set[str]] = {post_id: set() for post_id in post_ids}
    for number, verb, is_undone in done:
        path = f"/v1/posts/{post_ids[number]}/{verb}"
        (await world.request("DELETE" if is_undone else "PUT", path, by=viewer)).raise_for_status()
        (expected[post_ids[number]].discard if is_undone else expected[post_ids[number]].add)(FIELDS[verb])
        if verb == "like":
            (await world.put(path, by=other)).raise_for_status()

    with world.counted() as cost:
        async with world.db.connection() as tx:
            numbers = await load_numbers(tx, viewer_id=viewer.id, post_ids=post_ids)
    async with world.db.connection() as tx:
        counts = await select_counts(tx, post_ids)

    assert len(cost.statements) == 1
    assert numbers.counts == counts
    states = {id_: numbers.state(id_) for id_ in post_ids}
    assert {
        id_: {name for name in FIELDS.values() if getattr(states[id_], name)} for id_ in post_ids
    } == expected


async def test_nobody_has_counts_and_no_states(world: World) -> None:
    author = await world.person()
    post_id = int((await world.write(author))["id"])
    await world.put(f"/v1/posts/{post_id}/like", by=author)

    async with world.db.connection() as tx:
        numbers = await load_numbers(tx, viewer_id=0, post_ids=[post_id])

    assert numbers.counts[post_id][CountKind.LIKES] == 1
    assert numbers.state(post_id) == ReactionState()


async def test_folded_and_pending_counts_are_added_up_once(world: World) -> None:
    async with world.db.transaction() as tx:
        await add_counts(tx, [(7, CountKind.LIKES, 3)])
        await fold_counts(tx, [7])
        await add_counts(tx, [(7, CountKind.LIKES, 2)])
        numbers = await load_numbers(tx, viewer_id=1, post_ids=[7])

    assert numbers.counts[7][CountKind.LIKES] == 5
