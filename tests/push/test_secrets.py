"""Whoever knows where a device is reached can disturb its owner: it is in no log, and in no answer."""

import logging

import pytest

from tests.push.phones import APNS_TOKEN, EC_KEY, FCM_TOKEN, RSA_KEY, Phones, apple_error, google_error, pem
from tests.push.servers import Said, Service
from tests.push.support import make_due, notice, push, send, subscribe
from tests.support.world import World


def said(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(
        f"{record.getMessage()} {record.exc_text or ''} {record.args}" for record in caplog.records
    )


@pytest.mark.parametrize("answer", [Said(201), Said(500), Said(410), Said(307, headers={"Location": "/x"})])
async def test_endpoints_and_keys_of_browsers_are_in_no_log(
    world: World, service: Service, caplog: pytest.LogCaptureFixture, answer: Said
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service, "/push/a-secret-path", shows_text=True)
    service.queued.append(answer)

    await push(world, notice(ada))

    assert len(service.received) == 1
    token = service.received[0].headers["authorization"].partition("t=")[2].partition(",")[0]
    secrets = ("secret-path", browser.subscription["keys"]["p256dh"], token, "secret garden")
    assert [secret for secret in secrets if secret in said(caplog)] == []
    assert "hubbub.push" in {record.name for record in caplog.records}


async def test_tokens_and_keys_of_phones_are_in_no_log(
    phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = await phones.world.person("ada")
    await phones.android(ada)
    await phones.iphone(ada)
    for round_ in range(3):
        phones.google.queued.append(google_error(500, "INTERNAL"))
        phones.apple.queued.append(
            [apple_error(503, "Busy"), apple_error(403, "ExpiredProviderToken")][round_ % 2]
        )
        await push(phones.world, notice(ada, f"group-{round_}"))
        await make_due(phones.world)
        await send(phones.world)

    bearer = phones.apple.received[0].headers["authorization"].removeprefix("bearer ")
    secrets = (
        FCM_TOKEN,
        APNS_TOKEN,
        bearer,
        "token 1",
        *pem(EC_KEY).split()[3:5],
        *pem(RSA_KEY).split()[3:5],
    )
    assert [secret for secret in secrets if secret.lower() in said(caplog).lower()] == []


async def test_settings_hide_the_keys(phones: Phones) -> None:
    shown = repr(phones.world.services.settings)

    assert "PRIVATE KEY" not in shown
    assert "push@hubbub-test" not in shown
