"""Cross-origin rules: the origins of the settings and no other. No cookies, so no credentials."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from hubbub.errors import NotAllowed

Headers = list[tuple[bytes, bytes]]

EXPOSED = (
    "ETag, Link, Location, Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit, RateLimit-Policy, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Deprecation, Sunset"
)
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
ACCEPTED = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
)
PREFLIGHT_SECONDS = 7200
VARY = (b"vary", b"Origin")


class ForeignOrigin(NotAllowed):
    code = "foreign_origin"
    message = "Pages of this origin may not open streams here; see HUBBUB_CORS_ORIGINS."


class Cors:
    def __init__(self, origins: Sequence[str], public_url: str = "") -> None:
        self.is_on = bool(origins)
        self._is_any = "*" in origins
        self._own = "{0.scheme}://{0.netloc}".format(urlsplit(public_url)).encode() if public_url else b""
        self._origins = frozenset(origin.rstrip("/").encode() for origin in origins)

    def admits(self, origin: bytes, host: bytes) -> bool:
        """Whether a page of this origin may open a WebSocket: those that may call, and our own."""
        own = (self._own, b"http://" + host, b"https://" + host)
        return self._is_any or origin in self._origins or (origin in own and origin != b"")

    def headers(self, origin: bytes | None) -> Headers:
        """Of any answer; without the Allow-Origin for a stranger."""
        allowed = self._allowed(origin)
        if allowed is None:
            return [VARY] if not self._is_any else []
        found = [
            (b"access-control-allow-origin", allowed),
            (b"access-control-expose-headers", EXPOSED.encode()),
        ]
        return found if self._is_any else [VARY, *found]

    def preflight(self, origin: bytes) -> Headers:
        """What the answer to a preflight has beside `headers`."""
        if self._allowed(origin) is None:
            return []
        return [
            (b"access-control-allow-methods", METHODS.encode()),
            (b"access-control-allow-headers", ACCEPTED.encode()),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
        ]

    def _allowed(self, origin: bytes | None) -> bytes | None:
        if origin is None:
            return None
        if self._is_any:
            return b"*"
        return origin if origin in self._origins else None
