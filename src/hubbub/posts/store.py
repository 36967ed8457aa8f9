"""Posts as pages need them: this process, then Valkey, then PostgreSQL, which is the truth."""

import asyncio
import logging
from collections.abc import Collection, Iterable

import msgspec

from hubbub.platform.cache import LocalCache
from hubbub.platform.db import Database
from hubbub.platform.kept import keep, read_kept, take_back
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable
from hubbub.posts.fragments import StoredPost
from hubbub.posts.queries import posts as queries
from hubbub.posts.queries.posts import Post

log = logging.getLogger(__name__)

# Part of every key: raise it when the columns of a post change.
FORMAT = 3
LOCAL_BYTES = 64 * 1024 * 1024
# How stale a post may get when a change was missed and nobody noticed.
LOCAL_TTL_SECONDS = 15.0
VALKEY_TTL_MS = 6 * 3_600_000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Post).decode


class PostStore:
    """One per process."""

    def __init__(self, db: Database, valkey: Valkey) -> None:
        self._db = db
        self._valkey = valkey
        self._local: LocalCache[int, StoredPost] = LocalCache(
            max_bytes=LOCAL_BYTES,
            ttl_seconds=LOCAL_TTL_SECONDS,
            size_of=lambda stored: stored.size,
            on_drop=_end,
            name="posts",
        )
        self.writing: set[asyncio.Task[None]] = set()

    async def load(self, post_ids: Iterable[int]) -> dict[int, StoredPost]:
        """By id, deleted ones too, not yet judged; missing ones are left out."""
        return await self._local.get_or_load_many(list(dict.fromkeys(post_ids)), self._load)

    async def load_directly(self, post_ids: Iterable[int]) -> dict[int, StoredPost]:
        """From PostgreSQL, for when nothing cached can be believed; with what these point at."""
        wanted = list(dict.fromkeys(post_ids))
        if not wanted:
            return {}
        async with self._db.connection() as tx:
            return {post.id: StoredPost(post) for post in await queries.select_posts_and_related(tx, wanted)}

    def hear(self, post_ids: Collection[int]) -> None:
        """These have changed: forget them in this process."""
        for post_id in post_ids:
            self._local.invalidate(post_id)

    async def spread(self, post_ids: Collection[int]) -> None:
        """Take back what stands in Valkey. Raises ValkeyUnavailable."""
        await take_back(self._valkey, [_valkey_key(post_id) for post_id in post_ids])

    def forget_all(self) -> None:
        """For when changes may have been missed."""
        self._local.clear()

    async def _load(self, post_ids: Collection[int]) -> dict[int, StoredPost]:
        found = await self._read(post_ids)
        missing = [post_id for post_id in post_ids if post_id not in found]
        if missing:
            async with self._db.connection() as tx:
                selected = await queries.select_posts(tx, missing)
            self._write_behind(selected)
            found |= {post.id: StoredPost(post) for post in selected}
        return found

    async def _read(self, post_ids: Collection[int]) -> dict[int, StoredPost]:
        try:
            values = await read_kept(self._valkey, [_valkey_key(post_id) for post_id in post_ids])
        except (ValkeyUnavailable, ValkeyRefused):
            return {}
        found = {}
        for post_id, value in zip(post_ids, values, strict=True):
            post = _read_post(post_id, value) if value else None
            if post is not None:
                found[post_id] = StoredPost(post)
        return found

    def _write_behind(self, posts: list[Post]) -> None:
        """Behind the reader's back: nobody waits for a cache to be filled."""
        if posts:
            task = asyncio.create_task(self._write(posts))
            self.writing.add(task)
            task.add_done_callback(self.writing.discard)

    async def _write(self, posts: list[Post]) -> None:
        values = {_valkey_key(post.id): _encode(post) for post in posts}
        try:
            await keep(self._valkey, values, ttl_ms=VALKEY_TTL_MS)
        except (ValkeyUnavailable, ValkeyRefused):
            log.debug("posts are not kept in Valkey")


def _end(stored: StoredPost) -> None:
    stored.is_live = False


def _read_post(post_id: int, value: bytes) -> Post | None:
    """None for what cannot be shown, which is then loaded anew."""
    try:
        post = _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        log.warning("an unreadable entry in Valkey: %s", _valkey_key(post_id))
        return None
    return post if post.id == post_id else None


def _valkey_key(post_id: int) -> str:
    return f"post:{FORMAT}:{{{post_id}}}"
