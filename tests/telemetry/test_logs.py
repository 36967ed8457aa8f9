"""Log lines: structured, bound to their request, without secrets, impossible to forge."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from hubbub.platform.telemetry import AccessLog, configure_logging
from hubbub.platform.telemetry.context import request_id
from hubbub.platform.telemetry.redaction import clean, clean_text
from hubbub.settings import Secret, ServerSettings

log = logging.getLogger("hubbub.test")


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def written(write: Callable[[], object], log_format: str = "json", level: str = "info") -> str:
    stream = io.StringIO()
    configure_logging(ServerSettings(log_format=log_format, log_level=level), stream)
    write()
    return stream.getvalue()


def test_line_is_json_with_its_fields() -> None:
    line = json.loads(written(lambda: log.info("post_published", extra={"post_id": 5, "tags": ["a"]})))

    assert line["event"] == "post_published"
    assert line["level"] == "info"
    assert line["logger"] == "hubbub.test"
    assert line["post_id"] == 5
    assert line["tags"] == ["a"]
    assert line["time"].endswith("Z")


def test_request_id_is_bound() -> None:
    token = request_id.set("abc-1")
    try:
        line = json.loads(written(lambda: log.info("x")))
    finally:
        request_id.reset(token)

    assert line["request_id"] == "abc-1"


def test_field_cannot_pass_for_the_lines_own() -> None:
    line = json.loads(written(lambda: log.info("x", extra={"level": "critical", "event": "y"})))

    assert (line["level"], line["event"]) == ("info", "x")


def test_level_is_respected() -> None:
    assert written(lambda: log.debug("x")) == ""
    assert written(lambda: log.debug("x"), level="debug") != ""


@pytest.mark.parametrize("level", ["info", "debug"])
def test_libraries_that_log_addresses_are_quiet(level: str) -> None:
    text = written(lambda: logging.getLogger("uvicorn.error").info("GET /?ticket=abc"), level=level)

    assert text == ""


NAMES = [
    "password",
    "new_password",
    "Access-Token",
    "refresh_token",
    "client_secret",
    "AUTHORIZATION",
    "cookie",
    "set-cookie",
    "stream_ticket",
    "totp_code",
    "api_key",
    "apikey",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_value_of_a_secret_name_is_masked(name: str, log_format: str) -> None:
    fields = {name: "hunter2", "nested": {"deep": [{name: "hunter2"}]}}

    text = written(lambda: log.info("x", extra=fields), log_format)

    assert "hunter2" not in text
    assert "***" in text


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:hunter2@db:5432/hubbub",
        "redis://:hunter2@cache:6379",
        "valkey://user:hun/ter2hunter2@cache",
        "Authorization: Bearer hunter2hunter2",
        "bearer hunter2hunter2 was refused",
        "Basic aHVudGVyMmh1bnRlcjI=hunter2",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2hunter2",
        "GET /v1/stream?ticket=hunter2&x=1",
        "password='hunter2'",
        '{"password": "hunter2", "login": "a"}',
        "{'refresh_token': 'hunter2'}",
        "Key (token_hash)=(hunter2)",
        "set-cookie: session=hunter2; Path=/",
    ],
)
def test_secret_inside_a_text_is_masked(text: str) -> None:
    assert "hunter2" not in clean_text(text)


@pytest.mark.parametrize(
    "text",
    ["post 257000000000000001 by 12", "https://example.com/a?b=c", "a@b.example", "10:30:00 UTC", "x = y"],
)
def test_harmless_text_stays(text: str) -> None:
    assert clean_text(text) == text


def test_secret_of_the_settings_is_masked_under_any_name() -> None:
    assert clean({"url": Secret("hunter2")}) == {"url": "***"}


def test_bytes_and_odd_objects_are_shown_as_text() -> None:
    class Odd:
        def __str__(self) -> str:
            return "password=hunter2"

    assert clean([b"a\xff", Odd(), {1, 2}.__class__]) == ["a\\xff", "password=***", "<class 'set'>"]


FORGED = 'x\n{"level":"error","event":"forged"}\r\x1b[31mred\x9b2J\u2028\u202egnp\0'


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("place", ["event", "field"])
def test_value_cannot_forge_a_line_or_paint_the_terminal(log_format: str, place: str) -> None:
    def write() -> None:
        log.info(FORGED if place == "event" else "x", extra={"agent": FORGED})

    text = written(write, log_format)

    assert text.count("\n") == 1
    assert not [
        char for char in text[:-1] if ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u2028\u202e"
    ]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_traceback_is_kept_and_cannot_forge_a_line(log_format: str) -> None:
    def write() -> None:
        try:
            raise ValueError("a\n2026-01-01T00:00:00.000Z error forged: password=hunter2")
        except ValueError:
            log.exception("failed")

    text = written(write, log_format)

    assert "ValueError" in text
    assert "test_logs.py" in text
    assert "hunter2" not in text
    assert not [line for line in text.splitlines() if line.startswith("2026-01-01")]


def test_text_that_never_ends_is_cut() -> None:
    assert len(clean_text("x" * 1_000_000)) < 10_000


@pytest.mark.parametrize(
    "text", ["token=" * 5000, "://" * 5000, "eyJ" * 5000, "bearer " * 5000, "a:@" * 5000]
)
def test_masking_takes_linear_time(text: str) -> None:
    import time

    started = time.process_time()
    clean_text(text)

    assert time.process_time() - started < 0.5


async def test_access_line_holds_what_it_should_and_is_json() -> None:
    stream = io.StringIO()
    access = AccessLog(ServerSettings(log_format="json"), stream)

    access.add(("GET", "/v1/posts/{post_id}", "abc-1"), 200, 0.0123, 456, 77)
    access.add(("GET", "unmatched", "abc-2"), 404, 0.001, 10, None)
    access.flush()

    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "hubbub.access",
        "event": "request",
        "method": "GET",
        "route": "/v1/posts/{post_id}",
        "status": 200,
        "ms": 12.3,
        "bytes": 456,
        "request_id": "abc-1",
        "account_id": "77",
    }
    assert "account_id" not in second


async def test_access_log_is_written_by_itself() -> None:
    import asyncio

    stream = io.StringIO()
    access = AccessLog(ServerSettings(log_format="text"), stream)

    access.add(("GET", "/a", "abc-1"), 200, 0.001, 1, None)
    async with asyncio.timeout(5):
        while not stream.getvalue():  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    assert "GET /a 200 1.00 ms 1 B request_id=abc-1\n" in stream.getvalue()
