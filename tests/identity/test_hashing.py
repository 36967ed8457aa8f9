import asyncio
import time

import pytest
from argon2 import PasswordHasher

from hubbub.identity import hashing as module
from hubbub.identity.errors import Busy
from hubbub.identity.hashing import PasswordHashing


def slow_down(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    def hash_slowly(hasher: PasswordHasher, password: str) -> str:
        time.sleep(seconds)
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", hash_slowly)


async def test_a_hash_fits_its_password_only() -> None:
    hashing = PasswordHashing(2)
    encoded = await hashing.hash("one")

    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hashing.verify("one", encoded)
    assert not await hashing.verify("two", encoded)


@pytest.mark.parametrize("encoded", [None, "", "changed", "$argon2id$v=19$m=19456,t=2,p=1$x$y", "$2b$10$abc"])
async def test_without_a_good_hash_nothing_fits(encoded: str | None) -> None:
    assert not await PasswordHashing(1).verify("one", encoded)


async def test_for_nobody_a_hash_of_todays_parameters_is_worked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashing = PasswordHashing(1)
    seen: list[str] = []
    real = PasswordHasher.verify

    def watch(hasher: PasswordHasher, encoded: str, password: str) -> bool:
        seen.append(encoded)
        return real(hasher, encoded, password)

    monkeypatch.setattr(PasswordHasher, "verify", watch)

    assert not await hashing.verify("one", None)
    assert [hashing.is_outdated(encoded) for encoded in seen] == [False]


async def test_the_event_loop_runs_on_meanwhile(patient: None) -> None:
    hashing = PasswordHashing(2)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    counting = asyncio.create_task(count())
    await asyncio.gather(*(hashing.hash("one") for _ in range(4)))
    counting.cancel()

    assert turns >= 5


async def test_no_more_are_hashed_at_once_than_there_are_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(2)
    running, most = 0, 0

    def slow(hasher: PasswordHasher, password: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", slow)
    await asyncio.gather(*(hashing.hash("one") for _ in range(10)))

    assert most == 2


async def test_too_many_are_told_to_wait_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(1)
    slow_down(monkeypatch, 0.05)
    started = time.monotonic()

    async def attempt() -> float:
        with pytest.raises(Busy):
            await hashing.hash("one")
        return time.monotonic() - started

    crowd = [asyncio.create_task(hashing.hash("one")) for _ in range(1 + module.WAITING_PER_THREAD)]
    await asyncio.sleep(0)
    refused_after = await asyncio.gather(*(attempt() for _ in range(20)))
    await asyncio.gather(*crowd, return_exceptions=True)

    assert max(refused_after) < 0.05


async def test_nobody_waits_longer_than_a_quarter_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(1)
    slow_down(monkeypatch, 0.4)
    first = asyncio.create_task(hashing.hash("one"))
    await asyncio.sleep(0)
    started = time.monotonic()

    with pytest.raises(Busy) as refused:
        await hashing.hash("two")

    assert time.monotonic() - started < 0.25
    assert refused.value.headers["Retry-After"] == "1"
    assert await first == "hash"


async def test_a_caller_that_goes_away_frees_its_place_when_its_thread_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashing = PasswordHashing(1)
    slow_down(monkeypatch, 0.05)
    gone = asyncio.create_task(hashing.hash("one"))
    await asyncio.sleep(0.01)
    gone.cancel()

    assert await hashing.hash("two") == "hash"
    assert await hashing.hash("three") == "hash"
