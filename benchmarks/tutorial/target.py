"""How the baseline wants to be asked for each operation of a workload."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import jwt
import msgspec

from hubbub.bench import Call, Person, Upgrade

PAGE_SIZE = 20
TOKEN_SECONDS = 7 * 86400

ROUTES = {
    "home": ("GET", "/feed"),
    "poll": ("GET", "/feed"),
    "profile": ("GET", "/users/{subject}"),
    "author": ("GET", "/users/{subject}/posts"),
    "thread": ("GET", "/posts/{subject}"),
    "notifications": ("GET", "/notifications"),
    "post": ("POST", "/posts"),
    "comment": ("POST", "/posts/{subject}/comments"),
    "like": ("POST", "/posts/{subject}/like"),
    "unlike": ("DELETE", "/posts/{subject}/like"),
    "follow": ("POST", "/users/{subject}/follow"),
    "unfollow": ("DELETE", "/users/{subject}/follow"),
    "login": ("POST", "/login"),
}


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorialTarget:
    name: str
    base_url: str
    processes: Mapping[str, int]
    database_url: str
    valkey_url: str
    secret: str
    password: str
    """Everybody's."""

    def pids(self) -> Mapping[str, int]:
        return self.processes

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
        method, path = ROUTES[operation]
        path = path.format(subject=subject) + (f"?page={cursor}" if cursor else "")
        headers = {"Accept": "application/json"}
        if operation != "login":
            headers["Authorization"] = f"Bearer {reader.token}"
        if operation == "poll" and etag:
            headers["If-None-Match"] = etag
        body = self._body(operation, reader, text)
        if body:
            headers["Content-Type"] = "application/json"
        return Call(method, path, headers, body)

    def _body(self, operation: str, reader: Person, text: str) -> bytes:
        if operation == "login":
            return msgspec.json.encode({"handle": reader.handle, "password": self.password})
        return msgspec.json.encode({"text": text}) if operation in ("post", "comment") else b""

    def next_cursor(self, body: bytes) -> str:
        page = msgspec.json.decode(body, type=_Page)
        return str(page.page + 1) if len(page.items) == PAGE_SIZE else ""

    def stream(self, reader: Person, resume_from: str = "") -> Upgrade:
        """Nothing is kept for those who were away, so there is nothing to resume."""
        return Upgrade(self.base_url, f"/live?token={reader.token}")

    async def sign_in(self, account_ids: Sequence[int]) -> list[Person]:
        """Tokens as a login gives them."""
        connection = await asyncpg.connect(self.database_url)
        try:
            rows = await connection.fetch("SELECT id, handle FROM users WHERE id = ANY($1)", account_ids)
        finally:
            await connection.close()
        handles = {row["id"]: row["handle"] for row in rows}
        return [Person(id_, handles[id_], self._token(id_)) for id_ in account_ids]

    def _token(self, user_id: int) -> str:
        now = int(time.time())
        claims = {"userId": str(user_id), "iat": now, "exp": now + TOKEN_SECONDS}
        return jwt.encode(claims, self.secret, algorithm="HS256")

    async def settle(self) -> None:
        """Nothing is left to do when a request has been answered."""
