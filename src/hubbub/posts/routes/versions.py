"""Validators of posts: the version, by which edits exclude each other, and a digest of all that is shown."""

import re
from hashlib import blake2b

from hubbub.platform.http import Reply, Request, quote_etag

_VERSION = re.compile(r'"(\d{1,9})(?:\.[0-9a-f]+)?"')


def versioned_post(body: bytes, version: int, *, status: int = 200, request: Request | None = None) -> Reply:
    """The post with its ETag; an empty 304 when the `request` says that the client holds just this."""
    etag = f"{version}.{blake2b(body, digest_size=6).hexdigest()}"
    headers = {"ETag": quote_etag(etag)}
    if request is not None and request.etag_matches(etag):
        return Reply(b"", 304, headers)
    return Reply(body, status, headers)


def expected_versions(request: Request) -> set[int] | None:
    """The versions that If-Match accepts; None when it accepts any. Counts moving on are no conflict."""
    given = request.header("if-match")
    if given is None or given.strip() == "*":
        return None
    return {int(version) for version in _VERSION.findall(given)}
