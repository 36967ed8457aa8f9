"""How HUBBUB_SMTP_URL is read: server, port, who we are, and whether without TLS nothing is sent."""

from pathlib import Path
from typing import Any

import pytest

from hubbub.platform.mail import FileMailer, SmtpMailer, make_mailer
from hubbub.settings import MailSettings, Secret


def options(url: str) -> dict[str, Any]:
    return SmtpMailer(url)._options


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25),
        ("smtp://mail.example.org?tls=required", "mail.example.org", 587),
        ("smtps://mail.example.org", "mail.example.org", 465),
        ("smtp://mail.example.org:2525", "mail.example.org", 2525),
        ("smtps://mail.example.org:2525", "mail.example.org", 2525),
        ("smtp://[2001:db8::7]:2525", "2001:db8::7", 2525),
        ("smtp://", "localhost", 25),
    ],
)
def test_the_port_follows_from_the_kind_of_url(url: str, host: str, port: int) -> None:
    found = options(url)

    assert (found["hostname"], found["port"]) == (host, port)


@pytest.mark.parametrize(
    ("url", "use_tls", "start_tls"),
    [
        ("smtp://mail.example.org", False, None),
        ("smtp://mail.example.org?tls=required", False, True),
        ("smtp://mail.example.org?tls=maybe", False, None),
        ("smtp://u:p@mail.example.org", False, True),
        ("smtps://u:p@mail.example.org", True, None),
        ("smtps://mail.example.org?tls=required", True, None),
    ],
)
def test_a_password_is_never_sent_without_tls(url: str, use_tls: bool, start_tls: bool | None) -> None:
    found = options(url)

    assert (found["use_tls"], found["start_tls"]) == (use_tls, start_tls)


def test_name_and_password_are_decoded() -> None:
    found = options("smtp://hub%40example.org:p%2Fa%3As%20s@mail.example.org")

    assert (found["username"], found["password"]) == ("hub@example.org", "p/a:s s")


def test_without_a_name_nobody_logs_in() -> None:
    assert (options("smtp://mail")["username"], options("smtp://mail")["password"]) == (None, None)


def test_a_server_is_waited_for_a_bounded_time() -> None:
    assert 0 < options("smtp://mail")["timeout"] <= 60


def test_without_a_server_mails_are_files(tmp_path: Path) -> None:
    assert isinstance(make_mailer(MailSettings(), tmp_path), FileMailer)
    assert isinstance(make_mailer(MailSettings(smtp_url=Secret("smtp://mail")), tmp_path), SmtpMailer)
