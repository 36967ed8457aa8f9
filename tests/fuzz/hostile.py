"""Values that broke somebody's server once, for each place of a request that takes one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hubbub.platform.http import Route

MEGABYTE = 1_000_000
DEEP = 100_000

PATH_IDS = (
    *(
        "0",
        "01",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "true",
        "null",
        "x",
        "１",
        "9223372036854775808",
        "1" * 40,
        "9" * 5000,
    ),
    *("%00", "%ED%A0%80", "%EF%BF%BF", "%C0%80", "..", "%2e%2e", "7%2F8", "7;8", "7%0a", "' or 1=1--", "*"),
)
PATH_TEXTS = (
    "%00",
    "%ED%A0%80",
    "%EF%BF%BF",
    "%F4%90%80%80",
    "%25",
    "a%0d%0ab",
    "' or 1=1--",
    "x" * 5000,
    "{}",
)
LIMITS = ("1000000000", "-1", "0", "abc", "", "1e3", "1.0", "true", "１", "9" * 5000, "%00", "20&limit=20")
CURSORS = ("x", "", "A" * 300, "A" * 5000, "%00", "%ff", "AQ==", "..", "AAAAAAAAAACUAQDNA-gA", "é")
QUERIES = (
    "unknown=1",
    "=",
    "&&&",
    "%",
    "%zz",
    "a" * 5000,
    "&".join(f"a{n}=1" for n in range(1000)),
    "%00=1",
    "ids[]=1",
)
ID_LISTS = ("", ",", "0", "1,,2", "1," * 101 + "1", "1" * 40, "-1", "1.0", "x", "%00", "7\u3000", "7%0a")

# As they stand in JSON: escapes of what no string may hold, strings beyond every bound, other types.
STRINGS = (
    *(
        '"a\\u0000b"',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\uffff"',
        '"\\ufdd0"',
        '"\\u202e"',
        '"\\ufeff"',
        '"\\u200b"',
    ),
    *(
        '"a\\r\\nSet-Cookie: x"',
        '"%s"' % ("e\\u0301" + "\\u0301" * 10_000),
        '"%s"' % ("x" * (MEGABYTE - 1000)),
    ),
    *("7", "-1", "1.5", "1e400", "true", "[]", "{}", '[["a"]]', "9" * 5000, "NaN", "Infinity", "'a'"),
    *('"9223372036854775808"', '"%s"' % ("9" * 40), '"0"', '"-1"', '"1.0"', '""', '" "', '"\\u3164"'),
)
BODIES = (
    *(
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"{",
        b"}",
        b"{}}",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"{'a':1}",
    ),
    *(
        b"[" * DEEP,
        b'{"a":' * DEEP,
        b"[" * 500 + b"]" * 500,
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e999999}',
    ),
    *(b'{"a":' + b"9" * 5000 + b"}", b'{"a":1,"a":2}', b"7 x", b'{"\xff":1}', b'{"\\ud800":1}'),
    b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}",
    b'{"a":"' + b"x" * 2 * MEGABYTE + b'"}',
)


@dataclass(frozen=True)
class Shot:
    """What is changed in a valid request, and the raw values."""

    what: str
    path: str
    query: str = ""
    body: bytes | None = None


def shots(route: Route, ids: dict[str, Any], body: dict[str, Any] | None) -> Iterator[Shot]:
    """Every hostile request for one operation; `ids` and `body` make it a valid one."""
    path = route.path.format(**ids)
    query = _valid_query(route)
    raw = None if body is None else json.dumps(body).encode()
    yield from _in_path(route, ids, query, raw)
    for name, values in _parameters(route):
        yield from (Shot(f"{name}={value[:20]}", path, f"{name}={value}", raw) for value in values)
    yield from (Shot(f"query {value[:20]}", path, value, raw) for value in QUERIES)
    if body is not None:
        yield from (Shot(f"body {value[:20]!r}", path, query, value) for value in BODIES)
        yield from (
            Shot(f"{name}: {value[:20]}", path, query, _with(body, name, value))
            for name in body
            for value in STRINGS
        )


def _in_path(route: Route, ids: dict[str, Any], query: str, raw: bytes | None) -> Iterator[Shot]:
    for name in route.parameters:
        for value in PATH_IDS if name.endswith("_id") else PATH_TEXTS:
            path = route.path.format(**{**ids, name: value})
            yield Shot(f"{name} {value[:20]}", path, query, raw)


def _parameters(route: Route) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in route.query.__struct_encode_fields__ if route.query else ():
        yield name, {"limit": LIMITS, "cursor": CURSORS, "ids": ID_LISTS}.get(name, (*LIMITS, *PATH_TEXTS))


def _valid_query(route: Route) -> str:
    fields = route.query.__struct_encode_fields__ if route.query else ()
    if "ids" in fields:
        return "ids=7"
    return "others=true" if "others" in fields else ""


def _with(body: dict[str, Any], name: str, raw: str) -> bytes:
    """The body with one value replaced by JSON, or what pretends to be JSON."""
    parts = [f"{json.dumps(key)}:{raw if key == name else json.dumps(value)}" for key, value in body.items()]
    return ("{" + ",".join(parts) + "}").encode()
