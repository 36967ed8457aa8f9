"""Sending over SMTP, to a small server of the tests' own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiosmtplib
import pytest

from hubbub.platform.mail import Letter, SmtpMailer
from hubbub.platform.mail.letters import compose
from hubbub.platform.mail.sending import MailServerUnavailable

MESSAGE = compose(
    Letter("ada@example.org", "Hello", "Dear Ada\n.\n"), mail_id=7, sender="Hubbub <h@example.net>"
)


@dataclass
class MailServer:
    """Takes mails, or answers a command with what it was told to."""

    answers: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    port: int = 0
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self.serve(reader, writer))
        self.talks.add(talk)
        await talk

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.lines.append(line)
            verb = line.split(":")[0].split(" ")[0].upper()
            writer.write((self.answers.get(verb) or self._usual(verb)).encode() + b"\r\n")
            if verb == "DATA" and verb not in self.answers:
                while (part := (await reader.readline()).decode().rstrip("\r\n")) != ".":
                    self.lines.append(part)
                writer.write((self.answers.get("END") or "250 taken").encode() + b"\r\n")
            if verb == "QUIT":
                break
        writer.close()
        await writer.wait_closed()

    def _usual(self, verb: str) -> str:
        return {"DATA": "354 go on", "QUIT": "221 bye", "EHLO": "250-test\r\n250 8BITMIME"}.get(
            verb, "250 ok"
        )


@asynccontextmanager
async def mail_server(**answers: str) -> AsyncIterator[MailServer]:
    server = MailServer(answers)
    listening = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
        await asyncio.wait_for(asyncio.gather(*server.talks), 5)


async def test_a_mail_arrives_whole() -> None:
    async with mail_server() as server:
        await SmtpMailer(f"smtp://127.0.0.1:{server.port}").send(MESSAGE, 7)

    assert any(line.startswith("MAIL FROM:<h@example.net>") for line in server.lines)
    assert any(line.startswith("RCPT TO:<ada@example.org>") for line in server.lines)
    assert "Dear Ada" in server.lines
    assert ".." in server.lines, "a line with a dot alone is doubled on its way"


@pytest.mark.parametrize(
    "answers",
    [{"RCPT": "451 try later"}, {"END": "452 full"}, {"EHLO": "421 closing", "HELO": "421 closing"}],
)
async def test_what_may_work_later_is_tried_later(answers: dict[str, str]) -> None:
    async with mail_server(**answers) as server:
        with pytest.raises(MailServerUnavailable):
            await SmtpMailer(f"smtp://127.0.0.1:{server.port}").send(MESSAGE, 7)


@pytest.mark.parametrize("answers", [{"RCPT": "550 unknown"}, {"END": "554 refused"}])
async def test_what_the_server_refuses_for_good_is_the_mails_own_fault(answers: dict[str, str]) -> None:
    async with mail_server(**answers) as server:
        with pytest.raises(aiosmtplib.SMTPException):
            await SmtpMailer(f"smtp://127.0.0.1:{server.port}").send(MESSAGE, 7)


async def test_no_server_is_told_apart_from_a_bad_mail() -> None:
    with pytest.raises(MailServerUnavailable):
        await SmtpMailer("smtp://127.0.0.1:1").send(MESSAGE, 7)


async def test_tls_that_is_asked_for_is_not_given_up() -> None:
    async with mail_server() as server:
        with pytest.raises(MailServerUnavailable):
            await SmtpMailer(f"smtp://127.0.0.1:{server.port}/?tls=required").send(MESSAGE, 7)
        with pytest.raises(MailServerUnavailable):
            await SmtpMailer(f"smtp://user:word@127.0.0.1:{server.port}").send(MESSAGE, 7)

    assert not any("Dear Ada" in line or line.startswith("AUTH") for line in server.lines)
