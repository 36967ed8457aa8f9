"""Structured logs on standard error: JSON lines, or text for people at a terminal.

Code logs with the standard library: `log.info("post_published", extra={"post_id": 1})`. The message is a
constant name of what happened, and everything that varies is a field, where secrets are masked by name.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from hubbub.platform.telemetry.context import request_id
from hubbub.platform.telemetry.redaction import clean, clean_field, clean_text
from hubbub.settings import ServerSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Libraries that would write addresses with their query strings, or every frame of a socket.
_QUIET = ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio")


def configure_logging(settings: ServerSettings, stream: TextIO | None = None) -> None:
    """Send every logger's records through one handler. Called once, by the command that runs."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if is_text(settings, stream) else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def is_text(settings: ServerSettings, stream: TextIO) -> bool:
    return settings.log_format == "text" or (settings.log_format == "auto" and stream.isatty())


def rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the record says beside its message: the request's id and the `extra` fields."""
    found: dict[str, Any] = {}
    if current := request_id.get():
        found["request_id"] = current
    for name, value in vars(record).items():
        if name not in _STANDARD:
            found[name] = clean_field(name, value)
    return found


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": clean_text(record.getMessage()),
        }
        line = {**line, **_fields(record), **line}  # a field cannot pass for one of these
        if record.exc_info:
            line["exception"] = clean_text(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode()


class TextFormatter(logging.Formatter):
    """One line, and below it a traceback indented, so that no message can look like a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_one_line(value)}" for name, value in _fields(record).items())
        event = _one_line(clean(record.getMessage()))
        line = f"{rfc3339(record.created)} {record.levelname.lower():7} {record.name}: {event}{fields}"
        if not record.exc_info:
            return line
        trace = clean_text(self.formatException(record.exc_info))
        return "\n".join([line, *(f"  | {part}" for part in trace.splitlines())])


def _one_line(value: Any) -> str:
    return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
