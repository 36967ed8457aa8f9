"""What was missed is judged again before it is replayed."""

from typing import Any

from hubbub.platform.live import LiveLog, Told
from tests.stream.support import Client, Served, news
from tests.support.world import Person

STRANGE = ("notification", "message", "message.updated", "conversation")


def about(person: Person, other: Person, number: int, post: dict[str, Any] | None = None) -> Told:
    """An event that speaks of somebody else, or shows a post of theirs."""
    post_id = int(post["id"]) if post else 0
    return news(person, number)._replace(about=(other.id,), post_id=post_id)


async def missed(served: Served, ada: Person, *events: Told) -> str:
    """The id that ada knows; these have come since."""
    client = await served.ready(ada)
    known: str = client.frames[0]["id"]
    assert client.socket is not None
    await client.socket.close()
    await served.world.services.part(LiveLog).tell(events)
    return known


async def replayed(served: Served, ada: Person, known: str) -> list[str]:
    """Numbers of the events that come after that id, up to one that is told now."""
    client: Client = await served.ready(ada, f"?resume_from={known}")
    await served.world.services.part(LiveLog).tell([news(ada, 99)])
    while not client.of("feed") or client.of("feed")[-1]["post_id"] != "99":
        await client.got("feed", len(client.of("feed")) + 1)
    assert client.of("reset") == []
    return [each["post_id"] for each in client.of("feed")[:-1]]


async def test_what_may_still_be_seen_is_replayed(served: Served, ada: Person, bea: Person) -> None:
    post = await served.world.write(bea)
    known = await missed(served, ada, about(ada, bea, 1, post), about(ada, ada, 2), news(ada, 3))

    assert await replayed(served, ada, known) == ["1", "2", "3"]


async def test_what_cannot_be_read_is_left_out_and_keeps_nobody_away(served: Served, ada: Person) -> None:
    strange = [Told(ada.id, type_, b'{"of": "another version"}', type_) for type_ in STRANGE]
    known = await missed(served, ada, *strange, news(ada, 1))

    assert await replayed(served, ada, known) == ["1"]


async def test_nothing_of_who_has_blocked_is_replayed(served: Served, ada: Person, bea: Person) -> None:
    post = await served.world.write(ada)
    known = await missed(served, ada, about(ada, bea, 1), about(ada, bea, 2, post), news(ada, 3))

    await served.world.block(bea, ada)

    assert await replayed(served, ada, known) == ["3"]


async def test_nothing_of_who_was_blocked_is_replayed(served: Served, ada: Person, bea: Person) -> None:
    known = await missed(served, ada, about(ada, bea, 1), news(ada, 2))

    await served.world.block(ada, bea)

    assert await replayed(served, ada, known) == ["2"]


async def test_nothing_of_the_suspended_is_replayed(served: Served, ada: Person, bea: Person) -> None:
    known = await missed(served, ada, about(ada, bea, 1), news(ada, 2))

    await served.world.set_state(bea, "suspended")

    assert await replayed(served, ada, known) == ["2"]


async def test_posts_that_are_gone_or_hidden_are_not_replayed(
    served: Served, ada: Person, bea: Person
) -> None:
    await served.world.follow(ada, bea)
    hidden = await served.world.write(bea, visibility="followers")
    deleted, open_ = await served.world.write(bea), await served.world.write(bea)
    told = [about(ada, bea, n, post) for n, post in enumerate((hidden, deleted, open_), 1)]
    known = await missed(served, ada, *told)

    (await served.world.delete(f"/v1/accounts/{bea.id}/follow", by=ada)).raise_for_status()
    (await served.world.delete(f"/v1/posts/{deleted['id']}", by=bea)).raise_for_status()

    assert await replayed(served, ada, known) == ["3"]
