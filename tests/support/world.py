"""Build the state a test needs, in the words of the domain, and speak to the API as a client would."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Literal

import httpx
from argon2 import PasswordHasher

from hubbub.accounts import ProfileChanges, State, lock_account, set_role, set_state, update_profile
from hubbub.app import build_front, open_services
from hubbub.feeds.homes import Homes
from hubbub.identity import Client, Identity, OpenSession, check_sign_up, register_person
from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import Waker
from hubbub.platform.services import Services
from hubbub.posts.store import PostStore
from hubbub.settings import (
    DatabaseSettings,
    IdentitySettings,
    Secret,
    ServerSettings,
    Settings,
    ValkeySettings,
)
from tests.support.outbox import settle

PASSWORD = "a river runs under the old bridge"


@cache
def hash_of_password() -> str:
    """Of PASSWORD, made once: a hash for each person would take most of the tests' time."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Person:
    """Someone with an account and an open session."""

    id: int
    handle: str
    token: str
    session_id: int = 0
    refresh_token: str = ""


def settings_for(database_url: str, valkey_url: str, data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir,
        rate_factor=1000.0,
        server=ServerSettings(public_url="http://test"),
        database=DatabaseSettings(url=Secret(database_url), pool_size=12, deadline_seconds=10.0),
        valkey=ValkeySettings(url=Secret(valkey_url), deadline_seconds=2.0),
        identity=IdentitySettings(secret_key=Secret("a key for tests, long enough to be taken")),
    )


@dataclass
class Cost:
    statements: list[str] = field(default_factory=list)
    round_trips: int = 0


