import asyncio
import re
import time
from typing import Any

import pyotp
import pytest

from hubbub.identity.service.factors import use_code
from tests.support.identity import log_in, problem
from tests.support.mails import received
from tests.support.world import PASSWORD, Person, World


class Phone:
    """Shows codes; each call the next one, as if half a minute had passed."""

    def __init__(self, secret: str) -> None:
        self._codes = pyotp.HOTP(secret)

    def code(self, *, steps: int = 0) -> str:
        return self._codes.at(int(time.time()) // 30 + steps)


async def start(world: World, person: Person) -> Phone:
    reply = await world.post("/v1/auth/totp", by=person)
    assert reply.status_code == 201, reply.text
    return Phone(reply.json()["secret"])


async def confirm(world: World, person: Person, code: str) -> Any:
    return await world.post("/v1/auth/totp/confirm", by=person, json={"code": code})


async def forget_used_codes(world: World) -> None:
    """As if the time since the last code were long."""
    await world.rows("UPDATE second_factors SET last_counter = 0")


async def protect(world: World, person: Person) -> tuple[Phone, list[str]]:
    """Turn the second factor on."""
    phone = await start(world, person)
    reply = await confirm(world, person, phone.code())
    assert reply.status_code == 200, reply.text
    await forget_used_codes(world)
    return phone, reply.json()["recovery_codes"]


async def let_proof_age(world: World) -> None:
    await world.rows("UPDATE sessions SET authenticated_at = now() - interval '11 minutes'")


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


async def test_a_started_factor_does_not_count_until_it_is_confirmed(world: World, ada: Person) -> None:
    phone = await start(world, ada)

    assert (await log_in(world, "ada")).status_code == 200
    assert (await world.get("/v1/me", by=ada)).json()["totp_enabled"] is False
    assert (await confirm(world, ada, phone.code())).status_code == 200
    assert (await world.get("/v1/me", by=ada)).json()["totp_enabled"] is True
    assert problem(await log_in(world, "ada")) == (401, "totp_required")


async def test_the_uri_holds_what_an_app_needs(world: World, ada: Person) -> None:
    body = (await world.post("/v1/auth/totp", by=ada)).json()

    parsed = pyotp.parse_uri(body["uri"])
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.issuer, parsed.name) == (body["secret"], "Hubbub", "ada")


async def test_confirming_gives_ten_recovery_codes_once_and_tells(world: World, ada: Person) -> None:
    _, codes = await protect(world, ada)

    assert len(set(codes)) == 10
    assert all(re.fullmatch("[a-z2-9]{5}-[a-z2-9]{5}", code) for code in codes)
    assert (await received(world, "ada@example.org"))[0].subject == "Your second factor is on"
    assert problem(await confirm(world, ada, "000000")) == (409, "totp_already_on")
    assert problem(await world.post("/v1/auth/totp", by=ada)) == (409, "totp_already_on")


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_clock_half_a_minute_off_is_borne(world: World, ada: Person, steps: int) -> None:
    phone, _ = await protect(world, ada)

    assert (await log_in(world, "ada", totp=phone.code(steps=steps))).status_code == 200


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "abcdef", "१२३४५६", " ", "-----"])
async def test_a_wrong_code_opens_nothing(world: World, ada: Person, code: str) -> None:
    await protect(world, ada)

    assert problem(await log_in(world, "ada", totp=code)) == (401, "invalid_credentials")
    assert problem(await log_in(world, "ada", "wrong", totp=code)) == (401, "invalid_credentials")


async def test_a_code_of_long_ago_opens_nothing(world: World, ada: Person) -> None:
    phone, _ = await protect(world, ada)

    assert (await log_in(world, "ada", totp=phone.code(steps=-3))).status_code == 401


async def test_a_code_works_once(world: World, ada: Person) -> None:
    phone, _ = await protect(world, ada)
    code = phone.code()
    await log_in(world, "ada", totp=code)

    assert problem(await log_in(world, "ada", totp=code)) == (401, "invalid_credentials")
    assert (await log_in(world, "ada", totp=phone.code(steps=1))).status_code == 200
    assert (await log_in(world, "ada", totp=code)).status_code == 401


async def test_of_many_uses_of_a_code_at_once_one_works(world: World, ada: Person, patient: None) -> None:
    phone, _ = await protect(world, ada)
    code = phone.code()
    await world.fill_pool()

    replies = await asyncio.gather(*(log_in(world, "ada", totp=code) for _ in range(8)))

    assert sorted(reply.status_code for reply in replies) == [200] + [401] * 7


async def test_a_recovery_code_works_once_however_it_is_typed(world: World, ada: Person) -> None:
    _, codes = await protect(world, ada)

    replies = [
        await log_in(world, "ada", totp=codes[0].upper().replace("-", " ")),
        await log_in(world, "ada", totp=codes[0]),
        await log_in(world, "ada", totp=codes[1]),
    ]

    assert [reply.status_code for reply in replies] == [200, 401, 200]
    assert (await world.get("/v1/me", by=ada)).json()["recovery_codes_left"] == 8


