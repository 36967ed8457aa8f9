import asyncio
import getpass
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click

from hubbub.bench import Refused, Unreachable
from hubbub.cli.addresses import origin
from hubbub.cli.listening.account import Account
from hubbub.cli.listening.loop import Listening
from hubbub.cli.listening.typed import HELP, Help, Quit, Send, Unclear, read_line
from hubbub.cli.listening.wording import in_words, printable
from hubbub.settings import LISTEN_TOKEN

LINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    """The options, by name."""

    login: str | None
    url: str
    password_stdin: bool
    topics: str
    is_json: bool
    since: str
    count: int


@click.command()
@click.option("--login", help=f"Handle or e-mail address; without it the token in {LISTEN_TOKEN} is used.")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the API is.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of the input.")
@click.option("--topics", default="", help="Such as post:ID,presence:ID.")
@click.option("--json", "is_json", is_flag=True, help="Print each frame as it came.")
@click.option("--since", default="", metavar="ID", help="First what came after this event.")
@click.option("--count", default=0, type=click.IntRange(0), help="Stop after so many events.")
def listen(**options: Any) -> None:
    """Show what happens to somebody while it happens, and say something back.

    Events go to standard output, a line each, and what becomes of the connection to standard error. Lines
    that are typed are messages; /help tells what else can be typed.
    """
    wishes = _Wishes(**options)
    base_url = origin(wishes.url, hint="--url")
    password = _password(wishes) if wishes.login else ""
    if not wishes.login and not os.environ.get(LISTEN_TOKEN):
        raise click.UsageError(f"who? Give --login, or an access token in {LISTEN_TOKEN}.")
    try:
        asyncio.run(_run(base_url, wishes, password))
    except (Refused, Unreachable) as error:
        raise click.ClickException(str(error)) from error


def _password(wishes: _Wishes) -> str:
    if wishes.password_stdin:
        return _first_line()
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for a password: give it with --password-stdin")
    return getpass.getpass(f"Password of {wishes.login}: ")


def _first_line() -> str:
    """Not a byte more, since what follows is typed later."""
    line = b""
    while (letter := os.read(0, 1)) and letter != b"\n" and len(line) < LINE_BYTES:
        line += letter
    return line.decode("utf-8", "replace").rstrip("\r")


async def _run(base_url: str, wishes: _Wishes, password: str) -> None:
    account = await _account(base_url, wishes.login, password)
    screen = _Screen(is_json=wishes.is_json)
    topics = [topic.strip() for topic in wishes.topics.split(",") if topic.strip()]
    listening = Listening(account, screen, topics=topics, since=wishes.since, count=wishes.count)
    screen.stop = listening.done.set
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, listening.done.set)
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    _read_lines(lambda line: loop.call_soon_threadsafe(lines.put_nowait, line))
    typing = asyncio.ensure_future(_obey(lines, listening, screen))
    try:
        await listening.run()
    finally:
        typing.cancel()
        with suppress(Refused, Unreachable):
            await account.log_out()


async def _account(base_url: str, login: str | None, password: str) -> Account:
    if login is None:
        return Account(base_url, token=os.environ[LISTEN_TOKEN])
    ask_code = (lambda: click.prompt("Code", err=True)) if sys.stdin.isatty() else None
    return await Account.log_in(base_url, login=login, password=password, ask_code=ask_code)


def _read_lines(take: Callable[[str | None], object]) -> None:
    """In a thread, as not every input can be waited for; without a buffer that a stop could block on."""

    def work() -> None:
        rest = b""
        with suppress(OSError, RuntimeError):  # the input, or the loop, is closed
            while data := os.read(0, LINE_BYTES):
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    take(line.decode("utf-8", "replace"))
            if rest:
                take(rest.decode("utf-8", "replace"))
            take(None)

    threading.Thread(target=work, daemon=True).start()


async def _obey(lines: "asyncio.Queue[str | None]", listening: Listening, screen: "_Screen") -> None:
    while (line := await lines.get()) is not None:
        try:
            deed = read_line(line)
            if isinstance(deed, Quit):
                listening.done.set()
            elif isinstance(deed, Help):
                screen.say(HELP)
            elif isinstance(deed, Send):
                listening.send(deed.frame)
            elif deed is not None:
                await listening.deeds.do(deed)
        except (Unclear, Refused, Unreachable) as error:
            screen.say(str(error))
    if sys.stdin.isatty():
        listening.done.set()


class _Screen:
    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self.stop: Callable[[], None] = lambda: None

    def show(self, raw: bytes, type_: str, data: Any) -> None:
        line = raw.decode("utf-8", "replace")
        if not self._is_json:
            line = f"{time.strftime('%H:%M:%S')}  {printable(type_, 20):14} {in_words(type_, data)}"
        try:
            click.echo(line)
        except BrokenPipeError:  # nobody reads any more, as after `| head -1`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.stop()

    def say(self, text: str) -> None:
        click.echo(text, err=True)
