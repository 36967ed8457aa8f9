"""Headers that every answer carries, whatever the handler said."""

from urllib.parse import urlsplit

Headers = list[tuple[bytes, bytes]]

# For answers that are no pages; the documentation page brings its own.
API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
NO_STORE = (b"cache-control", b"private, no-store")

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000")


def security_headers(public_url: str) -> Headers:
    """Without the content policy, which differs by path and may be set by a handler."""
    return [*_ALWAYS, _HSTS] if urlsplit(public_url).scheme == "https" else list(_ALWAYS)


def refusal_headers(request_id: str) -> Headers:
    """Of an answer given before a request was understood."""
    return [
        *_ALWAYS,
        API_POLICY,
        (b"x-request-id", request_id.encode()),
    ]
