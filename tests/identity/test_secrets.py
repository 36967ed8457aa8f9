"""What opens an account stands in no log, whatever level is logged and whatever goes wrong."""

import logging
from typing import Any

import pyotp
import pytest

from hubbub.platform.db import Database, DatabaseUnavailable
from tests.support.identity import log_in, refresh, register
from tests.support.mails import received
from tests.support.world import PASSWORD, World

NEW = "another river, another bridge"


async def live(world: World) -> set[str]:
    """Use every way that a secret can take; all secrets that were used."""
    first = (await register(world, "ada")).json()
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    second = (await refresh(world, first["refresh_token"])).json()
    started = (await world.post("/v1/auth/totp", headers=headers)).json()
    code = pyotp.TOTP(started["secret"]).now()
    codes = (await world.post("/v1/auth/totp/confirm", headers=headers, json={"code": code})).json()
    await log_in(world, "ada", "a wrong password")
    await log_in(world, "ada", totp=codes["recovery_codes"][0])
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})
    mails = await received(world, "ada@example.org")
    token = mails[-1].token
    await world.post("/v1/auth/password/reset", json={"token": token, "new_password": NEW})
    await world.post("/v1/auth/password/reset", json={"token": token, "new_password": NEW})
    await refresh(world, first["refresh_token"])
    await world.get("/v1/me", headers={"Authorization": f"Bearer {first['access_token']}x"})
    return {
        PASSWORD,
        NEW,
        "a wrong password",
        *(body[name] for body in (first, second) for name in ("access_token", "refresh_token")),
        started["secret"],
        *codes["recovery_codes"],
        *(mail.token for mail in mails if "#token=" in mail.text),
    }


def everything(caplog: pytest.LogCaptureFixture) -> str:
    plain = set(logging.makeLogRecord({}).__dict__)
    extras = [
        str({name: value for name, value in record.__dict__.items() if name not in plain})
        for record in caplog.records
    ]
    return caplog.text + "\n".join(extras)


async def test_no_secret_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    secrets = await live(world)

    logged = everything(caplog)
    assert "mail written to" in logged, "the log is looked at"
    assert [secret for secret in secrets if secret in logged] == []


async def test_no_secret_is_logged_when_the_database_fails(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await world.person("ada")
    caplog.set_level(logging.DEBUG)

    def away(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Database, "connection", away)
    monkeypatch.setattr(Database, "transaction", away)
    replies = [await log_in(world, "ada"), await refresh(world, ada.refresh_token)]

    assert {reply.status_code for reply in replies} == {503}
    logged = everything(caplog)
    assert [secret for secret in (PASSWORD, ada.refresh_token, ada.token) if secret in logged] == []


async def test_no_secret_is_stored_in_the_clear(world: World) -> None:
    secrets = await live(world)

    tables = await world.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    dump = ""
    for table in tables:
        dump += str(await world.rows(f"SELECT t::text AS row FROM {table['relname']} t"))  # noqa: S608 - from the catalogue

    assert "ada@example.org" in dump, "the tables are looked at"
    assert [secret for secret in secrets if secret in dump] == []
    assert [secret for secret in secrets if secret.encode().hex() in dump] == []


async def test_reprs_hide_secrets(world: World) -> None:
    from hubbub.identity import Identity, check_sign_up

    person = check_sign_up(handle="ada", email="ada@example.org", password=PASSWORD, display_name="")
    token = world.services.part(Identity).refresh.first(1, 2)

    assert PASSWORD not in repr(person)
    assert token.secret.hex() not in repr(token)
    assert str(token.secret) not in repr(token)
