"""From a post to the home lists of the author's followers: bounded slices, fair between authors."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hubbub.feeds.celebrities import Celebrities
from hubbub.feeds.home_lists import HomeLists
from hubbub.feeds.telling import FeedTelling, Pushed
from hubbub.graph import FollowerSlice, load_follower_slices, load_followers_among
from hubbub.platform.counters import CountKind, select_counts
from hubbub.platform.db import Tx
from hubbub.platform.ids import MAX_ID
from hubbub.posts import PostCreated
from hubbub.visibility import Visibility

SLICE = 2_000
# Slices of one author in one batch; what is left goes to the end of the queue.
SLICES = 4
# Lists after which a batch gives no author a further slice, whoever they are.
LISTS = 50_000
# Authors whose followers one statement reads.
AUTHORS = 20


@dataclass(frozen=True, slots=True)
class Work:
    """Posts of one author on their way to the followers whose follow is older than `before`."""

    author_id: int
    post_ids: tuple[int, ...]
    before: int = MAX_ID

    @property
    def is_begun(self) -> bool:
        return self.before < MAX_ID


@dataclass(frozen=True, slots=True)
class Left:
    """What a batch did not get to."""

    works: list[Work]
    untold: list[Work]
    """Of authors whom readers merge in: their followers who are connected are still to be told."""


@dataclass(frozen=True, slots=True)
class FanOut:
    lists: HomeLists
    celebrities: Celebrities
    telling: FeedTelling
    celebrity_followers: int
    slice_size: int = SLICE
    slices: int = SLICES

    async def deliver(self, tx: Tx, works: Iterable[Work]) -> Left:
        """Push, each author's first slice before anybody's second; then tell who is connected. Idempotent.

        The author's own list is one of the first slice. Raises ValkeyUnavailable or Unavailable.
        """
        await self.celebrities.known()
        ongoing, retired = self._sorted(works)
        pushed, lists = [await self._push_own(work) for work in retired], 0
        for _ in range(self.slices):
            if not ongoing or lists > LISTS:
                break
            left: list[Work] = []
            for start in range(0, len(ongoing), AUTHORS):
                some = ongoing[start : start + AUTHORS]
                found = await load_follower_slices(
                    tx, [(work.author_id, work.before) for work in some], limit=self.slice_size
                )
                pushed += await self._push(some, found)
                await self._retire(tx, some, found)
                lists += sum(len(each.account_ids) for each in found)
                left += self._left(some, found)
            ongoing = left
        await self.telling.tell(tx, pushed)
        return Left(ongoing, retired)

    async def deliver_mentioned(self, tx: Tx, post: PostCreated) -> None:
        """Only mentioned followers may see it; in other lists it would only be passed over."""
        followers = await load_followers_among(tx, account_id=post.author_id, account_ids=post.mentioned_ids)
        readers = [post.author_id, *followers]
        await self.lists.push(readers, [post.post_id])
        await self.telling.tell(tx, [Pushed(post.author_id, (post.post_id,), readers)])

    def _sorted(self, works: Iterable[Work]) -> tuple[list[Work], list[Work]]:
        """Those to push, and those of authors whom readers merge in. What was begun is finished."""
        ongoing: list[Work] = []
        retired: list[Work] = []
        for work in works:
            is_merged_in = self.celebrities.is_retired(work.author_id) and not work.is_begun
            (retired if is_merged_in else ongoing).append(work)
        return ongoing, retired

    async def _push_own(self, work: Work) -> Pushed:
        await self.lists.push([work.author_id], work.post_ids)
        return Pushed(work.author_id, work.post_ids, [work.author_id])

    async def _push(self, works: Sequence[Work], found: Sequence[FollowerSlice]) -> list[Pushed]:
        pushed = [
            Pushed(
                work.author_id,
                work.post_ids,
                each.account_ids if work.is_begun else [work.author_id, *each.account_ids],
            )
            for work, each in zip(works, found, strict=True)
        ]
        await asyncio.gather(*(self.lists.push(each.account_ids, each.post_ids) for each in pushed))
        return pushed

    async def _retire(self, tx: Tx, works: Sequence[Work], found: Sequence[FollowerSlice]) -> None:
        """Only of authors whose first slice could be that of a celebrity the followers are counted."""
        enough = min(self.celebrity_followers, self.slice_size)
        large = [
            work.author_id
            for work, each in zip(works, found, strict=True)
            if not work.is_begun and len(each.account_ids) >= enough
        ]
        counts = await select_counts(tx, large)
        famous = [
            author_id
            for author_id in large
            if counts[author_id][CountKind.FOLLOWERS] > self.celebrity_followers
        ]
        if famous:
            await self.celebrities.add(tx, famous)

    def _left(self, works: Sequence[Work], found: Sequence[FollowerSlice]) -> list[Work]:
        return [
            replace(work, before=each.before)
            for work, each in zip(works, found, strict=True)
            if len(each.account_ids) == self.slice_size
        ]


def works_of(posts: Iterable[PostCreated]) -> list[Work]:
    """One for each author, but for posts that are not for all followers."""
    by_author: dict[int, list[int]] = {}
    for post in posts:
        if not is_for_some(post):
            by_author.setdefault(post.author_id, []).append(post.post_id)
    return [Work(author_id, tuple(post_ids)) for author_id, post_ids in by_author.items()]


def is_for_some(post: PostCreated) -> bool:
    return post.visibility == Visibility.MENTIONED
