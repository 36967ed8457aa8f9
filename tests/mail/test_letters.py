import email
import email.policy
import logging
import stat
from base64 import b64decode
from pathlib import Path

import pytest

from hubbub.platform.ids import new_id
from hubbub.platform.mail import FileMailer, Letter, MailQueued, make_sender, queue_letters
from hubbub.platform.mail.letters import compose, open_letter
from hubbub.platform.secrets import Keyring, Unsealable
from tests.support.world import World

LETTER = Letter("ada@example.org", "Hello, Ada — ☕", "Dear Ada,\n\nhttp://test/x#token=abc\n")
SENDER = "Hubbub <hubbub@example.net>"


def test_a_letter_becomes_a_plain_mail() -> None:
    message = compose(LETTER, mail_id=new_id(), sender=SENDER)

    again = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert (again["To"], again["From"], again["Subject"]) == (LETTER.to, SENDER, LETTER.subject)
    assert isinstance(again, email.message.EmailMessage)
    assert again.get_content_type() == "text/plain"
    assert again.get_content() == LETTER.text
    assert again["Message-ID"].endswith("@example.net>")


def test_a_long_link_stands_whole_in_the_mail() -> None:
    link = "http://test/verify-email#token=" + "a" * 300

    raw = compose(Letter("ada@example.org", "Hello", f"Dear Ada,\n\n{link}\n"), mail_id=7, sender=SENDER)

    assert link.encode() in raw.as_bytes()


@pytest.mark.parametrize("text", ["Grüße ☕\n", "x" * 5000 + "\n", "\n"])
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    raw = compose(Letter("ada@example.org", "Hello", text), mail_id=7, sender=SENDER).as_bytes()

    again = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(again, email.message.EmailMessage)
    assert again.get_content() == text
    assert max(map(len, raw.splitlines())) <= 998


def test_a_repetition_can_be_told_by_its_id() -> None:
    assert (
        compose(LETTER, mail_id=7, sender=SENDER).as_bytes()
        == compose(LETTER, mail_id=7, sender=SENDER).as_bytes()
    )


@pytest.mark.parametrize(
    "letter",
    [
        Letter("ada@example.org\r\nBcc: eve@example.org", "Hello", "x"),
        Letter("ada@example.org\nBcc: eve@example.org", "Hello", "x"),
        Letter("ada@example.org", "Hello\r\nBcc: eve@example.org", "x"),
        Letter("ada@example.org", "Hello\nBcc: eve@example.org", "x"),
        Letter("ada@example.org", "Hello\r\n\r\n<b>body</b>", "x"),
    ],
)
def test_no_header_can_be_slipped_in(letter: Letter) -> None:
    with pytest.raises(ValueError, match=r"header|linefeed|carriage"):
        compose(letter, mail_id=7, sender=SENDER).as_bytes()


def test_a_body_cannot_end_the_mail_early() -> None:
    letter = Letter("ada@example.org", "Hello", "before\n.\nQUIT\n\nFrom: eve@example.org\n")

    again = email.message_from_bytes(
        compose(letter, mail_id=7, sender=SENDER).as_bytes(), policy=email.policy.default
    )

    assert again["From"] == SENDER
    assert "before\n.\nQUIT" in again.as_string()


async def test_without_a_mail_server_a_mail_is_a_file_of_its_owner(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    mailer = FileMailer(tmp_path / "mails")

    await mailer.send(compose(LETTER, mail_id=7, sender=SENDER), 7)
    await mailer.send(compose(LETTER, mail_id=7, sender=SENDER), 7)

    (path,) = (tmp_path / "mails").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert str(path) in caplog.text
    assert "token=abc" not in caplog.text
    assert "ada@example.org" not in caplog.text


async def test_a_letter_is_sealed_while_it_waits(world: World) -> None:
    await world.db.write(lambda tx: queue_letters(tx, world.services.keyring, LETTER))

    body = await world.value("SELECT body::text FROM outbox WHERE kind = 'MailQueued'")
    assert "ada" not in body
    assert "token" not in body


async def test_a_letter_is_sent_once_its_transaction_commits(world: World) -> None:
    async def fail() -> None:
        async with world.db.transaction() as tx:
            await queue_letters(tx, world.services.keyring, LETTER)
            raise RuntimeError

    folder = world.services.settings.data_dir / "mails"
    with pytest.raises(RuntimeError):
        await fail()
    await world.settle()
    assert not folder.exists()

    await world.db.write(lambda tx: queue_letters(tx, world.services.keyring, LETTER))
    await world.settle()
    assert len(list(folder.iterdir())) == 1


async def test_what_another_key_sealed_is_not_sent(tmp_path: Path, world: World) -> None:
    await world.db.write(lambda tx: queue_letters(tx, world.services.keyring, LETTER))
    body = await world.value("SELECT body->>'sealed' FROM outbox WHERE kind = 'MailQueued'")
    event = MailQueued(mail_id=7, sealed=body)
    send = make_sender(FileMailer(tmp_path), Keyring("another secret key, long enough too"), SENDER)

    async with world.db.transaction() as tx:
        with pytest.raises(Unsealable):
            await send(tx, [event])

    assert open_letter(world.services.keyring, event) == LETTER
    assert b"ada" not in b64decode(body)
