"""Live counts, edits and deletions of a post, for those who may see it."""

import asyncio
from typing import Any

import pytest

from hubbub.identity import Identity, suspend_account
from hubbub.posts import open_reader_with
from hubbub.stream import post_topics
from hubbub.stream.gateway import Gateway
from tests.stream.support import Client, Served, until
from tests.support.world import Person, World


def topic(post: dict[str, Any]) -> str:
    return f"post:{post['id']}"


async def watching(at: Served, person: Person, *posts: dict[str, Any]) -> Client:
    client = await at.ready(person)
    await client.subscribe(*map(topic, posts))
    await client.got("post.counts", len(posts))
    return client


async def like(world: World, post: dict[str, Any], by: Person) -> None:
    (await world.put(f"/v1/posts/{post['id']}/like", by=by)).raise_for_status()


async def test_who_subscribes_is_told_the_counts_as_they_are(served: Served, ada: Person) -> None:
    post = await served.world.write(ada)
    await like(served.world, post, ada)

    client = await watching(served, ada, post)

    assert client.of("subscribed") == [{"topics": [topic(post)]}]
    assert client.of("post.counts") == [
        {"post_id": post["id"], "counts": {"likes": 1, "comments": 0, "reposts": 0, "quotes": 0}}
    ]


async def test_counts_reach_watchers_on_every_process(
    served: Served, other: Served, ada: Person, bea: Person
) -> None:
    post = await served.world.write(ada)
    clients = [await watching(served, bea, post), await watching(other, ada, post)]

    await like(served.world, post, bea)

    for client in clients:
        assert (await client.got("post.counts", 2))["counts"]["likes"] == 1


async def test_many_changes_are_few_frames_and_the_last_is_exact(
    served: Served, other: Served, ada: Person
) -> None:
    post = await served.world.write(ada)
    client = await watching(other, ada, post)
    people = [await served.world.person() for _ in range(20)]

    began = asyncio.get_running_loop().time()
    for person in people:
        await like(served.world, post, person)
    await until(lambda: client.of("post.counts")[-1]["counts"]["likes"] == 20)

    seconds = asyncio.get_running_loop().time() - began
    assert len(client.of("post.counts")) <= 2 + 2 * (seconds + 1)


async def test_an_edit_and_the_deletion_are_told(
    served: Served, other: Served, ada: Person, bea: Person
) -> None:
    post = await served.world.write(ada)
    client = await watching(other, bea, post)

    (await served.world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "Better"})).raise_for_status()
    assert await client.got("post.updated") == {"post_id": post["id"], "version": post["version"] + 1}
    (await served.world.delete(f"/v1/posts/{post['id']}", by=ada)).raise_for_status()

    assert await client.got("post.deleted") == {"post_id": post["id"]}
    assert await client.got("unsubscribed") == {"topics": [topic(post)], "reason": "deleted"}


async def test_hidden_and_missing_posts_are_refused_alike(served: Served, ada: Person, bea: Person) -> None:
    hidden = await served.world.write(ada, visibility="followers")
    deleted = await served.world.write(ada)
    (await served.world.delete(f"/v1/posts/{deleted['id']}", by=ada)).raise_for_status()
    client = await served.ready(bea)

    answers: list[dict[str, Any]] = []
    for name in (topic(hidden), topic(deleted), "post:7"):
        await client.say("subscribe", topics=[name])
        answer = await client.got("error", len(answers) + 1)
        answers.append({**answer, "topics": len(answer["topics"])})

    assert answers[0]["code"] == "forbidden"
    assert answers[0] == answers[1] == answers[2]
    assert client.of("subscribed") == []


@pytest.mark.parametrize(
    "name",
    ["user:1", "list:1", "../secret", "post:", "post:01", "post:-1", "post:1/..", "presence:x", "", "p"],
)
async def test_what_is_no_topic_is_forbidden(served: Served, ada: Person, name: str) -> None:
    client = await served.ready(ada)

    await client.say("subscribe", topics=[name])

    assert await client.got("error") == {
        "code": "forbidden",
        "message": "There is no such thing, or you may not see it.",
        "topics": [name],
    }


async def test_a_stream_has_at_most_fifty_topics(served: Served, ada: Person) -> None:
    posts = [await served.world.write(ada) for _ in range(51)]
    client = await watching(served, ada, *posts[:50])

    await client.say("subscribe", topics=[topic(posts[50])])

    assert (await client.got("error"))["code"] == "too_many_topics"
    await client.say("unsubscribe", topics=[topic(posts[0])])
    await client.subscribe(topic(posts[50]))


async def test_ten_thousand_topics_at_once_are_refused(served: Served, ada: Person) -> None:
    client = await served.ready(ada)

    await client.say("subscribe", topics=[f"post:{n}" for n in range(1, 102)])
    assert (await client.got("error"))["code"] == "malformed"
    await client.say("subscribe", topics=[f"post:{n}" for n in range(1, 10_000)])

    assert await client.ended() == 1009


