"""Any history of one account's refresh tokens goes as in a small model."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hubbub.identity import Identity
from tests.support.identity import log_in_as, refresh
from tests.support.world import PASSWORD, Person, World

OTHER_PASSWORD = "another river, another bridge"
TOKENS = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["use", "race"]), TOKENS),
    st.tuples(
        st.sampled_from(["wait", "log_out", "revoke", "change_password", "suspend", "resume"]), st.just(0)
    ),
)


@dataclass
class Model:
    """One session: how far it has rotated, and what a token of `back` generations ago is worth."""

    generation: int = 0
    is_live: bool = True
    is_suspended: bool = False
    is_in_grace: bool = False

    def use(self, back: int) -> tuple[int, str]:
        """Back 0 is the newest token, 1 the one before it."""
        if self.is_suspended:
            return 403, "account_suspended"
        if not self.is_live:
            return 401, "invalid_refresh_token"
        if back == 0:
            self.generation += 1
            self.is_in_grace = True
            return 200, ""
        if back == 1 and self.is_in_grace:
            return 200, ""
        self.is_live = False
        return 401, "refresh_reused"


@dataclass
class History:
    """The same session for real, worked on from a second device that stays logged in."""

    world: World
    laptop: Person
    phone: Person
    phone_id: int
    password: str = PASSWORD
    tokens: list[str] = field(default_factory=list)
    model: Model = field(default_factory=Model)

    async def use(self, at: int) -> None:
        back = min(at, len(self.tokens) - 1)
        expected = self.model.use(back)

        reply = await refresh(self.world, self.tokens[-1 - back])

        body = reply.json()
        assert (reply.status_code, body.get("code", "")) == expected
        if reply.status_code == 200:
            self.learn(back, body["refresh_token"])

    def learn(self, back: int, successor: str) -> None:
        if back:
            assert successor == self.tokens[-back], "the successor that was lost"
        else:
            self.tokens.append(successor)

    async def race(self, at: int) -> None:
        """Three at once: as if one came after the other, and all get the same successor."""
        back = min(at, len(self.tokens) - 1)
        token = self.tokens[-1 - back]
        expected = sorted([self.model.use(back), *(self.model.use(back + (back == 0)) for _ in range(2))])

        replies = await asyncio.gather(*(refresh(self.world, token) for _ in range(3)))

        assert sorted((r.status_code, r.json().get("code", "")) for r in replies) == expected
        given_out = {r.json()["refresh_token"] for r in replies if r.status_code == 200}
        assert len(given_out) <= 1
        for successor in given_out:
            self.learn(back, successor)

    async def wait(self, _: int) -> None:
        await self.world.rows("UPDATE sessions SET rotated_at = rotated_at - interval '31 seconds'")
        self.model.is_in_grace = False

    async def log_out(self, _: int) -> None:
        await self.world.post("/v1/auth/logout", by=self.phone)
        self.model.is_live = self.model.is_live and self.model.is_suspended

    async def revoke(self, _: int) -> None:
        await self.world.delete(f"/v1/auth/sessions/{self.phone_id}", by=self.laptop)
        self.model.is_live = self.model.is_live and self.model.is_suspended

    async def change_password(self, _: int) -> None:
        new = OTHER_PASSWORD if self.password == PASSWORD else PASSWORD
        body = {"current_password": self.password, "new_password": new}
        reply = await self.world.post("/v1/auth/password/change", by=self.laptop, json=body)
        if reply.status_code == 204:
            self.password = new
        assert (reply.status_code == 204) is not self.model.is_suspended, reply.text
        self.model.is_live = self.model.is_live and self.model.is_suspended

    async def suspend(self, _: int) -> None:
        await self._set("suspended")
        self.model.is_suspended = True

    async def resume(self, _: int) -> None:
        await self._set("active")
        self.model.is_suspended = False

    async def _set(self, state: str) -> None:
        await self.world.rows("UPDATE accounts SET state = $2 WHERE id = $1", self.laptop.id, state)
        ids = [row["id"] for row in await self.world.rows("SELECT id FROM sessions")]
        await self.world.services.part(Identity).states.changed(ids)


async def begin(world: World) -> History:
    laptop = await world.person()
    phone = await log_in_as(world, laptop)
    phone_id = await world.value("SELECT max(id) FROM sessions WHERE account_id = $1", laptop.id)
    return History(world, laptop, phone, phone_id, tokens=[phone.refresh_token])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=1, max_size=7))
@example(steps=[("use", 0), ("use", 1), ("wait", 0), ("use", 1)])
@example(steps=[("use", 0), ("wait", 0), ("race", 1)])
@example(steps=[("race", 0), ("race", 1), ("change_password", 0), ("use", 0)])
async def test_any_history_goes_as_in_the_model(
    world: World, patient: None, steps: list[tuple[str, int]]
) -> None:
    history = await begin(world)

    for verb, at in steps:
        await getattr(history, verb)(at)

    row = (await world.rows("SELECT * FROM sessions WHERE id = $1", history.phone_id))[0]
    assert (row["generation"], row["revoked_at"] is None) == (history.model.generation, history.model.is_live)


@pytest.mark.parametrize("turns", [1, 2, 6])
async def test_each_generation_but_the_last_two_ends_the_session(world: World, turns: int) -> None:
    history = await begin(world)
    for _ in range(turns + 1):
        await history.use(0)

    reply = await refresh(world, history.tokens[0])

    assert reply.json()["code"] == "refresh_reused"
    assert (
        await world.value("SELECT revoked_reason FROM sessions WHERE id = $1", history.phone_id) == "reused"
    )


async def test_the_other_device_is_left_alone_by_all_of_it(world: World) -> None:
    history = await begin(world)
    await history.use(0)
    await history.use(0)
    await history.use(2)

    assert (await world.get("/v1/me", by=history.laptop)).status_code == 200
    assert (await refresh(world, history.laptop.refresh_token)).status_code == 200
