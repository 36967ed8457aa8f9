"""What several people do on several processes, drawn by lot."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from hubbub.accounts import State
from tests.support.world import Person, World

SCOPES = ("all", "posts", "reposts")
VISIBILITIES = ("public", "public", "public", "unlisted", "followers", "mentioned")


@dataclass
class Deeds:
    """Every deed is a method; what it needs is drawn from `random`."""

    worlds: Sequence[World]
    random: random.Random
    people: list[Person] = field(default_factory=list)
    lists: dict[int, str] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    unsettled: set[int] = field(default_factory=set)
    """Posts that may not have been delivered yet."""
    suspended: set[int] = field(default_factory=set)
    changed: World | None = None
    """The process that changed something last."""

    def anyone(self) -> Person:
        return self.random.choice([who for who in self.people if who.id not in self.suspended])

    def pair(self) -> tuple[Person, Person]:
        who = self.anyone()
        return who, self.random.choice([each for each in self.people if each is not who])

    def post(self) -> str:
        """Mostly one of the latest."""
        place = min(self.random.randrange(1, 4) ** 2, len(self.posts))
        return self.posts[-place] if place else "1"

    async def ask(self, method: str, path: str, by: Person, **rest: Any) -> httpx.Response:
        self.changed = self.random.choice(self.worlds)
        reply = await self.changed.request(method, path, by=by, **rest)
        assert reply.status_code < 500, f"{method} {path}: {reply.text}"
        return reply

    async def publish(self, path: str, by: Person, body: dict[str, Any]) -> None:
        reply = await self.ask("POST", path, by, json=body)
        if reply.status_code == 201:
            self.note(reply.json()["id"])

    def note(self, id_: str) -> None:
        self.posts.append(id_)
        self.unsettled.add(int(id_))

    def text(self) -> str:
        mentioned = f" @{self.random.choice(self.people).handle}" if self.random.random() < 0.3 else ""
        return f"Words {self.random.randrange(10**9)}{mentioned}"

    async def write(self) -> None:
        for _ in range(self.random.choice((1, 1, 2, 4))):
            body = {"text": self.text(), "visibility": self.random.choice(VISIBILITIES)}
            await self.publish("/v1/posts", self.anyone(), body)

    async def flood(self) -> None:
        """So much by one that lists are trimmed."""
        who = self.anyone()
        for _ in range(24):
            await self.publish("/v1/posts", who, {"text": self.text()})

    async def repost(self) -> None:
        who, post = self.anyone(), self.post()
        await self.ask("PUT", f"/v1/posts/{post}/repost", who)
        made = await self.worlds[0].rows(
            "SELECT id FROM posts WHERE author_id = $1 AND repost_of IS NOT NULL", who.id
        )
        for row in made:
            if str(row["id"]) not in self.posts:
                self.note(str(row["id"]))

    async def unrepost(self) -> None:
        await self.ask("DELETE", f"/v1/posts/{self.post()}/repost", self.anyone())

    async def quote(self) -> None:
        await self.publish("/v1/posts", self.anyone(), {"text": self.text(), "quote": self.post()})

    async def comment(self) -> None:
        await self.publish(f"/v1/posts/{self.post()}/comments", self.anyone(), {"text": self.text()})

    async def delete(self) -> None:
        await self.change("DELETE")

    async def edit(self) -> None:
        await self.change("PATCH", json={"text": self.text()})

    async def hide(self) -> None:
        await self.change("PATCH", json={"visibility": self.random.choice(VISIBILITIES)})

    async def change(self, method: str, **rest: Any) -> None:
        post = self.post()
        author = await self.worlds[0].value("SELECT author_id FROM posts WHERE id = $1", int(post))
        for who in self.people:
            if who.id == author and who.id not in self.suspended:
                await self.ask(method, f"/v1/posts/{post}", who, **rest)

    async def relate(self, method: str, path: str) -> None:
        who, whom = self.pair()
        await self.ask(method, path.format(whom.id), who)

    async def follow(self) -> None:
        await self.relate("PUT", "/v1/accounts/{}/follow")

    async def unfollow(self) -> None:
        await self.relate("DELETE", "/v1/accounts/{}/follow")

    async def accept(self) -> None:
        for row in await self.worlds[0].rows("SELECT requester_id, followee_id FROM follow_requests"):
            for who in self.people:
                if who.id == row["followee_id"] and who.id not in self.suspended:
                    await self.ask("PUT", f"/v1/follow-requests/{row['requester_id']}", who)

    async def remove(self) -> None:
        await self.relate("DELETE", "/v1/accounts/{}/follower")

    async def block(self) -> None:
        await self.relate("PUT", "/v1/accounts/{}/block")

    async def unblock(self) -> None:
        for row in await self.worlds[0].rows("SELECT blocker_id, blocked_id FROM blocks"):
            for who in self.people:
                if who.id == row["blocker_id"] and who.id not in self.suspended:
                    await self.ask("DELETE", f"/v1/accounts/{row['blocked_id']}/block", who)

    async def mute(self) -> None:
        await self.relate("PUT", "/v1/accounts/{}/mute?scope=" + self.random.choice(SCOPES))

    async def unmute(self) -> None:
        await self.relate("DELETE", "/v1/accounts/{}/mute")

    async def turn_private(self) -> None:
        who = self.anyone()
        await self.ask("PATCH", "/v1/me", who, json={"is_private": self.random.random() < 0.6})

    async def set_apart(self) -> None:
        who, whom = self.pair()
        await self.ask("PUT", f"/v1/lists/{self.lists[who.id]}/members/{whom.id}", who)

    async def take_back(self) -> None:
        who, whom = self.pair()
        await self.ask("DELETE", f"/v1/lists/{self.lists[who.id]}/members/{whom.id}", who)

    async def suspend(self) -> None:
        """At most two, so that there are readers."""
        who = self.random.choice(self.people)
        if who.id in self.suspended or len(self.suspended) >= 2:
            self.suspended.discard(who.id)
            state: State = "active"
        else:
            self.suspended.add(who.id)
            state = "suspended"
        self.changed = self.random.choice(self.worlds)
        await self.changed.set_state(who, state)