async def test_a_block_cuts_the_topic_before_anything_more_is_told(
    served: Served, other: Served, ada: Person, bea: Person
) -> None:
    post = await served.world.write(ada)
    client = await watching(other, bea, post)

    await served.world.block(ada, bea)
    await like(served.world, post, ada)

    assert await client.got("unsubscribed") == {"topics": [topic(post)], "reason": "forbidden"}
    await asyncio.sleep(0.7)
    assert len(client.of("post.counts")) == 1


async def test_nothing_is_told_until_it_is_judged(
    served: Served, ada: Person, bea: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await served.world.write(ada)
    client, mine = await watching(served, bea, post), await watching(served, ada, post)
    may_judge = asyncio.Event()

    async def open_late(*arguments: Any, **named: Any) -> Any:
        await may_judge.wait()
        return await open_reader_with(*arguments, **named)

    monkeypatch.setattr(post_topics, "open_reader_with", open_late)
    await served.world.block(bea, ada)
    cleo = await served.world.person("cleo")
    await like(served.world, post, cleo)
    await asyncio.sleep(0.7)
    told = [len(each.of("post.counts")) for each in (client, mine)]
    may_judge.set()

    assert told == [1, 1]
    assert (await client.got("unsubscribed"))["reason"] == "forbidden"
    await until(lambda: mine.of("post.counts")[-1]["counts"]["likes"] == 1)


async def test_whoever_unfollows_loses_posts_for_followers(served: Served, ada: Person, bea: Person) -> None:
    await served.world.follow(bea, ada)
    post = await served.world.write(ada, visibility="followers")
    public = await served.world.write(ada)
    client = await watching(served, bea, post, public)

    (await served.world.delete(f"/v1/accounts/{ada.id}/follow", by=bea)).raise_for_status()

    assert await client.got("unsubscribed") == {"topics": [topic(post)], "reason": "forbidden"}
    await like(served.world, public, ada)
    assert (await client.got("post.counts", 3))["post_id"] == public["id"]


async def test_an_account_that_becomes_private_loses_its_watchers_but_not_its_followers(
    served: Served, other: Served, ada: Person, bea: Person
) -> None:
    cleo = await served.world.person("cleo")
    await served.world.follow(cleo, ada)
    post = await served.world.write(ada)
    stranger, follower = await watching(other, bea, post), await watching(other, cleo, post)

    await served.world.set_private(ada)

    assert (await stranger.got("unsubscribed"))["reason"] == "forbidden"
    await like(served.world, post, ada)
    await until(lambda: any(each["counts"]["likes"] for each in follower.of("post.counts")))
    assert follower.of("unsubscribed") == []


async def test_a_suspended_author_is_not_told_of_any_more(served: Served, ada: Person, bea: Person) -> None:
    post = await served.world.write(ada)
    client = await watching(served, bea, post)

    sessions = await served.world.db.write(lambda tx: suspend_account(tx, ada.id))
    await served.world.services.part(Identity).states.changed(sessions)

    assert (await client.got("unsubscribed"))["reason"] == "forbidden"


async def test_a_comment_is_hidden_with_the_post_that_it_stands_below(
    served: Served, ada: Person, bea: Person
) -> None:
    root = await served.world.write(ada)
    cleo = await served.world.person("cleo")
    comment = await served.world.comment(cleo, root)
    client = await watching(served, bea, comment)

    await served.world.block(ada, bea)

    assert (await client.got("unsubscribed"))["topics"] == [topic(comment)]


async def test_topics_may_be_asked_for_in_the_url(served: Served, ada: Person) -> None:
    post = await served.world.write(ada)

    socket = await served.ready(ada, f"?topics={topic(post)}")
    events = await served.events(ada, f"?topics={topic(post)}")
    await like(served.world, post, ada)

    for client in (socket, events):
        await until(lambda client=client: any(c["counts"]["likes"] for c in client.of("post.counts")))  # type: ignore[misc]
    assert await served.refused(ada, "?topics=" + ",".join(["post:1"] * 51)) == (400, "too_many_topics")


async def test_a_closed_stream_leaves_nothing_behind(served: Served, ada: Person) -> None:
    post = await served.world.write(ada)
    client = await watching(served, ada, post)
    posts = served.world.services.part(Gateway)._posts

    assert client.socket is not None
    await client.socket.close()

    await until(lambda: len(posts._watched) == 0)
    assert posts._watched._by_part == {}
    assert posts._watched._by_account == {}


async def test_text_of_a_post_stays_within_its_event(served: Served, ada: Person) -> None:
    """S7: what people write begins no event of its own."""
    await served.world.write(ada, "one\n\nevent: evil\ndata: {}\r\n\r\nid: 1")

    events = await served.events(ada)
    await events.got("ready")
    await served.world.settle()

    await events.got("feed")
    assert {frame["type"] for frame in events.frames} <= {"ready", "feed"}
