"""Ids of what somebody wrote, kept for their page under the part of their stamp that changes with it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from hubbub.platform.cache import LocalCache
from hubbub.platform.http import Request, parse_id
from hubbub.platform.paging import Window
from hubbub.platform.stamps import Stamps
from hubbub.platform.valkey import Ask
from hubbub.posts.queries.lists import Candidate

LOCAL_BYTES = 16 * 1024 * 1024
LOCAL_TTL_SECONDS = 60.0
Key = tuple[int, bool, Window]
Select = Callable[[Window], Awaitable[Sequence[Candidate]]]


class AuthoredIds:
    """One per process: windows of author pages, with or without comments."""

    def __init__(self) -> None:
        self._local: LocalCache[Key, tuple[str, Sequence[Candidate]]] = LocalCache(
            max_bytes=LOCAL_BYTES,
            ttl_seconds=LOCAL_TTL_SECONDS,
            size_of=lambda held: 120 * len(held[1]) + 200,
        )

    async def load(self, key: Key, stamp: str | None, select: Select) -> Sequence[Candidate]:
        """What `select` gave under this stamp of the author; without one, what it gives now."""
        window = key[2]
        if stamp is None:
            return await select(window)
        era, _, _, part = stamp.split(".")
        under = f"{era}.{part}"
        held = self._local.get(key)
        if held is not None and held[0] == under:
            return held[1]
        found = await select(window)
        self._local.put(key, (under, found))
        return found


def ask_two(request: Request) -> Ask[list[str]] | None:
    """For `ahead=` of an author page: the stamps of the author and, if there is one, of the viewer."""
    author_id = parse_id(request.path.split("/")[3])
    viewer = request.viewer_or_none
    if author_id is None:
        return None
    asked = [author_id] if viewer is None else [viewer.id, author_id]
    return request.services.part(Stamps).look_at(asked)


def plain(window: Window) -> Window:
    """Without what makes no difference to the ids in it."""
    return replace(window, rank=0, is_first=True)
