"""One final vote of each account: counted exactly, shown to nobody else."""

import asyncio

import pytest

from hubbub.platform.counters import CountKind
from hubbub.posts.viewers import Viewers
from hubbub.reactions import viewers
from hubbub.system.recount import Mended, recount
from tests.posts.polling import ask, pass_end, poll_of, vote, votes_of
from tests.posts.test_purge_reactions import purge
from tests.support.noted import noted_changes
from tests.support.storms import assert_no_drift
from tests.support.world import World


async def test_vote_is_counted_and_shown_to_who_made_it(world: World) -> None:
    ada, bob, carol = [await world.person() for _ in range(3)]
    post = await ask(world, ada)

    replies = [await vote(world, bob, post, 1), await vote(world, carol, post, 2)]

    assert [votes_of(reply.json()) for reply in replies] == [[0, 1, 0], [0, 1, 1]]
    assert replies[1].json() == await poll_of(world, post, carol)
    seen = [await poll_of(world, post, by) for by in (ada, bob, carol, None)]
    assert [votes_of(poll) for poll in seen] == [[0, 1, 1]] * 4
    assert [poll["voters"] for poll in seen] == [2] * 4
    assert [poll["viewer"] for poll in seen] == [{"choices": each} for each in ([], [1], [2])] + [None]


async def test_vote_for_several_is_one_voter(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada, *(f"Option {n}" for n in range(8)), multiple=True)

    reply = await vote(world, bob, post, 7, 0, 3)

    assert votes_of(reply.json()) == [1, 0, 0, 1, 0, 0, 0, 1]
    assert (reply.json()["voters"], reply.json()["viewer"]) == (1, {"choices": [0, 3, 7]})
    assert await poll_of(world, post, bob) == reply.json()
    await assert_no_drift(world)


async def test_same_vote_again_changes_nothing_and_another_is_refused(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada, multiple=True)
    first = await vote(world, bob, post, 0, 2)

    again, other = await vote(world, bob, post, 2, 0), await vote(world, bob, post, 0)

    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (409, "already_voted")
    assert await poll_of(world, post, bob) == first.json()


async def test_nobody_votes_once_a_poll_is_closed_but_who_voted_may_ask_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, carol = [await world.person() for _ in range(3)]
    post = await ask(world, ada)
    await vote(world, bob, post, 1)
    pass_end(monkeypatch)

    again, other, late = [
        await vote(world, *each) for each in ((bob, post, 1), (bob, post, 0), (carol, post, 0))
    ]

    assert (again.status_code, again.json()["is_closed"], votes_of(again.json())) == (200, True, [0, 1, 0])
    assert [(each.status_code, each.json()["code"]) for each in (other, late)] == [(409, "poll_closed")] * 2
    assert (await poll_of(world, post, carol))["voters"] == 1


async def test_who_may_not_vote_is_told_why(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post, plain = await ask(world, ada), await world.write(ada)
    hidden = await ask(world, ada, visibility="mentioned")

    replies = [
        await vote(world, ada, post, 0),
        await vote(world, bob, plain, 0),
        await vote(world, bob, hidden, 0),
        await world.put(f"/v1/posts/{post['id']}/vote", json={"choices": [0]}),
    ]

    assert [(each.status_code, each.json()["code"]) for each in replies] == [
        (403, "own_poll"),
        (404, "poll_not_found"),
        (404, "post_not_found"),
        (401, "unauthorized"),
    ]
    assert await world.value("SELECT count(*) FROM poll_votes") == 0


@pytest.mark.parametrize(
    ("choices", "is_multiple", "pointer", "code"),
    [
        ([], False, "/choices", "too_short"),
        ([3], False, "/choices", "out_of_range"),
        ([8], True, "/choices/0", "out_of_range"),
        ([-1], False, "/choices/0", "out_of_range"),
        ([0, 1], False, "/choices", "too_long"),
        ([1, 1], True, "/choices", "repeated"),
        ([0] * 9, True, "/choices", "too_long"),
    ],
)
async def test_what_is_no_vote_is_refused(
    world: World, choices: list[int], is_multiple: bool, pointer: str, code: str
) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada, multiple=is_multiple)

    reply = await vote(world, bob, post, *choices)

    assert reply.status_code == 422
    assert [(each["pointer"], each["code"]) for each in reply.json()["errors"]] == [(pointer, code)]
    assert await world.value("SELECT count(*) FROM poll_votes") == 0


async def test_votes_at_once_are_one(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada)
    await world.fill_pool()

    replies = await asyncio.gather(*(vote(world, bob, post, n % 3) for n in range(6)))

    assert sorted(reply.status_code for reply in replies) == [200, 200, 409, 409, 409, 409]
    poll = await poll_of(world, post, bob)
    assert (poll["voters"], sum(filter(None, votes_of(poll)))) == (1, 1)
    await assert_no_drift(world)


