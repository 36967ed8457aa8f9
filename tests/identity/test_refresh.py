import asyncio
import base64

import pytest

from hubbub.identity.refresh_tokens import PREFIX, RefreshTokens
from hubbub.platform.secrets import Keyring
from tests.support.identity import problem, refresh
from tests.support.world import Person, World


async def let_grace_pass(world: World) -> None:
    await world.rows("UPDATE sessions SET rotated_at = rotated_at - interval '31 seconds'")


async def revoked_reason(world: World, person: Person) -> str | None:
    reason: str | None = await world.value(
        "SELECT revoked_reason FROM sessions WHERE account_id = $1", person.id
    )
    return reason


async def test_refreshing_gives_new_tokens_that_work(world: World) -> None:
    ada = await world.person("ada")

    reply = await refresh(world, ada.refresh_token)

    body = reply.json()
    assert reply.status_code == 200, reply.text
    assert body["refresh_token"] != ada.refresh_token
    assert body["account"]["handle"] == "ada"
    me = await world.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.status_code == 200
    assert (await refresh(world, body["refresh_token"])).status_code == 200


@pytest.mark.parametrize("number", [10, 50])
async def test_racing_refreshes_all_get_one_successor(world: World, number: int) -> None:
    ada = await world.person("ada")
    await world.fill_pool()

    replies = await asyncio.gather(*(refresh(world, ada.refresh_token) for _ in range(number)))

    answered = [reply for reply in replies if reply.status_code == 200]
    assert len({reply.json()["refresh_token"] for reply in answered}) == 1
    assert {reply.status_code for reply in replies} <= {200, 503}
    assert len(answered) >= 10
    assert await world.value("SELECT generation FROM sessions WHERE account_id = $1", ada.id) == 1


async def test_within_the_grace_a_lost_reply_is_given_again(world: World) -> None:
    ada = await world.person("ada")
    first = (await refresh(world, ada.refresh_token)).json()["refresh_token"]

    again = (await refresh(world, ada.refresh_token)).json()["refresh_token"]

    assert again == first
    assert (await refresh(world, again)).status_code == 200


async def test_reuse_after_the_grace_ends_the_session_and_tells(world: World) -> None:
    ada = await world.person("ada")
    successor = (await refresh(world, ada.refresh_token)).json()
    await let_grace_pass(world)

    replay = await refresh(world, ada.refresh_token)

    assert problem(replay) == (401, "refresh_reused")
    assert await revoked_reason(world, ada) == "reused"
    assert problem(await refresh(world, successor["refresh_token"])) == (401, "invalid_refresh_token")
    mine = await world.get("/v1/me", headers={"Authorization": f"Bearer {successor['access_token']}"})
    assert problem(mine) == (401, "invalid_token")
    event = await world.value("SELECT body FROM outbox WHERE kind = 'SessionRevoked'")
    assert '"reused"' in event


async def test_reuse_of_an_older_generation_ends_the_session_even_at_once(world: World) -> None:
    ada = await world.person("ada")
    second = (await refresh(world, ada.refresh_token)).json()["refresh_token"]
    await refresh(world, second)

    replay = await refresh(world, ada.refresh_token)

    assert problem(replay) == (401, "refresh_reused")
    assert await revoked_reason(world, ada) == "reused"


async def test_other_sessions_of_the_account_live_on(world: World) -> None:
    from tests.support.identity import log_in_as

    ada = await world.person("ada")
    phone = await log_in_as(world, ada)
    await refresh(world, ada.refresh_token)
    await let_grace_pass(world)

    await refresh(world, ada.refresh_token)

    assert (await refresh(world, phone.refresh_token)).status_code == 200


def respelled(token: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


async def test_what_we_never_made_ends_nobodys_session(world: World) -> None:
    ada = await world.person("ada")
    raw = base64.urlsafe_b64decode(ada.refresh_token.removeprefix(PREFIX) + "==")
    other_secret = RefreshTokens(Keyring("another secret key, long enough too"))
    made_up = [
        "",
        "token",
        PREFIX,
        PREFIX + "AAAA",
        PREFIX + "!" * 90,
        ada.refresh_token[:-2],
        ada.refresh_token + "=",
        ada.refresh_token + "A",
        ada.refresh_token.upper(),
        respelled(ada.refresh_token),
        ada.refresh_token.removeprefix(PREFIX),
        ada.token,
        other_secret.write(other_secret.first(ada.id, ada.session_id)),
        *(
            PREFIX + base64.urlsafe_b64encode(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]).decode()
            for at in range(0, len(raw), 4)
        ),
    ]

    for text in made_up:
        reply = await refresh(world, text)
        assert problem(reply) in ((401, "invalid_refresh_token"), (422, "invalid")), text

    assert await revoked_reason(world, ada) is None
    assert (await refresh(world, ada.refresh_token)).status_code == 200


async def test_forgeries_cost_no_statement(world: World) -> None:
    with world.db.recorded_statements() as statements:
        await refresh(world, PREFIX + "A" * 96)

    assert statements == []


async def test_a_suspended_account_refreshes_nothing(world: World) -> None:
    ada = await world.person("ada")
    await world.rows("UPDATE accounts SET state = 'suspended' WHERE id = $1", ada.id)

    reply = await refresh(world, ada.refresh_token)

    assert problem(reply) == (403, "account_suspended")
    assert await revoked_reason(world, ada) is None


async def test_an_unused_session_ends(world: World) -> None:
    ada = await world.person("ada")
    await world.rows("UPDATE sessions SET expires_at = now() - interval '1 second'")

    assert problem(await refresh(world, ada.refresh_token)) == (401, "invalid_refresh_token")


async def test_refreshing_moves_the_end_of_the_session(world: World) -> None:
    ada = await world.person("ada")
    await world.rows("UPDATE sessions SET expires_at = now() + interval '1 minute'")

    await refresh(world, ada.refresh_token)

    assert await world.value("SELECT expires_at > now() + interval '59 days' FROM sessions")


async def test_neither_token_nor_secret_is_stored(world: World) -> None:
    ada = await world.person("ada")
    successor = (await refresh(world, ada.refresh_token)).json()["refresh_token"]
    dump = str(await world.rows("SELECT s::text AS all FROM sessions s"))

    for token in (ada.refresh_token, successor):
        raw = base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
        assert token not in dump
        assert raw[20:52].hex() not in dump


async def test_key_saves_no_stolen_token(world: World) -> None:
    ada = await world.person("ada")
    stolen, body = ada.refresh_token, {"refresh_token": ada.refresh_token}
    await refresh(world, stolen)
    await let_grace_pass(world)

    reused = await world.post("/v1/auth/refresh", json=body, headers={"Idempotency-Key": "k"})
    again = await world.post("/v1/auth/refresh", json=body, headers={"Idempotency-Key": "k"})

    assert problem(reused) == (401, "refresh_reused")
    assert await revoked_reason(world, ada) == "reused"
    assert problem(again) == (401, "invalid_refresh_token")
    assert await world.value("SELECT count(*) FROM idempotency_keys") == 0
