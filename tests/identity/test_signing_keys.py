import base64
from datetime import timedelta

import jwt
import pytest

from hubbub.identity import Identity, rotate_keys
from hubbub.identity.signing_keys import LEAD_SECONDS, SigningKeys
from hubbub.platform.secrets import Keyring, WrongSecretKey
from tests.support.identity import register
from tests.support.world import World


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def rotate(world: World) -> str:
    return await rotate_keys(world.db, world.services.keyring, access_ttl_seconds=900)


async def age_keys(world: World, seconds: float) -> None:
    """Let so much time pass for every key."""
    await world.rows(
        """
        UPDATE signing_keys
        SET created_at = created_at - $1::interval, retired_at = retired_at - $1::interval
        """,
        timedelta(seconds=seconds),
    )


async def test_the_published_key_verifies_tokens(world: World) -> None:
    token = (await register(world)).json()["access_token"]

    reply = await world.get("/.well-known/jwks.json")

    assert reply.headers["cache-control"] == "public, max-age=300"
    keys = {key["kid"]: key for key in reply.json()["keys"]}
    claims = jwt.decode(
        token,
        jwt.PyJWK(keys[kid_of(token)]).key,
        algorithms=["EdDSA"],
        audience="hubbub",
        issuer="http://test",
    )
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 900


async def test_nothing_secret_is_published_or_stored_in_the_clear(world: World) -> None:
    _, key = await world.services.part(Identity).keys.signer()
    raw = key.private_bytes_raw()

    published = (await world.get("/.well-known/jwks.json")).text
    stored = await world.value("SELECT sealed_private_key FROM signing_keys")

    assert base64.urlsafe_b64encode(raw).rstrip(b"=").decode() not in published
    assert '"d"' not in published
    assert raw not in stored


async def test_a_new_key_is_published_before_it_signs(world: World) -> None:
    old = kid_of((await world.person()).token)
    new = await rotate(world)
    await world.services.part(Identity).keys.load()

    published = {key["kid"] for key in (await world.get("/.well-known/jwks.json")).json()["keys"]}
    before = kid_of((await world.person()).token)
    await age_keys(world, LEAD_SECONDS + 1)
    await world.services.part(Identity).keys.load()
    after = kid_of((await world.person()).token)

    assert published == {old, new}
    assert (before, after) == (old, new)


async def test_a_retired_key_verifies_until_its_last_token_has_ended(world: World) -> None:
    ada = await world.person("ada")
    await rotate(world)
    keys = world.services.part(Identity).keys

    await age_keys(world, LEAD_SECONDS + 900)
    await keys.load()
    within = await world.get("/v1/me", by=ada)
    await age_keys(world, 120)
    await keys.load()
    after = await world.get("/v1/me", by=ada)

    assert (within.status_code, after.status_code) == (200, 401)


async def test_rotating_again_removes_keys_that_are_over(world: World) -> None:
    for _ in range(3):
        await rotate(world)
        await age_keys(world, LEAD_SECONDS + 3600)

    assert await world.value("SELECT count(*) FROM signing_keys") == 2


async def test_another_process_learns_a_new_key_when_it_meets_it(world: World, other: World) -> None:
    await rotate(world)
    await age_keys(world, LEAD_SECONDS + 1)
    await world.services.part(Identity).keys.load()
    theirs = other.services.part(Identity).keys
    theirs._asked_at = float("-inf")
    ada = await world.person("ada")

    reply = await other.get("/v1/me", by=ada)

    assert reply.status_code == 200


async def test_processes_that_start_at_once_agree_on_a_key(world: World, other: World) -> None:
    await world.rows("DELETE FROM signing_keys")
    mine, theirs = world.services.part(Identity).keys, other.services.part(Identity).keys
    for keys in (mine, theirs):
        keys._signer = None
    await mine.start()
    await theirs.start()

    assert (await mine.signer())[0] == (await theirs.signer())[0]


async def test_process_with_another_secret_key_does_not_start(world: World) -> None:
    keys = SigningKeys(world.db, Keyring("another secret key, long enough too"), access_ttl_seconds=900)

    with pytest.raises(WrongSecretKey):
        await keys.start()

    assert await world.value("SELECT count(*) FROM signing_keys") == 1


async def test_after_the_secret_key_was_replaced_the_old_keys_verify_but_do_not_sign(world: World) -> None:
    ada = await world.person("ada")
    new = Keyring("another secret key, long enough too")
    keys = SigningKeys(world.db, new, access_ttl_seconds=900)

    await rotate_keys(world.db, new, access_ttl_seconds=900)
    await keys.start()

    kid, _ = await keys.signer()
    assert kid != kid_of(ada.token)
    assert keys.knows(kid_of(ada.token))


async def test_without_the_database_the_old_keys_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubbub.platform.db import Database, DatabaseUnavailable

    keys = world.services.part(Identity).keys
    keys._loaded_at = float("-inf")

    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Database, "connection", away)

    assert (await keys.signer())[0]