async def test_vote_on_a_repost_is_one_in_what_it_points_at(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")

    await vote(world, bob, {"id": repost_id}, 0)

    assert votes_of(await poll_of(world, post)) == [1, 0, 0]


async def test_hidden_counts_are_seen_by_the_author_by_who_voted_and_by_all_at_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, carol = [await world.person() for _ in range(3)]
    post = await ask(world, ada, hide_counts=True)
    await world.follow(carol, ada)
    await vote(world, bob, post, 1)

    async def seen() -> list[list[int | None]]:
        home = (await world.get("/v1/feeds/home", by=carol)).json()["items"][0]["poll"]
        return [votes_of(home), *[votes_of(await poll_of(world, post, by)) for by in (ada, bob, carol, None)]]

    before = await seen()
    pass_end(monkeypatch)
    after = await seen()

    counts, hidden = [0, 1, 0], [None] * 3
    assert before == [hidden, counts, counts, hidden, hidden]
    assert after == [counts] * 5


async def test_votes_are_no_likes(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada)
    await vote(world, bob, post, 0)

    shown = (await world.get(f"/v1/posts/{post['id']}", by=bob)).json()
    pages = [
        (await world.get(path, by=bob)).json()["items"]
        for path in (
            f"/v1/posts/{post['id']}/likes",
            f"/v1/posts/{post['id']}/reposts",
            "/v1/me/likes",
            "/v1/me/bookmarks",
        )
    ]

    assert pages == [[], [], [], []]
    assert shown["counts"] == {"likes": 0, "comments": 0, "reposts": 0, "quotes": 0}
    assert not any(shown["viewer"][name] for name in ("liked", "reposted", "bookmarked", "pinned"))


async def test_vote_changes_what_its_maker_is_shown_and_the_counts(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada)

    with noted_changes(world) as noted:
        await vote(world, bob, post, 0)

    assert noted == {"reactions": {bob.id}, "counts": {int(post["id"])}}


async def test_vote_is_known_however_many_one_has_made_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "MOST", 2)
    ada, bob = await world.person(), await world.person()
    posts = [await ask(world, ada) for _ in range(4)]
    for place, post in enumerate(posts):
        await vote(world, bob, post, place % 3)

    polls = [await poll_of(world, post, bob) for post in posts]

    assert [poll["viewer"]["choices"] for poll in polls] == [[0], [1], [2], [0]]
    held = world.services.part(Viewers).peek(bob.id)
    assert held is not None
    assert held.reactions.floor > 0


async def test_what_a_purged_account_voted_is_taken_back_in_bounded_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubbub.reactions.service.PURGE_BATCH", 2)
    ada, bob, carol = [await world.person() for _ in range(3)]
    posts = [await ask(world, bob, multiple=True) for _ in range(5)]
    for post in posts:
        await vote(world, ada, post, 0, 2)
    await vote(world, carol, posts[0], 2)

    await purge(world, ada)

    polls = [await poll_of(world, post) for post in posts]
    assert [votes_of(poll) for poll in polls] == [[0, 0, 1], *[[0, 0, 0]] * 4]
    assert [poll["voters"] for poll in polls] == [1, 0, 0, 0, 0]
    assert await world.value("SELECT count(*) FROM poll_votes WHERE account_id = $1", ada.id) == 0
    await assert_no_drift(world)


async def test_votes_in_polls_of_a_purged_account_are_gone(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await vote(world, bob, await ask(world, ada), 0)

    await purge(world, ada)

    left = [
        await world.value(f"SELECT count(*) FROM {table}")  # noqa: S608 - one of those
        for table in ("poll_votes", "open_polls", "posts")
    ]
    assert left == [0, 0, 0]
    assert await world.value("SELECT count(*) FROM dead_letters") == 0


async def test_recount_leaves_right_votes_alone_and_mends_wrong_ones(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await ask(world, ada, multiple=True)
    post_id = int(post["id"])
    await vote(world, bob, post, 0, 2)
    right = await recount(world.db, lambda _: None)
    await world.rows("DELETE FROM count_deltas WHERE kind IN (8, 12) RETURNING 1")
    await world.rows("INSERT INTO counts VALUES ($1, 11, 1) RETURNING 1", post_id)

    mended = await recount(world.db, lambda _: None)

    assert right == []
    assert sorted(mended, key=lambda each: each.kind) == [
        Mended(post_id, CountKind.VOTERS, 1),
        Mended(post_id, CountKind.OPTION_1, -1),
        Mended(post_id, CountKind.OPTION_2, 1),
    ]
    await assert_no_drift(world)


async def test_vote_and_the_page_that_shows_it_cost_no_more_than_others(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    first, post = await ask(world, ada), await ask(world, ada)
    await world.get(f"/v1/posts/{post['id']}", by=bob)
    await vote(world, bob, first, 0)

    with world.counted() as voting:
        await vote(world, bob, post, 0)
    await poll_of(world, post, bob)
    with world.counted() as reading:
        await poll_of(world, post, bob)

    assert len(voting.statements) == 2  # the vote with its counts; the counts
    assert (reading.statements, reading.round_trips) == ([], 1)
