"""The load itself: verbs of the slices, a few dozen to a transaction, several transactions at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol, TypeVar

from hubbub import graph, posts
from hubbub.accounts import ProfileChanges, find_account_ids, lock_account, update_profile
from hubbub.demo.graphs import zipf_counts
from hubbub.demo.people import DemoPerson
from hubbub.demo.words import TONGUES, write_comment, write_post
from hubbub.identity import Client, Identity, check_sign_up, register_person
from hubbub.interactions import like_post
from hubbub.platform.db import Tx
from hubbub.platform.services import Services

T = TypeVar("T")
R = TypeVar("R")
BATCH = 40
AT_ONCE = 4


class DemoExists(Exception):
    """Some of these people are here already, from an earlier demo."""


class Progress(Protocol):
    """Told how far a step is; the command line shows a bar, or plain lines."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to make. `follows` are (follower, followee) positions in `people`."""

    people: Sequence[DemoPerson]
    follows: Sequence[tuple[int, int]]
    password: str
    posts_each: int = 20
    likes: int = 0
    comments: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Summary:
    account_ids: list[int]
    follows: int
    posts: int
    likes: int
    comments: int


async def fill(services: Services, plan: Plan, *, progress: Progress) -> Summary:
    """Make everything of the plan. Raises DemoExists when one of its people is here."""
    async with services.db.connection() as tx:
        if await find_account_ids(tx, [person.handle for person in plan.people]):
            raise DemoExists
    password_hash = await services.part(Identity).hashing.hash(plan.password)
    loader = _Loader(services, Random(plan.seed), progress)
    account_ids = await loader.add_people(plan, password_hash)
    await loader.add_follows([(account_ids[a], account_ids[b]) for a, b in plan.follows])
    written = await loader.add_posts(plan, account_ids)
    likes = await loader.add_likes(plan, account_ids, written)
    comments = await loader.add_comments(plan, account_ids, written)
    return Summary(account_ids, len(plan.follows), len(written), likes, comments)


@dataclass(slots=True)
class _Loader:
    services: Services
    random: Random
    progress: Progress

    async def add_people(self, plan: Plan, password_hash: str) -> list[int]:
        async def add(tx: Tx, person: DemoPerson) -> int:
            new = check_sign_up(
                handle=person.handle,
                email=person.email,
                password=plan.password,
                display_name=person.display_name,
            )
            account, _ = await register_person(
                self.services,
                tx,
                person=new,
                password_hash=password_hash,
                client=Client(ip="127.0.0.1", user_agent="hubbub demo"),
                is_verified=True,
            )
            locked = await lock_account(tx, account.id)
            changes = ProfileChanges(bio=person.bio, locale=person.tongue.language)
            await update_profile(tx, account=locked, changes=changes)
            return account.id

        return await self._each("people", plan.people, add)

    async def add_follows(self, pairs: Sequence[tuple[int, int]]) -> None:
        async def add(tx: Tx, pair: tuple[int, int]) -> None:
            await graph.follow_account(tx, follower_id=pair[0], followee_id=pair[1])

        # A follower's follows take turns, and so do both follows of a pair: one transaction for each
        # follower, and never more than two at once, cannot wait for each other in a ring.
        by_follower: dict[int, list[tuple[int, int]]] = {}
        for pair in pairs:
            by_follower.setdefault(pair[0], []).append(pair)
        await self._groups("follows", list(by_follower.values()), add, at_once=2)

    async def add_posts(self, plan: Plan, account_ids: Sequence[int]) -> list[int]:
        drafts = [
            (author, write_post(self.random, plan.people[author].tongue), plan.people[author].tongue.language)
            for _ in range(plan.posts_each)
            for author in self.random.sample(range(len(account_ids)), len(account_ids))
        ]

        async def add(tx: Tx, each: tuple[int, str, str]) -> int:
            author, text, language = each
            draft = posts.Draft(text=text, language=language)
            return (await posts.create_post(tx, author_id=account_ids[author], draft=draft)).id

        return await self._each("posts", drafts, add)

    async def add_likes(self, plan: Plan, account_ids: Sequence[int], written: Sequence[int]) -> int:
        """Which posts are popular follows a Zipf law; nobody likes a post twice."""
        wanted = zipf_counts(self.random, len(written), plan.likes)
        pairs = [
            (post_id, fan)
            for post_id, count in zip(written, wanted, strict=True)
            for fan in self.random.sample(account_ids, min(count, len(account_ids)))
        ]
        self.random.shuffle(pairs)

        async def add(tx: Tx, pair: tuple[int, int]) -> None:
            await like_post(tx, post_id=pair[0], account_id=pair[1])

        await self._each("likes", pairs, add)
        return len(pairs)

    async def add_comments(self, plan: Plan, account_ids: Sequence[int], written: Sequence[int]) -> int:
        """Half answer a post, half answer the comment before them, so that there are conversations."""
        wanted = zipf_counts(self.random, len(written), plan.comments)
        talks = [
            (position, post_id, count)
            for position, (post_id, count) in enumerate(zip(written, wanted, strict=True))
            if count
        ]

        async def add(tx: Tx, talk: tuple[int, int, int]) -> int:
            position, post_id, count = talk
            # Of its own, since batches run at once and may run again.
            random = Random(f"{plan.seed} {position}")
            latest = post_id
            for _ in range(count):
                parent = latest if random.random() < 0.5 else post_id
                draft = posts.Draft(text=write_comment(random, random.choice(TONGUES)), reply_to=parent)
                author_id = random.choice(account_ids)
                latest = (await posts.create_post(tx, author_id=author_id, draft=draft)).id
            return count

        return sum(await self._each("comments", talks, add))

    async def _each(self, step: str, items: Sequence[T], add: Callable[[Tx, T], Awaitable[R]]) -> list[R]:
        """Apply a verb to every item, in order within a batch; results in the order of the items."""
        groups = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
        return await self._groups(step, groups, add, at_once=AT_ONCE)

    async def _groups(
        self, step: str, groups: Sequence[Sequence[T]], add: Callable[[Tx, T], Awaitable[R]], *, at_once: int
    ) -> list[R]:
        results: list[list[R]] = [[] for _ in groups]
        gate = asyncio.Semaphore(at_once)
        total = sum(map(len, groups))
        done = 0

        async def run(position: int) -> None:
            nonlocal done
            async with gate:
                results[position] = await self.services.db.write(partial(_apply, groups[position], add))
            done += len(groups[position])
            self.progress(step, done, total)

        await asyncio.gather(*(run(position) for position in range(len(groups))))
        return [result for group in results for result in group]


async def _apply(group: Sequence[T], add: Callable[[Tx, T], Awaitable[R]], tx: Tx) -> list[R]:
    return [await add(tx, item) for item in group]
