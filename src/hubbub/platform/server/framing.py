"""Where a request's head and body begin and end, by a stricter grammar than the HTTP parser's own.

The parser (llhttp) already refuses most of what smuggles requests past a proxy. What it lets through
(chunk extensions, trailers, two Host headers, HTTP/0.9, …) is refused here, and a request only passes
when both agree on its framing.
"""

import re
from typing import NamedTuple

from hubbub.errors import AppError
from hubbub.platform.server.limits import Limits
from hubbub.platform.server.refusals import (
    METHODS,
    BrokenHttp,
    ExpectationFailed,
    HeadersTooLarge,
    TargetTooLong,
    UnknownMethod,
    VersionNotSupported,
)

END_OF_HEAD = b"\r\n\r\n"
CHUNKED = -1
MAX_CHUNK_LINE = 10
FREE_CHUNKS = 1000
MIN_CHUNK_BYTES = 16

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_LINE = re.compile(rb"(%b++) ([!-~]++) HTTP/(\d)\.(\d)\r\n" % TOKEN)
_HEADERS = re.compile(rb"(?:%b++:[\t -~\x80-\xff]*+\r\n)*+\r\n" % TOKEN)
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
_BROKEN = re.compile(rb"(?<!\r)\n|\r(?=[^\n])|\0")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_METHODS = {method.encode(): method for method in METHODS}
# Two of one of these mean that somebody in between reads another request than we do.
_ONCE = (b"host", b"content-length", b"transfer-encoding", b"expect", b"content-type", b"authorization")


class Refused(Exception):
    """Carries the answer; the connection closes after it."""

    def __init__(self, error: AppError) -> None:
        super().__init__(error.detail)
        self.error = error


class RequestLine(NamedTuple):
    method: str
    target: bytes
    version: str


def read_head(head: bytes, limits: Limits) -> RequestLine:
    """Check a whole head, blank line included. Raises Refused."""
    line = _LINE.match(head)
    if line is None:
        raise Refused(BrokenHttp("request line"))
    method, target, major, minor = line.groups()
    if major != b"1" or minor not in (b"0", b"1"):
        raise Refused(VersionNotSupported(f"HTTP/{major.decode()}.{minor.decode()}"))
    if len(target) > limits.max_target_bytes:
        raise Refused(TargetTooLong())
    if len(head) - line.end() > limits.max_head_bytes:
        raise Refused(HeadersTooLarge())
    name = _METHODS.get(method)
    if name is None:
        raise Refused(UnknownMethod(method[:20].decode()))
    if target[0] != 0x2F or b"#" in target:
        raise Refused(BrokenHttp("target"))
    if _HEADERS.fullmatch(head, line.end()) is None:
        raise Refused(BrokenHttp("headers"))
    return RequestLine(name, target, "1.1" if minor == b"1" else "1.0")


def check_partial_head(data: bytes, limits: Limits) -> None:
    """Refuse at once what can no longer become a request, rather than wait for its end."""
    if _BROKEN.search(data) or not (data[:1].isalpha() or data[:2] == b"\r\n" or data == b"\r"):
        raise Refused(BrokenHttp("bytes"))
    if len(data) > limits.max_target_bytes:
        line_end = data.find(b"\r\n")
        if line_end < 0 or line_end > limits.max_target_bytes + 32:
            raise Refused(TargetTooLong())
        if len(data) - line_end > limits.max_head_bytes:
            raise Refused(HeadersTooLarge())


def body_length(line: RequestLine, headers: list[tuple[bytes, bytes]], fields: dict[bytes, bytes]) -> int:
    """Content-Length, 0 for no body, or CHUNKED. Raises Refused for what could be read in two ways."""
    if len(fields) != len(headers):
        names = [name for name, _ in headers]
        for name in _ONCE:
            if name in fields and names.count(name) > 1:
                raise Refused(BrokenHttp(f"{name.decode()} twice"))
    if line.version == "1.1" and not fields.get(b"host"):
        raise Refused(BrokenHttp("no host"))
    if b"transfer-encoding" in fields:
        if (
            fields[b"transfer-encoding"].lower() != b"chunked"
            or b"content-length" in fields
            or line.version == "1.0"
        ):
            raise Refused(BrokenHttp("transfer-encoding"))
        return CHUNKED
    length = fields.get(b"content-length")
    if length is None:
        return 0
    if _LENGTH.fullmatch(length) is None:
        raise Refused(BrokenHttp("content-length"))
    return int(length)


def expects_continue(line: RequestLine, fields: dict[bytes, bytes]) -> bool:
    expectation = fields.get(b"expect")
    if expectation is None or line.version == "1.0":
        return False
    if expectation.lower() != b"100-continue":
        raise Refused(ExpectationFailed())
    return True


class ChunkedFrames:
    """Follows the framing of a chunked body: no extensions, no trailers, no dust of tiny chunks."""

    __slots__ = ("_bytes", "_chunks", "_is_last", "_left", "_line", "is_complete")

    def __init__(self) -> None:
        self._left = 0  # of the current chunk, with its CRLF, which the parser checks
        self._line = b""
        self._is_last = False
        self._chunks = 0
        self._bytes = 0
        self.is_complete = False

    def advance(self, data: bytes) -> int:
        """How many bytes of `data` belong to this body. Raises Refused."""
        at = 0
        while at < len(data) and not self.is_complete:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
            else:
                at = self._read_line(data, at)
        return at

    def _read_line(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at, at + MAX_CHUNK_LINE)
        line = self._line + (data[at : at + MAX_CHUNK_LINE] if end < 0 else data[at : end + 1])
        if len(line) > MAX_CHUNK_LINE or (end < 0 and len(data) - at > MAX_CHUNK_LINE):
            raise Refused(BrokenHttp("chunk line"))
        if end < 0:
            self._line = line
            return len(data)
        self._line = b""
        self._take_line(line)
        return end + 1

    def _take_line(self, line: bytes) -> None:
        if self._is_last:
            if line != b"\r\n":
                raise Refused(BrokenHttp("trailers"))
            self.is_complete = True
            return
        match = _CHUNK_LINE.fullmatch(line)
        if match is None:
            raise Refused(BrokenHttp("chunk size"))
        size = int(match[1], 16)
        self._chunks += 1
        self._bytes += size
        # Each chunk costs a Python call, so a body of single bytes would be a cheap way to keep us busy.
        if self._chunks > FREE_CHUNKS and self._bytes < self._chunks * MIN_CHUNK_BYTES:
            raise Refused(BrokenHttp("tiny chunks"))
        self._is_last = size == 0
        self._left = size + 2 if size else 0
