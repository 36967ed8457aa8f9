"""One resource, one path: spellings that some parser would take for another path are refused."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from hubbub.errors import BadRequest, NotFound

_PLAIN = rb"[A-Za-z0-9_@~-][A-Za-z0-9_@~.-]*+"
# What nearly every request asks for, decided by one match.
is_plain = re.compile(rb"/(?:%b(?:/%b)*)?" % (_PLAIN, _PLAIN)).fullmatch

_ENCODED_SEPARATOR = re.compile(rb"%(?:2[fF]|5[cC]|3[bB])")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class BadPath(BadRequest):
    code = "bad_path"
    message = "The path is not well-formed UTF-8 in percent-encoding."


def check_path(scope: Any) -> None:
    """Raises BadPath for what is no text, NotFound for a second spelling of a path."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    if not is_plain(raw):
        check_closely(raw)


def check_closely(raw: bytes) -> None:
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadPath("utf-8") from None
    if _BAD_ESCAPE.search(raw) or _CONTROL.search(text):
        raise BadPath("bytes")
    if _ENCODED_SEPARATOR.search(raw) or any(mark in text for mark in ";\\"):
        raise NotFound("separator")
    segments = text.split("/")[1:]
    if len(segments) > 1 and any(segment in ("", ".", "..") for segment in segments):
        raise NotFound("segment")
