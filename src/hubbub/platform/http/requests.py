"""One HTTP request as handlers see it: who asks, what they sent, and how to write exactly once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote

from hubbub.errors import PreconditionFailed, Unauthorized
from hubbub.platform.db import Database, Tx
from hubbub.platform.http.replies import Reply, encode_reply, join_page, quote_etag
from hubbub.platform.idempotency import StoredReply, run_once
from hubbub.platform.paging import DEFAULT_LIMIT, Page, Slice, Window
from hubbub.platform.services import Services
from hubbub.platform.valkey import Ask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account on whose behalf a request runs."""

    id: int
    session_id: int
    role: str = "member"
    expires_at: int = field(default=0, compare=False)
    """When the access token ends, in Unix seconds; 0 if that is not known."""

    @property
    def is_staff(self) -> bool:
        return self.role != "member"


class Request:
    """Built once per request; nothing in it outlives the answer."""

    __slots__ = (
        "_body",
        "_headers",
        "_viewer",
        "ahead",
        "client_ip",
        "method",
        "operation",
        "path",
        "query_string",
        "reply_headers",
        "request_id",
        "scope",
        "services",
        "status",
    )

    def __init__(self, scope: Any, services: Services, *, operation: str, status: int, body: bytes) -> None:
        self.scope = scope
        self.services = services
        self.operation = operation
        self.status = status
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        self.request_id: str = scope.get("state", {}).get("request_id", "")
        self.client_ip = ""
        self.ahead: Ask[Any] | None = None
        """What the route asked for along with the rate budget (`ahead=`)."""
        self.reply_headers: list[tuple[bytes, bytes]] = []
        self._viewer: Viewer | None = None
        self._body = body
        self._headers: dict[bytes, bytes] | None = None

    # Who asks

    @property
    def viewer(self) -> Viewer:
        """Raises Unauthorized without a valid token."""
        if self._viewer is None:
            raise Unauthorized
        return self._viewer

    @property
    def viewer_or_none(self) -> Viewer | None:
        return self._viewer

    @property
    def viewer_id(self) -> int:
        """The viewer's account id, or 0 for nobody."""
        return self._viewer.id if self._viewer else 0

    def identify(self, viewer: Viewer | None) -> None:
        self._viewer = viewer

    # What they sent

    @property
    def db(self) -> Database:
        return self.services.db

    @property
    def body(self) -> bytes:
        return self._body

    def header(self, name: str) -> str | None:
        """By lower-case name; of a repeated header the last counts."""
        if self._headers is None:
            self._headers = dict(self.scope["headers"])
        value = self._headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    # Writing exactly once

    async def write(self, effect: Callable[[Tx], Awaitable[Any]]) -> Reply:
        """Run `effect` in one transaction, at most once per Idempotency-Key, and encode what it returns.

        `effect` may run again when its transaction lost to another, so it touches nothing outside.
        """
        key = self.header("idempotency-key")
        if key is None or self.method not in ("POST", "PATCH"):
            return encode_reply(await self.db.write(effect), self.status)

        async def stored(tx: Tx) -> StoredReply:
            reply = encode_reply(await effect(tx), self.status)
            return StoredReply(reply.status, dict(reply.headers), reply.body)

        target = f"{self.method} {self.path}?{self.query_string.decode('latin-1')}\n".encode()
        reply, is_replay = await run_once(
            self.db,
            account_id=self.viewer_id,
            key=key,
            request_fingerprint=target + self._body,
            effect=stored,
        )
        headers = {**reply.headers, "Idempotency-Replayed": "true"} if is_replay else dict(reply.headers)
        return Reply(reply.body, reply.status, headers)

    async def rehearse(self, effect: Callable[[Tx], Awaitable[Any]]) -> Reply:
        """Answer 200 with what `write` would answer with, and leave everything as it was."""
        return replace(encode_reply(await self.db.rehearse(effect), 200), status=200)

    # Conditional requests

    def etag_matches(self, etag: str) -> bool:
        """Whether the client already holds this version (If-None-Match, weak comparison)."""
        given = self.header("if-none-match")
        return given is not None and _listed(given, etag)

    def require_match(self, etag: str) -> None:
        """Raises PreconditionFailed when If-Match names another version than this one."""
        given = self.header("if-match")
        if given is not None and not _listed(given, etag):
            raise PreconditionFailed(f"{given} is not {etag}")

    # Pages

    def window(self, cursor: str | None, limit: int = DEFAULT_LIMIT, *, newest_first: bool = True) -> Window:
        """The scan that a cursor of this list names, or its beginning. Raises BadCursor."""
        if cursor is None:
            return Window(limit=limit) if newest_first else Window(limit=limit, position=0)
        return self.services.cursors.read(self._cursor_scope, cursor, limit)

    def page(self, window: Window, slice_: Slice[T]) -> Page[T]:
        """Cut a page out of a scan, with cursors both ways and the same in the Link header."""
        items, older, newer = self._cut(window, slice_)
        return Page(tuple(items), older, newer)

    def join_page(self, window: Window, slice_: Slice[bytes]) -> Reply:
        """The same for items that are JSON already."""
        items, older, newer = self._cut(window, slice_)
        return Reply(join_page(items, older, newer))

    def _cut(self, window: Window, slice_: Slice[T]) -> tuple[list[T], str | None, str | None]:
        items = slice_.items
        first, last = (slice_.first, slice_.first_rank), (slice_.last, slice_.last_rank)
        if window.is_back:
            items, older, newer = items[::-1], self._cursor(first), self._cursor(last, is_back=True)
        else:
            older = self._cursor(last)
            newer = None if window.is_first else self._cursor(first, is_back=True)
        self._link(older, newer)
        return items, older, newer

    def _cursor(self, place: tuple[int | None, int], *, is_back: bool = False) -> str | None:
        position, rank = place
        if position is None:
            return None
        return self.services.cursors.write(self._cursor_scope, position, is_back=is_back, rank=rank)

    @property
    def _cursor_scope(self) -> str:
        """The list that a cursor belongs to: its order and filters too, whatever the limit."""
        return f"{self.operation} {self.path}?{self._other_parameters('limit')} {self.viewer_id}"

    def _link(self, older: str | None, newer: str | None) -> None:
        path = quote(self.path, safe="/@:~")
        links = [
            f'<{self.services.public_url}{path}?{self._other_parameters()}cursor={cursor}>; rel="{rel}"'
            for cursor, rel in ((older, "next"), (newer, "prev"))
            if cursor is not None
        ]
        if links:
            self.reply_headers.append((b"link", ", ".join(links).encode("latin-1")))

    def _other_parameters(self, *left_out: str) -> str:
        parts = self.query_string.decode("latin-1").split("&")
        names = ("cursor", *left_out)
        return "".join(f"{part}&" for part in parts if part and part.partition("=")[0] not in names)


def _listed(header: str, etag: str) -> bool:
    if header.strip() == "*":
        return True
    bare = quote_etag(etag).removeprefix("W/")
    return any(part.strip().removeprefix("W/") == bare for part in header.split(","))
