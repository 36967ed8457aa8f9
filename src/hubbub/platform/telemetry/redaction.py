"""What must never reach a log: passwords, tokens and cookies, and bytes that forge or repaint lines."""

import re
from collections.abc import Mapping
from typing import Any

from hubbub.settings import Secret

MASK = "***"
MAX_CHARACTERS = 8192
MAX_DEPTH = 4

_NAMES = (
    r"password|passwd|passphrase|secret|token|authorization|cookie|ticket|credential|totp|otp|"
    r"api_?key|private_?key"
)
_KEY = re.compile(rf"(?:{_NAMES})", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^\s/?#:@]{0,100}:)\S{1,200}(?=@)")
# The database names the row of a broken constraint: Key (email)=(a@b.example) already exists.
_ROW = re.compile(r"(\([\w, ]{1,100}\)=\()[^)]*")
_SCHEME = re.compile(r"\b(bearer|basic)(\s+)[\w.~+/=-]{6,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?")
_ASSIGNED = re.compile(
    rf"""((?:{_NAMES})[\w-]{{0,20}}["']?\s{{0,3}}[=:]\s{{0,3}}(?:b?["'])?)([^\s"'&,;)}}\]]+)""", re.IGNORECASE
)
# C0 but for tab and line feed, DEL, C1, line separators, and what reorders text on a terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def is_secret_name(name: str) -> bool:
    return _KEY.search(name) is not None


def clean(value: Any, depth: int = 0) -> Any:
    """The value as it may be logged: plain types only, secrets masked, long texts cut."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bytes):
        return clean_text(value[:MAX_CHARACTERS].decode("utf-8", "backslashreplace"))
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        return {clean_text(str(k)): clean_field(str(k), v, depth + 1) for k, v in value.items()}
    if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [clean(item, depth + 1) for item in value]
    return clean_text(str(value))


def clean_field(name: str, value: Any, depth: int = 0) -> Any:
    return MASK if is_secret_name(name) else clean(value, depth)


def clean_text(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        text = text[:MAX_CHARACTERS] + "…"
    text = _URL_PASSWORD.sub(rf"\1{MASK}", text)
    text = _ROW.sub(rf"\1{MASK}", text)
    text = _SCHEME.sub(rf"\1\2{MASK}", text)
    text = _JWT.sub(MASK, text)
    text = _ASSIGNED.sub(rf"\1{MASK}", text)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
