"""Tells whoever is connected that something new stands in their home feed."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from hubbub.graph import load_followers_among, load_muters_among
from hubbub.platform.db import Tx
from hubbub.platform.live import LiveLog, Told
from hubbub.posts import Hydrated, Post, load_posts
from hubbub.visibility import load_facts_of_many

# Connected accounts that are looked through at a time for followers of a celebrity; chunks of one batch.
CHUNK = 2_000
CHUNKS = 10


class Pushed(NamedTuple):
    """Posts of one author that were pushed to the lists of these accounts."""

    author_id: int
    post_ids: tuple[int, ...]
    account_ids: Sequence[int]


class _New(msgspec.Struct, frozen=True):
    feed: str
    post_id: str
    author_id: str


class FeedTelling:
    """Only accounts with an open log are judged and told, so that the others cost one look for thousands."""

    def __init__(self, log: LiveLog) -> None:
        self._log = log

    async def tell(self, tx: Tx, pushed: Iterable[Pushed]) -> None:
        """Idempotent. Raises Unavailable."""
        live = [each._replace(account_ids=await self._log.among(each.account_ids)) for each in pushed]
        live = [each for each in live if each.account_ids]
        if not live:
            return
        posts = await load_posts(tx, {post_id for each in live for post_id in each.post_ids})
        for each in live:
            for post_id in each.post_ids:
                post = posts.get(post_id)
                if post is None or post.is_deleted:
                    continue
                if post.repost_of is None:
                    readers = await _without_muters(tx, post, each.account_ids)
                else:
                    readers = await _judged(tx, post, posts, each.account_ids)
                await self._log.tell(_told(post, readers))

    async def tell_followers(
        self, tx: Tx, *, author_id: int, post_ids: Sequence[int], cursor: int
    ) -> int | None:
        """Those of connected accounts that follow an author who is not pushed; as many as one batch serves.

        Returns where the next batch begins; None when all have been told.
        """
        for _ in range(CHUNKS):
            cursor, account_ids = await self._log.scan(cursor, count=CHUNK)
            followers = await load_followers_among(tx, account_id=author_id, account_ids=account_ids)
            await self.tell(tx, [Pushed(author_id, tuple(post_ids), followers)])
            if cursor == 0:
                return None
        return cursor


async def _without_muters(tx: Tx, post: Post, account_ids: Sequence[int]) -> list[int]:
    """Followers may see what their author writes; a mute keeps it out of their feed."""
    muters = await load_muters_among(
        tx, account_id=post.author_id, account_ids=account_ids, scopes=("all", "posts")
    )
    return [account_id for account_id in account_ids if account_id not in muters]


async def _judged(tx: Tx, post: Post, posts: dict[int, Post], account_ids: Sequence[int]) -> list[int]:
    """What a repost points at may be hidden from some, or muted."""
    target = posts.get(post.repost_of or 0)
    authors = {post.author_id, *([target.author_id] if target else ())}
    facts = await load_facts_of_many(tx, [(reader, author) for reader in account_ids for author in authors])
    readers = []
    for reader in account_ids:
        hydrated = Hydrated(posts, facts[reader])
        seen = hydrated.find(post.id)
        if seen is not None and not hydrated.is_muted(seen):
            readers.append(reader)
    return readers


def _told(post: Post, readers: Collection[int]) -> list[Told]:
    data = msgspec.json.encode(_New("home", str(post.id), str(post.author_id)))
    key = str(post.id)
    return [Told(reader, "feed", data, key, (post.author_id,), post.id) for reader in readers]
