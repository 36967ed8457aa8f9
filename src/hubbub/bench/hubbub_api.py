"""How Hubbub is asked for each operation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hubbub.bench.target import Call, Person
from hubbub.bench.websocket import Upgrade, by_token

NEXT = b'"next":"'
COMMON = {"Accept": "application/json", "User-Agent": "hubbub bench"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class _What:
    subject: int
    cursor: str
    text: str


PATHS: Mapping[str, tuple[str, Callable[[_What], str]]] = {
    "home": ("GET", lambda what: _paged("/v1/feeds/home", what.cursor)),
    "poll": ("GET", lambda what: "/v1/feeds/home"),
    "profile": ("GET", lambda what: f"/v1/accounts/{what.subject}"),
    "author": ("GET", lambda what: _paged(f"/v1/accounts/{what.subject}/posts", what.cursor)),
    "thread": ("GET", lambda what: f"/v1/posts/{what.subject}/thread"),
    "notifications": ("GET", lambda what: "/v1/notifications"),
    "post": ("POST", lambda what: "/v1/posts"),
    "comment": ("POST", lambda what: f"/v1/posts/{what.subject}/comments"),
    "like": ("PUT", lambda what: f"/v1/posts/{what.subject}/like"),
    "unlike": ("DELETE", lambda what: f"/v1/posts/{what.subject}/like"),
    "follow": ("PUT", lambda what: f"/v1/accounts/{what.subject}/follow"),
    "unfollow": ("DELETE", lambda what: f"/v1/accounts/{what.subject}/follow"),
    "login": ("POST", lambda what: "/v1/auth/login"),
}


class HubbubApi:
    """Hubbub's own HTTP API."""

    def __init__(self, base_url: str, *, password: str = "", visibility: str = "public") -> None:
        self._base_url = base_url
        self._password = password
        self._visibility = visibility
        self._headers: dict[int, Mapping[str, str]] = {}

    @property
    def name(self) -> str:
        return "Hubbub"

    @property
    def base_url(self) -> str:
        return self._base_url

    def request(
        self,
        operation: str,
        reader: Person,
        *,
        subject: int = 0,
        cursor: str = "",
        etag: str = "",
        text: str = "",
    ) -> Call:
        method, path = PATHS[operation]
        headers, body = self._headers_of(reader), b""
        if operation == "login":
            headers = COMMON | JSON
            body = to_json({"login": reader.handle, "password": self._password})
        elif text:
            shown = {"visibility": self._visibility} if operation == "post" else {}
            headers, body = {**headers, **JSON}, to_json({"text": text, **shown})
        if etag:
            headers = {**headers, "If-None-Match": etag}
        return Call(method, path(_What(subject, cursor, text)), headers, body)

    def call(self, reader: Person, method: str, path: str, body: Mapping[str, Any] | None = None) -> Call:
        """What is no operation of a workload."""
        headers = self._headers_of(reader)
        if body is None:
            return Call(method, path, headers)
        return Call(method, path, {**headers, **JSON}, to_json(body))

    def next_cursor(self, body: bytes) -> str:
        # Of the page itself, not of something in it: it stands behind the items.
        start = body.rfind(NEXT)
        if start < 0:
            return ""
        start += len(NEXT)
        return body[start : body.find(b'"', start)].decode("ascii")

    def stream(self, reader: Person, resume_from: str = "") -> Upgrade:
        return by_token(self._base_url, reader.token, resume_from=resume_from)

    def _headers_of(self, reader: Person) -> Mapping[str, str]:
        headers = self._headers.get(reader.id)
        if headers is None:
            bearer = {"Authorization": f"Bearer {reader.token}"} if reader.token else {}
            headers = self._headers[reader.id] = {**COMMON, **bearer}
        return headers


def _paged(path: str, cursor: str) -> str:
    return f"{path}?cursor={cursor}" if cursor else path


def to_json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()
