"""Polls, votes in them, and their ends, for tests of several files."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.support.world import Person, World

SECONDS = 600


async def ask(world: World, by: Person, *options: str, **fields: Any) -> dict[str, Any]:
    """A post with a poll, as its author sees it."""
    poll = {"options": options or ("Tea", "Coffee", "Water"), "expires_in": SECONDS}
    about = {name: fields.pop(name) for name in ("multiple", "hide_counts") if name in fields}
    return await world.write(by, "What shall it be?", poll=poll | about, **fields)


async def vote(world: World, by: Person, post: dict[str, Any], *choices: int) -> httpx.Response:
    return await world.put(f"/v1/posts/{post['id']}/vote", by=by, json={"choices": choices})


async def poll_of(world: World, post: dict[str, Any], by: Person | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await world.get(f"/v1/posts/{post['id']}", by=by)).json()["poll"]
    return found


def votes_of(poll: dict[str, Any]) -> list[int | None]:
    return [option["votes"] for option in poll["options"]]


def pass_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the clock goes on until all polls are closed."""
    later = SimpleNamespace(time=lambda: datetime.now(UTC).timestamp() + SECONDS + 1)
    for module in ("hubbub.posts.polls", "hubbub.feeds.home"):
        monkeypatch.setattr(f"{module}.time", later)


async def set_ends(world: World, posts: Sequence[dict[str, Any]], *, ago: timedelta) -> None:
    """As the worker finds polls that ended some time ago."""
    await world.rows(
        "UPDATE open_polls SET ends_at = now() - $2::interval WHERE post_id = ANY($1) RETURNING 1",
        [int(post["id"]) for post in posts],
        ago,
    )
