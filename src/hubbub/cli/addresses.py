"""Addresses that are given on the command line."""

from contextlib import suppress
from urllib.parse import urlsplit

import click


def origin(url: str, *, hint: str) -> str:
    """The address of an API, without a path. Raises BadParameter for what is none."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    port = None
    with suppress(ValueError):
        port = parts.port or 0
    if parts.scheme not in ("http", "https") or not parts.hostname or port is None:
        raise click.BadParameter("must be an address such as http://127.0.0.1:8000", param_hint=hint)
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise click.BadParameter("must have no path, user or parameters", param_hint=hint)
    return f"{parts.scheme}://{parts.netloc}"
