"""People who write, like and follow, and what each of them should have been told of it."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from hubbub.platform.ids import id_time
from tests.resume.house import House
from tests.support.world import Person, World

# Of everybody connected: what each should have been told, whoever did it.
FEED = """
SELECT post.id AS id, reader.id AS account_id, '' AS prefix
FROM posts AS post
JOIN (
    SELECT follower_id AS id, followee_id AS author_id FROM follows UNION SELECT id, id FROM accounts
) AS reader ON reader.author_id = post.author_id
WHERE post.parent_id IS NULL AND post.deleted_at IS NULL
"""
MESSAGES = """
SELECT message.id AS id, member.account_id AS account_id, message.conversation_id || ' ' AS prefix
FROM messages AS message JOIN conversation_members AS member USING (conversation_id)
"""
NOTIFICATIONS = """
SELECT newest_id AS id, account_id, '' AS prefix FROM notification_groups WHERE count > 0 AND place = 0
"""
STATEMENTS = {"post": FEED, "message": MESSAGES, "notification": NOTIFICATIONS}


@dataclass
class Crowd:
    """`people` are connected; `fans` are not, and come and go as followers."""

    people: Sequence[Person]
    fans: Sequence[Person]
    conversations: list[tuple[str, list[Person]]]
    house: House
    http: httpx.AsyncClient
    chance: random.Random
    posts: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, *, each_rests: float) -> None:
        """Each does one thing after another."""
        await asyncio.gather(*(self._live(person, each_rests) for person in (*self.people, *self.fans)))

    async def _live(self, person: Person, rests: float) -> None:
        verbs = [self._write, self._message, self._message, self._like, self._like]
        if person in self.fans:
            verbs = [self._like, self._comment, self._follow]
        while not self.is_over.is_set():
            await self.chance.choice(verbs)(person)
            await asyncio.sleep(self.chance.uniform(0, 2 * rests))

    async def _write(self, person: Person) -> None:
        reply = await self._send("POST", "/v1/posts", person, json={"text": "A few words"})
        if reply is not None:
            self.posts.append(reply["id"])

    async def _message(self, person: Person) -> None:
        conversation_id, members = self.chance.choice(self.conversations)
        if person in members:
            await self.say(person, conversation_id)

    async def say(self, person: Person, conversation_id: str) -> str | None:
        """The id of the message, when it is known to be there."""
        path = f"/v1/conversations/{conversation_id}/messages"
        reply = await self._send("POST", path, person, json={"text": "hello"})
        return None if reply is None else str(reply["id"])

    async def _like(self, person: Person) -> None:
        if self.posts:
            on = self.chance.choice(self.posts[-20:])
            await self._send(self.chance.choice(("PUT", "PUT", "DELETE")), f"/v1/posts/{on}/like", person)

    async def _comment(self, person: Person) -> None:
        if self.posts:
            on = self.chance.choice(self.posts[-20:])
            await self._send("POST", f"/v1/posts/{on}/comments", person, json={"text": "An answer"})

    async def _follow(self, person: Person) -> None:
        whom = self.chance.choice(self.people)
        await self._send(self.chance.choice(("PUT", "DELETE")), f"/v1/accounts/{whom.id}/follow", person)

    async def _send(self, method: str, path: str, by: Person, **rest: Any) -> dict[str, Any] | None:
        """None when it was refused, or nobody knows what became of it."""
        url = f"http://127.0.0.1:{self.chance.choice(self.house.ports)}{path}"
        try:
            reply = await self.http.request(
                method, url, headers={"Authorization": f"Bearer {by.token}"}, **rest
            )
        except httpx.TransportError:
            self.statuses[0] += 1
            return None
        self.statuses[reply.status_code] += 1
        return reply.json() if reply.is_success and reply.content else None


async def befriend(world: World, people: Sequence[Person], *, each_follows: int) -> None:
    for place, person in enumerate(people):
        for step in range(1, each_follows + 1):
            await world.follow(person, people[(place + step) % len(people)])


async def open_group(world: World, members: Sequence[Person]) -> tuple[str, list[Person]]:
    owner, *others = members
    body = {"account_ids": [str(each.id) for each in others]}
    reply = await world.post("/v1/conversations", by=owner, json=body)
    assert reply.status_code == 201, reply.text
    found: str = reply.json()["id"]
    for other in others:
        await world.post(f"/v1/conversations/{found}/accept", by=other)
    return found, [owner, *others]


async def load_truth(world: World, *, since: float) -> dict[int, dict[str, float]]:
    """For each account what there is to tell it, and when it came to be."""
    truth: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for kind, statement in STATEMENTS.items():
        for row in await world.rows(statement):
            name = f"{kind} {row['prefix']}{row['id']}"
            made_at = id_time(row["id"]).timestamp()
            if made_at > since:
                truth[row["account_id"]][name] = made_at
    return truth
