"""The same request sent 5, 20 and 50 times at once has one effect, is counted once and announced once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.world import Person, World

NEW = {"handle": "newcomer", "email": "new@example.org", "password": "a mountain stands behind the lake"}


@dataclass(frozen=True)
class Once:
    """A request, and what there must be one of afterwards."""

    method: str
    path: str
    rows: str
    event: str
    """Empty where nothing reacts to it, so that it is told to nobody."""
    body: dict[str, Any] | None = None
    key: str | None = None
    others: tuple[str, ...] = ()
    """Codes of refusals that all but one may get."""


# The first one still runs: the client asks again and is given its reply.
IN_USE = ("idempotency_key_in_use",)
VERBS = {
    "like": Once("PUT", "/v1/posts/{post}/like", "SELECT count(*) FROM reactions", ""),
    "repost": Once(
        "PUT",
        "/v1/posts/{post}/repost",
        "SELECT count(*) FROM posts WHERE repost_of IS NOT NULL",
        "PostReposted",
    ),
    "bookmark": Once("PUT", "/v1/posts/{post}/bookmark", "SELECT count(*) FROM bookmarks", "PostBookmarked"),
    "follow": Once("PUT", "/v1/accounts/{account}/follow", "SELECT count(*) FROM follows", "AccountFollowed"),
    "ask": Once(
        "PUT", "/v1/accounts/{recluse}/follow", "SELECT count(*) FROM follow_requests", "FollowRequested"
    ),
    "block": Once("PUT", "/v1/accounts/{account}/block", "SELECT count(*) FROM blocks", "AccountBlocked"),
    "accept": Once("PUT", "/v1/follow-requests/{asker}", "SELECT count(*) FROM follows", "FollowAccepted"),
    "post": Once(
        "POST",
        "/v1/posts",
        "SELECT count(*) FROM posts WHERE text = 'once'",
        "PostCreated",
        {"text": "once"},
        "one-key",
        IN_USE,
    ),
    "comment": Once(
        "POST",
        "/v1/posts/{post}/comments",
        "SELECT count(*) FROM posts WHERE text = 'once'",
        "PostCreated",
        {"text": "once"},
        "one-key",
        IN_USE,
    ),
    "sign up": Once(
        "POST",
        "/v1/auth/register",
        "SELECT count(*) FROM accounts WHERE handle = 'newcomer'",
        "AccountCreated",
        NEW,
        others=("handle_taken", "busy"),
    ),
    "refresh": Once(
        "POST",
        "/v1/auth/refresh",
        "SELECT count(*) FROM sessions WHERE generation = 1",
        "SessionRefreshed",
        {"refresh_token": "{refresh}"},
    ),
}


@pytest.mark.parametrize("times", [5, 20, 50])
@pytest.mark.parametrize("verb", VERBS)
async def test_effect_happens_once(world: World, verb: str, times: int) -> None:
    once, (me, ids) = VERBS[verb], await prepare(world, verb)
    body = {name: value.format(**ids) for name, value in once.body.items()} if once.body else None
    before = await world.announced(once.event)

    replies = await at_once(lambda: send(world, once, ids, me, body), times)

    # A server that is busy may say so; whoever asks again then gets the one effect.
    refused = {reply.json()["code"] for reply in replies if not reply.is_success}
    assert refused <= {"database_unavailable", "unavailable", *once.others}
    assert any(reply.is_success for reply in replies)
    assert await world.value(once.rows) == 1
    if once.event not in ("SessionRefreshed", ""):
        assert await world.announced(once.event) - before == 1
    answers = {reply.text for reply in replies if reply.is_success and once.key}
    assert len(answers) <= 1


async def prepare(world: World, verb: str) -> tuple[Person, dict[str, str]]:
    me, other, recluse = await world.person(), await world.person(), await world.person(is_private=True)
    post = await world.write(other)
    asker = await world.person()
    if verb == "accept":
        await world.set_private(me, True)
        await world.follow(asker, me)
    ids = {"post": post["id"], "account": other.id, "recluse": recluse.id, "asker": asker.id}
    return me, {**{name: str(id_) for name, id_ in ids.items()}, "refresh": me.refresh_token}


async def send(
    world: World, once: Once, ids: dict[str, str], me: Person, body: dict[str, Any] | None
) -> httpx.Response:
    headers = {"Idempotency-Key": once.key} if once.key else {}
    more: dict[str, Any] = {"json": body} if body else {}
    return await world.request(once.method, once.path.format(**ids), by=me, headers=headers, **more)


async def at_once(work: Callable[[], Awaitable[httpx.Response]], times: int) -> list[httpx.Response]:
    return await asyncio.gather(*(work() for _ in range(times)))
