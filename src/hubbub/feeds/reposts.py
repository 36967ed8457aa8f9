"""A post that several people pass on stands once in a home feed, where it came first, and says who they are.

An entry is left out when an older one of the same original stands within a day before it: so what has
been shown never moves or goes because something new arrives.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from hubbub.feeds import queries
from hubbub.platform.cache import LocalCache
from hubbub.platform.db import Database
from hubbub.posts import Post, Reader
from hubbub.visibility import may_see_account

# Within which a post is not shown again, in the unit of ids (milliseconds shifted by 22 bits).
DAY = 86_400_000 << 22
# Newest of one post that are looked at.
NEWEST = 100
SHOWN = 5
LOCAL_BYTES = 16 * 1024 * 1024
LOCAL_TTL_SECONDS = 120.0


class Repost(NamedTuple):
    id: int
    author_id: int


class Reposts:
    """Who passed posts on lately, whoever asks; one per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._local: LocalCache[int, tuple[Repost, ...]] = LocalCache(
            max_bytes=LOCAL_BYTES,
            ttl_seconds=LOCAL_TTL_SECONDS,
            size_of=lambda reposts: 120 * len(reposts),
            name="reposts",
        )

    async def load(self, post_ids: Collection[int], *, is_direct: bool) -> dict[int, tuple[Repost, ...]]:
        """Oldest first."""
        if is_direct:
            return await self._load(post_ids)
        return await self._local.get_or_load_many(post_ids, self._load)

    def hear(self, post_ids: Collection[int]) -> None:
        """Counts of these have changed, perhaps since they were passed on."""
        for post_id in post_ids:
            self._local.invalidate(post_id)

    def forget_all(self) -> None:
        self._local.clear()

    async def _load(self, post_ids: Collection[int]) -> dict[int, tuple[Repost, ...]]:
        if not post_ids:
            return {}
        found: dict[int, list[Repost]] = {post_id: [] for post_id in post_ids}
        async with self._db.connection() as tx:
            rows = await queries.select_reposts(tx, post_ids=list(post_ids), limit=NEWEST)
        for original, id_, author_id in rows:
            found[original].append(Repost(id_, author_id))
        return {original: tuple(sorted(reposts)) for original, reposts in found.items()}


class Gathered:
    """The reposts of one page's originals that its reader is shown, so far as they are loaded."""

    def __init__(self, reader: Reader, excluded: Collection[int]) -> None:
        self._reader = reader
        self._excluded = excluded
        self._by_original: dict[int, list[Repost]] = {}

    async def load(self, original_ids: Iterable[int]) -> None:
        reader = self._reader
        wanted = {id_ for id_ in original_ids if id_ not in self._by_original}
        if not wanted:
            return
        found = await reader.services.part(Reposts).load(wanted, is_direct=reader.is_direct)
        if reader.viewer.relations is None:
            await reader.load_people({each.author_id for reposts in found.values() for each in reposts})
        # Of few of many reposts the authors are followed; only these are loaded.
        near = {
            original: [each for each in reposts if self._is_near(each.author_id)]
            for original, reposts in found.items()
        }
        await reader.load_people({each.author_id for reposts in near.values() for each in reposts})
        self._by_original |= {
            original: [each for each in reposts if self._is_shown(each.author_id)]
            for original, reposts in near.items()
        }

    def has_older(self, entry: Post) -> bool:
        """Whether the feed shows the original of this repost within the day before it."""
        if entry.repost_of is None:
            return False
        original = self._reader.hydrated.find(entry.repost_of)
        earliest = entry.id - DAY
        if original is not None and original.id >= earliest and self._stands(original):
            return True
        reposts = self._by_original.get(entry.repost_of, ())
        return any(earliest <= each.id < entry.id for each in reposts)

    def by(self, original_id: int) -> list[bytes]:
        """Cards of the first few who passed it on."""
        people, cards = self._reader.people, []
        for each in self._by_original.get(original_id, ())[:SHOWN]:
            person = people.get(each.author_id)
            if person is not None:
                cards.append(bytes(person.json))
        return cards

    def _stands(self, original: Post) -> bool:
        """Whether the original itself is an entry of this feed."""
        if original.parent_id is not None or self._reader.hydrated.is_muted(original):
            return False
        return self._is_near(original.author_id)

    def _is_near(self, author_id: int) -> bool:
        facts = self._reader.hydrated.facts
        if author_id == facts.viewer_id:
            return True
        return facts.relation(author_id).follows and author_id not in self._excluded

    def _is_shown(self, author_id: int) -> bool:
        facts = self._reader.hydrated.facts
        relation = facts.relation(author_id)
        is_hidden = relation.blocks or relation.mutes in ("all", "reposts")
        return not is_hidden and may_see_account(facts, author_id)


def originals_of(posts: Sequence[Post], reposts: Mapping[int, int]) -> set[int]:
    """What these pass on, and those of them that were passed on, by their counts of reposts."""
    passed_on = {post.repost_of for post in posts if post.repost_of is not None}
    return passed_on | {post.id for post in posts if post.repost_of is None and reposts.get(post.id)}