class World:
    """One running API in process, on real engines, and people in it."""

    def __init__(self, services: Services, http: httpx.AsyncClient) -> None:
        self.services = services
        self.http = http
        self._names = count(1)

    @property
    def db(self) -> Database:
        return self.services.db

    # People

    async def person(
        self,
        handle: str | None = None,
        *,
        is_private: bool = False,
        role: Literal["member", "moderator", "admin"] = "member",
    ) -> Person:
        """Someone new who has logged in; their password is PASSWORD, their address <handle>@example.org."""
        name = handle or f"person{next(self._names)}x"
        new = check_sign_up(
            handle=name, email=f"{name}@example.org", password=PASSWORD, display_name=name.title()
        )

        async def effect(tx: Tx) -> OpenSession:
            account, session = await register_person(
                self.services,
                tx,
                person=new,
                password_hash=hash_of_password(),
                client=Client(ip="127.0.0.1", user_agent="tests"),
                is_verified=True,
            )
            if is_private:
                locked = await lock_account(tx, account.id)
                await update_profile(tx, account=locked, changes=ProfileChanges(is_private=True))
            if role != "member":
                await set_role(tx, account.id, role)
            return session

        session = await self.db.write(effect)
        token = await self.services.part(Identity).access.issue(session.account_id, session.session_id)
        return Person(
            id=session.account_id,
            handle=new.handle.name,
            token=token,
            session_id=session.session_id,
            refresh_token=session.refresh_token,
        )

    # Requests

    async def request(
        self,
        method: str,
        path: str,
        *,
        by: Person | None = None,
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if by is not None:
            sent.setdefault("Authorization", f"Bearer {by.token}")
        return await self.http.request(method, path, headers=sent, **rest)

    async def get(self, path: str, *, by: Person | None = None, **rest: Any) -> httpx.Response:
        return await self.request("GET", path, by=by, **rest)

    async def post(self, path: str, *, by: Person | None = None, **rest: Any) -> httpx.Response:
        return await self.request("POST", path, by=by, **rest)

    async def put(self, path: str, *, by: Person | None = None, **rest: Any) -> httpx.Response:
        return await self.request("PUT", path, by=by, **rest)

    async def patch(self, path: str, *, by: Person | None = None, **rest: Any) -> httpx.Response:
        return await self.request("PATCH", path, by=by, **rest)

    async def delete(self, path: str, *, by: Person | None = None, **rest: Any) -> httpx.Response:
        return await self.request("DELETE", path, by=by, **rest)

    # Posts

    async def write(self, by: Person, text: str = "A few words", **fields: Any) -> dict[str, Any]:
        """Publish a post and return it as its author sees it."""
        return await self._published("/v1/posts", by, {"text": text, **fields})

    async def comment(
        self, by: Person, on: dict[str, Any], text: str = "An answer", **fields: Any
    ) -> dict[str, Any]:
        return await self._published(f"/v1/posts/{on['id']}/comments", by, {"text": text, **fields})

    async def _published(self, path: str, by: Person, body: dict[str, Any]) -> dict[str, Any]:
        reply = await self.post(path, by=by, json=body)
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()
        return found

    # What people do to each other

    async def follow(self, who: Person, whom: Person) -> None:
        """Follow, or ask when `whom` is private."""
        (await self.put(f"/v1/accounts/{whom.id}/follow", by=who)).raise_for_status()

    async def block(self, who: Person, whom: Person) -> None:
        (await self.put(f"/v1/accounts/{whom.id}/block", by=who)).raise_for_status()

    async def mute(self, who: Person, whom: Person, scope: str = "all") -> None:
        (await self.put(f"/v1/accounts/{whom.id}/mute?scope={scope}", by=who)).raise_for_status()

    async def relation(self, who: Person, whom: Person) -> dict[str, Any]:
        found: dict[str, Any] = (await self.get(f"/v1/relationships?ids={whom.id}", by=who)).json()["items"][
            0
        ]
        return found

    async def counts(self, who: Person) -> dict[str, int]:
        found: dict[str, int] = (await self.get(f"/v1/accounts/{who.id}", by=who)).json()["counts"]
        return found

    async def set_private(self, who: Person, is_private: bool = True) -> None:
        async with self.db.transaction() as tx:
            account = await lock_account(tx, who.id)
            await update_profile(tx, account=account, changes=ProfileChanges(is_private=is_private))

    async def set_state(self, who: Person, state: State) -> None:
        async with self.db.transaction() as tx:
            await set_state(tx, who.id, state)

    async def fill_pool(self) -> None:
        """Open all connections, so that what follows measures races and not connecting."""

        async def hold() -> None:
            async with self.db.connection() as tx:
                await tx.execute("SELECT pg_sleep(0.02)")

        await asyncio.gather(*(hold() for _ in range(self.services.settings.database.pool_size)))

    # What happened

    async def warm_home(self, by: Person, path: str = "/v1/feeds/home") -> httpx.Response:
        """A page of a home whose list stands, and which was put together before."""
        await self.get(path, by=by)
        await self.rest()
        return await self.get(path, by=by)

    async def rest(self) -> None:
        """Until nothing is done behind the backs of readers any more."""
        await asyncio.gather(*self.services.part(Homes).rebuilding.values())
        await asyncio.gather(*self.services.part(PostStore).writing)
        if isinstance(self.db.after_announcing, Waker):
            await self.db.after_announcing.rest()

    async def settle(self) -> None:
        """Let the worker handle all that was announced."""
        await settle(self.services)

    async def announced(self, kind: str) -> int:
        """How many events of this kind wait in the outbox, each for however many consumers."""
        async with self.db.connection() as tx:
            return int(await tx.fetchval("SELECT count(DISTINCT id) FROM outbox WHERE kind = $1", kind))

    @contextmanager
    def counted(self) -> Iterator["Cost"]:
        """What happens inside costs this many statements and round trips to Valkey."""
        cost = Cost()
        before = self.services.valkey.round_trips
        with self.db.recorded_statements() as statements:
            yield cost
        cost.statements = list(statements)
        cost.round_trips = self.services.valkey.round_trips - before

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.db.connection() as tx:
            return [dict(row) for row in await tx.fetch(sql, *arguments)]

    async def value(self, sql: str, *arguments: Any) -> Any:
        async with self.db.connection() as tx:
            return await tx.fetchval(sql, *arguments)


@asynccontextmanager
async def open_world(settings: Settings) -> AsyncIterator[World]:
    async with open_services(settings) as services:
        front = build_front(services)
        transport = httpx.ASGITransport(app=front, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield World(services, http)
        front.close()
