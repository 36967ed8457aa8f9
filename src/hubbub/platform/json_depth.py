"""Whether a JSON text nests too deeply to be decoded, found out without decoding it.

The decoder recurses and gives up near depth 1,000, which is late. Walking over the brackets one by one in
Python would keep the event loop for a third of a second on a body of 1 MiB; these few passes of C code
take a few milliseconds.
"""

import re

MAX_DEPTH = 32

# A string as a whole, closed or not, so that brackets in it do not count and time stays linear.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_OPENING_ALIKE = bytes.maketrans(b"{}", b"[]")
_ALL_BUT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def is_too_deep(raw: bytes, limit: int = MAX_DEPTH) -> bool:
    """Exact for well-formed JSON. What is malformed may pass or not: the decoder refuses it anyway."""
    if raw.count(b"{") + raw.count(b"[") <= limit:
        return False
    brackets = _STRING.sub(b"", raw).translate(_OPENING_ALIKE, _ALL_BUT_BRACKETS)
    straight_down = b"[" * (limit + 1)
    for _ in range(limit):
        if straight_down in brackets:
            return True
        inner = brackets.replace(b"[]", b"")  # takes off the innermost level everywhere
        if len(inner) == len(brackets):
            return False  # nothing left, or closings and openings that have no partner
        brackets = inner
    return bool(brackets)
