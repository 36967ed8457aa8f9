"""Links in text: where one ends, which hosts are real, and the one spelling that is safe to follow."""

import ipaddress
import re
from functools import cache
from importlib.resources import files
from urllib.parse import quote

import idna
import regex

MAX_LINK_LENGTH = 2048

# Endings of file names (`README.md`, `lib.so`): a link only with a path, `www.` or a scheme.
_FILE_ENDINGS = frozenset({"cc", "md", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip"})

_TAIL = regex.compile(r"[^\s\p{C}\p{Z}<>\"\\^`{|}()\[\]\u2018-\u201F、。〈-】！，：；？（）「」『』]*+")
_AUTHORITY = regex.compile(
    r"[^\s\p{C}\p{Z}<>\"\\^`{|}()\[\]/?#'\u2018-\u201F、。〈-】！，：；？（）「」『』]*+"
)
_GLUED = regex.compile(r"(?<=\.[A-Za-z]{2,20})[\p{Lo}\p{Lm}][^.]*$")
_TRAILING = ".,:;!?'*([…"
_CLOSES = {")": "(", "]": "["}

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"([^:@]+)(?::([0-9]{1,5}))?")
_ASCII_HOST = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{2,63}(?<!-)")
_KEPT_IN_PATH = "/?#[]@!$&'()*+,;=:%~-._"
_UNSAFE = regex.compile(r"[\s\p{C}\p{Z}<>\"\\^`{|}]")


def safe_link(raw: str) -> str | None:
    """`raw` as a URL that is safe to follow, in ASCII (punycode, per cent), or None.

    Safe means http or https, a public-looking host (a name with a dot or a dotted quad), no user name or
    password, a port between 1 and 65535, nothing invisible, at most 2,048 characters.
    """
    scheme = _SCHEME.match(raw)
    if scheme is None or len(raw) > MAX_LINK_LENGTH or _UNSAFE.search(raw):
        return None
    host_end = re.compile(r"[/?#]|$").search(raw, scheme.end())
    authority_end = host_end.start() if host_end else len(raw)
    authority = normal_authority(raw[scheme.end() : authority_end])
    if authority is None:
        return None
    url = scheme[0].lower() + authority + quote(raw[authority_end:], safe=_KEPT_IN_PATH)
    return url if len(url) <= MAX_LINK_LENGTH else None


def link_is_safe(url: str) -> bool:
    """Whether `url` may be shown as a link; see `safe_link`."""
    return safe_link(url) is not None


def normal_authority(authority: str) -> str | None:
    """`host[:port]` in ASCII and lower case, or None when it is not one or carries a user name."""
    found = _HOST_AND_PORT.fullmatch(authority)
    if found is None:
        return None
    host = _normal_host(found[1])
    if host is None or found[2] is None:
        return host
    return f"{host}:{int(found[2])}" if 1 <= int(found[2]) <= 65535 else None


def _normal_host(host: str) -> str | None:
    if len(host) > 253:
        return None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    host = host.lower()
    if host.rpartition(".")[2].isdigit():
        return host if _is_dotted_quad(host) else None
    return host if _ASCII_HOST.fullmatch(host) else None


def _is_dotted_quad(host: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def is_bare_host(host: str, *, has_path: bool) -> bool:
    """Whether an ASCII name written without a scheme is meant as a link.

    Its ending must be known and in lower case, so that a missing space after a full stop makes no link.
    """
    ending = host.rpartition(".")[2]
    if ending not in _known_endings():
        return False
    return has_path or host.lower().startswith("www.") or ending not in _FILE_ENDINGS


@cache
def _known_endings() -> frozenset[str]:
    return frozenset((files(__package__) / "link_endings.txt").read_text("utf-8").split())


def end_of_authority(text: str, start: int) -> int:
    """Where the host and port that begin at `start` end.

    A label of CJK letters glued to an ASCII ending (`http://example.com这里`) is the sentence going on.
    """
    end = _end(_AUTHORITY, text, start)
    glued = _GLUED.search(text, max(start, end - 64), end)
    return glued.start() if glued else end


def _end(pattern: regex.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def end_of_tail(text: str, start: int) -> int:
    """Where the path, query and fragment that begin at `start` end.

    A closing bracket that was not opened inside ends it. Each character is looked at once.
    """
    opened = {"(": 0, "[": 0}
    end = start
    while True:
        end = _end(_TAIL, text, end)
        bracket = text[end : end + 1]
        if bracket in opened:
            opened[bracket] += 1
        elif bracket in _CLOSES and opened[_CLOSES[bracket]]:
            opened[_CLOSES[bracket]] -= 1
        else:
            return end
        end += 1


def trim(text: str, start: int, end: int) -> int:
    """`end` before the punctuation that belongs to the sentence rather than to the link."""
    while end > start and text[end - 1] in _TRAILING:
        end -= 1
    return end
