"""What a client does to get in."""

import asyncio
import time
from typing import Any

import httpx

from tests.support.world import PASSWORD, Person, World

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def register(world: World, handle: str = "ada", **changes: Any) -> httpx.Response:
    body = {"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD, **changes}
    return await world.post("/v1/auth/register", json=body)


async def log_in(
    world: World, login: str, password: str = PASSWORD, *, ip: str | None = None, **more: Any
) -> httpx.Response:
    headers = {"User-Agent": FIREFOX} | ({"X-Forwarded-For": ip} if ip else {})
    body = {"login": login, "password": password, **more}
    return await world.post("/v1/auth/login", json=body, headers=headers)


async def log_in_as(world: World, person: Person, **more: Any) -> Person:
    """The same person on another device."""
    reply = await log_in(world, person.handle, **more)
    assert reply.status_code == 200, reply.text
    return person_of(reply)


def person_of(reply: httpx.Response) -> Person:
    body = reply.json()
    account = body["account"]
    return Person(
        id=int(account["id"]),
        handle=account["handle"],
        token=body["access_token"],
        refresh_token=body["refresh_token"],
    )


async def refresh(world: World, token: str) -> httpx.Response:
    return await world.post("/v1/auth/refresh", json={"refresh_token": token})


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def status(world: World, person: Person) -> int:
    """How a request of theirs is answered."""
    return (await world.get("/v1/me", by=person)).status_code


async def seconds_until(world: World, person: Person, wanted: int) -> float:
    started = time.monotonic()
    while await status(world, person) != wanted:
        assert time.monotonic() - started < 5, f"never answered {wanted}"
        await asyncio.sleep(0.01)
    return time.monotonic() - started