async def test_of_many_uses_of_a_recovery_code_at_once_one_works(
    world: World, ada: Person, patient: None
) -> None:
    _, codes = await protect(world, ada)
    await world.fill_pool()

    replies = await asyncio.gather(*(log_in(world, "ada", totp=codes[0]) for _ in range(8)))

    assert sorted(reply.status_code for reply in replies) == [200] + [401] * 7


async def test_new_recovery_codes_void_the_old(world: World, ada: Person) -> None:
    _, old = await protect(world, ada)

    reply = await world.post("/v1/auth/totp/recovery-codes", by=ada)

    new = reply.json()["recovery_codes"]
    assert (reply.status_code, len(set(new) - set(old))) == (200, 10)
    assert (await log_in(world, "ada", totp=old[0])).status_code == 401
    assert (await log_in(world, "ada", totp=new[0])).status_code == 200


async def test_turning_it_off_ends_the_need_for_codes(world: World, ada: Person) -> None:
    await protect(world, ada)

    reply = await world.delete("/v1/auth/totp", by=ada)

    assert reply.status_code == 204
    assert (await log_in(world, "ada")).status_code == 200
    assert await world.value("SELECT count(*) FROM recovery_codes") == 0
    assert problem(await world.delete("/v1/auth/totp", by=ada)) == (409, "totp_is_off")
    assert problem(await world.post("/v1/auth/totp/recovery-codes", by=ada)) == (409, "totp_is_off")


async def test_what_was_not_started_cannot_be_confirmed(world: World, ada: Person) -> None:
    assert problem(await confirm(world, ada, "123456")) == (409, "totp_not_started")


async def test_a_reset_of_the_password_leaves_the_factor_on(world: World, ada: Person) -> None:
    await protect(world, ada)
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})
    token = (await received(world, "ada@example.org"))[-1].token
    new = "another river, another bridge"

    await world.post("/v1/auth/password/reset", json={"token": token, "new_password": new})

    assert problem(await log_in(world, "ada", new)) == (401, "totp_required")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/auth/totp", None),
        ("POST", "/v1/auth/totp/confirm", {"code": "123456"}),
        ("POST", "/v1/auth/totp/recovery-codes", None),
        ("DELETE", "/v1/auth/totp", None),
    ],
)
async def test_what_changes_the_factor_needs_a_recent_proof(
    world: World, ada: Person, method: str, path: str, body: Any
) -> None:
    await let_proof_age(world)

    reply = await world.request(method, path, by=ada, json=body)

    assert problem(reply) == (403, "reauth_required")


async def test_proving_who_one_is_again_opens_it_for_this_session(world: World, ada: Person) -> None:
    await let_proof_age(world)

    wrong = await world.post("/v1/auth/reauthenticate", by=ada, json={"password": "wrong"})
    right = await world.post("/v1/auth/reauthenticate", by=ada, json={"password": PASSWORD})

    assert problem(wrong) == (403, "wrong_password")
    assert right.status_code == 204
    assert (await world.post("/v1/auth/totp", by=ada)).status_code == 201


async def test_with_a_second_factor_the_proof_needs_its_code(world: World, ada: Person) -> None:
    phone, codes = await protect(world, ada)
    await let_proof_age(world)

    async def prove(**more: str) -> Any:
        return await world.post("/v1/auth/reauthenticate", by=ada, json={"password": PASSWORD, **more})

    assert problem(await prove()) == (403, "totp_required")
    assert problem(await prove(totp="000000")) == (403, "wrong_password")
    assert problem(await world.delete("/v1/auth/totp", by=ada)) == (403, "reauth_required")
    assert (await prove(totp=phone.code())).status_code == 204
    assert problem(await prove(totp=phone.code())) == (403, "wrong_password")
    assert (await prove(totp=codes[0])).status_code == 204
    assert (await world.delete("/v1/auth/totp", by=ada)).status_code == 204


async def test_one_code_is_taken_by_one_transaction(world: World, ada: Person) -> None:
    phone, _ = await protect(world, ada)
    code, keyring = phone.code(), world.services.keyring
    await world.fill_pool()

    async def use() -> bool:
        return await world.db.write(lambda tx: use_code(keyring, tx, account_id=ada.id, code=code))

    assert sorted(await asyncio.gather(*(use() for _ in range(8)))) == [False] * 7 + [True]


async def test_guessing_codes_is_limited(strict: World) -> None:
    ada = await strict.person("ada")
    await protect(strict, ada)

    replies = [await log_in(strict, "ada", totp=f"{n:06}") for n in range(7)]

    assert [reply.status_code for reply in replies] == [401] * 5 + [429] * 2
    assert "second-factor" in replies[-1].headers["ratelimit-policy"]


async def test_secrets_and_codes_are_not_stored_in_the_clear(world: World, ada: Person) -> None:
    phone = await start(world, ada)
    secret = phone._codes.secret
    codes = (await confirm(world, ada, phone.code())).json()["recovery_codes"]
    dump = str(await world.rows("SELECT f.sealed_secret FROM second_factors f"))
    dump += str(await world.rows("SELECT c.code_hash FROM recovery_codes c"))
    dump += str(await world.rows("SELECT body::text FROM outbox"))

    assert secret not in dump
    assert not any(code in dump or code.replace("-", "") in dump for code in codes)
