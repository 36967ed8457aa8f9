"""Credentials that cannot be used stop a process when it starts, and are not shown."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.push.parts import contact_of, read_apns_key, read_service_account
from hubbub.settings import MailSettings, PushSettings, Secret, Settings, SettingsError, read_settings
from tests.push.phones import EC_KEY, RSA_KEY, pem

ACCOUNT = {"project_id": "p", "client_email": "a@p", "private_key": pem(RSA_KEY)}


def test_a_service_account_is_read_from_text_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps(ACCOUNT | {"client_id": "1", "universe_domain": "googleapis.com"}))

    assert read_service_account(json.dumps(ACCOUNT)).project_id == "p"
    assert read_service_account(str(path)).token_uri == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    "given",
    [
        "/nowhere/secret-name.json",
        "{",
        "{}",
        json.dumps(ACCOUNT | {"private_key": "secret-key"}),
        "\0",
        "[1]",
    ],
)
def test_what_is_no_service_account_is_a_problem_that_tells_nothing(given: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_service_account(given)

    assert str(raised.value).count("HUBBUB_FCM_CREDENTIALS") == 1
    assert "secret" not in str(raised.value)


def test_apples_key_is_read_from_text_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "AuthKey.p8"
    path.write_text(pem(EC_KEY))

    for given in (pem(EC_KEY), str(path)):
        found = read_apns_key(PushSettings(apns_key=Secret(given), apns_key_id="K", apns_team_id="T"))
        assert (found.private_key.private_numbers(), found.key_id) == (EC_KEY.private_numbers(), "K")


@pytest.mark.parametrize("given", ["/nowhere/secret-name.p8", "-----BEGIN nothing", pem(RSA_KEY)])
def test_what_is_no_key_of_apples_is_a_problem_that_tells_nothing(given: str) -> None:
    with pytest.raises(SettingsError, match="HUBBUB_APNS_KEY") as raised:
        read_apns_key(PushSettings(apns_key=Secret(given)))

    assert "secret" not in str(raised.value)


def test_apples_settings_go_together() -> None:
    with pytest.raises(
        SettingsError, match="HUBBUB_APNS_KEY: needs HUBBUB_APNS_KEY_ID, HUBBUB_APNS_TOPIC too"
    ):
        read_settings({"HUBBUB_APNS_KEY": "k", "HUBBUB_APNS_TEAM_ID": "t"})


def test_push_services_write_to_whoever_sends_the_mails_unless_told_otherwise() -> None:
    settings = Settings(mail=MailSettings(sender="Hubbub <post@hubbub.example>"))

    assert contact_of(settings) == "mailto:post@hubbub.example"
    named = replace(settings, push=PushSettings(contact="https://hubbub.example/help"))
    assert contact_of(named) == "https://hubbub.example/help"
