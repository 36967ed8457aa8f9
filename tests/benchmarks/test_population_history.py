"""The made-up population leaves the tables as the verbs would have, had the same people used them."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.population import PASSWORD, Population, load
from benchmarks.population.follows import Follows
from benchmarks.population.people import Newcomer, People
from benchmarks.population.writing import Settled, Writing, Written
from hubbub import graph, interactions, posts
from hubbub.accounts import ProfileChanges, lock_account, update_profile
from hubbub.identity import Client, check_sign_up, register_person
from hubbub.platform.db import Tx
from hubbub.worker import fold_pending_counts
from tests.benchmarks.test_population import SMALL, NewUrl, look
from tests.support.world import World, hash_of_password, open_world, settings_for

# What belongs to running processes or to devices, not to the people of a population.
NOT_OF_PEOPLE = {
    "schema_migrations",
    "id_workers",
    "outbox_lanes",
    "periodic_jobs",
    "signing_keys",
    "sessions",
}
# These would be several rows for each like and follow; benchmarks have those that `notify_of_likes` makes.
NOT_MADE = {"notification_groups", "notification_actors"}


class Verbs:
    """The same history, told to the services."""

    def __init__(self, world: World, plan: Population) -> None:
        self._world = world
        self._plan = plan
        self.account_ids: list[int] = []
        self.post_ids: dict[int, int] = {}
        """By the ids that the population gives them."""

    async def tell(self) -> None:
        people = People(self._plan)
        for newcomer in people.newcomers():
            self.account_ids.append(await self._register(newcomer))
        for follower, followees in Follows(people).lists():
            for followee in followees:
                await self._follow(self.account_ids[follower], self.account_ids[followee])
        for happening in Writing(people).happenings():
            if isinstance(happening, Written):
                self.post_ids[happening.id] = await self._write(happening)
            else:
                await self._settle(happening)
        await self._world.settle()
        await fold_pending_counts(self._world.db)

    async def _register(self, newcomer: Newcomer) -> int:
        person = check_sign_up(
            handle=newcomer.handle,
            email=newcomer.email,
            password=PASSWORD,
            display_name=newcomer.display_name,
        )
        async with self._world.db.transaction() as tx:
            account, _ = await register_person(
                self._world.services,
                tx,
                person=person,
                password_hash=hash_of_password(),
                client=Client(ip="127.0.0.1", user_agent="tests"),
                is_verified=True,
            )
            locked = await lock_account(tx, account.id)
            changes = ProfileChanges(
                bio=newcomer.bio, locale=newcomer.language, is_private=newcomer.is_private
            )
            await update_profile(tx, account=locked, changes=changes)
        return account.id

    async def _follow(self, follower_id: int, followee_id: int) -> None:
        async with self._world.db.transaction() as tx:
            made = await graph.follow_account(tx, follower_id=follower_id, followee_id=followee_id)
            if made.requested:
                await graph.accept_follow_request(tx, account_id=followee_id, requester_id=follower_id)

    async def _write(self, written: Written) -> int:
        author_id = self.account_ids[written.author]
        async with self._world.db.transaction() as tx:
            if written.target is not None:
                return await self._repost(tx, self.post_ids[written.target.id], author_id)
            assert written.wording is not None
            draft = posts.Draft(
                text=written.wording.text,
                visibility=None if written.parent else written.visibility,
                reply_to=self.post_ids[written.parent.id] if written.parent else None,
                quote=self.post_ids[written.quoted.id] if written.quoted else None,
            )
            return (await posts.create_post(tx, author_id=author_id, draft=draft)).id

    async def _repost(self, tx: Tx, post_id: int, account_id: int) -> int:
        await interactions.repost_post(tx, post_id=post_id, account_id=account_id)
        found: int = await tx.fetchval(
            "SELECT id FROM posts WHERE repost_of = $1 AND author_id = $2", post_id, account_id
        )
        return found

    async def _settle(self, settled: Settled) -> None:
        post_id = self.post_ids[settled.post.id]
        async with self._world.db.transaction() as tx:
            for fan, _ in settled.likes:
                await interactions.like_post(tx, post_id=post_id, account_id=self.account_ids[fan])
            for fan, _ in settled.bookmarks:
                await interactions.bookmark_post(tx, post_id=post_id, account_id=self.account_ids[fan])


@pytest.fixture
async def world(database_url: str, valkey_url: str, clean: None, tmp_path: Path) -> AsyncIterator[World]:
    """One in which eight followers make a celebrity."""
    settings = settings_for(database_url, valkey_url, tmp_path)
    feeds = replace(settings.feeds, celebrity_followers=SMALL.celebrity_followers)
    async with open_world(replace(settings, feeds=feeds)) as world:
        yield world


async def test_the_end_state_is_that_of_the_verbs(world: World, fresh_database_url: NewUrl) -> None:
    verbs = Verbs(world, SMALL)
    url = fresh_database_url()

    await verbs.tell()
    await load(url, SMALL)

    people = People(SMALL)
    copied_names = {id_: f"person {place}" for place, id_ in enumerate(people.ids)}
    copied_names |= {id_: f"post {place}" for place, id_ in enumerate(verbs.post_ids)}
    told_names = {id_: f"person {place}" for place, id_ in enumerate(verbs.account_ids)}
    told_names |= {id_: f"post {place}" for place, id_ in enumerate(verbs.post_ids.values())}
    async with world.db.connection() as tx:
        told = await dump(tx, told_names)
    copied = await look(url, lambda tx: dump(tx, copied_names))
    assert sorted(told) == sorted(copied)
    for table, rows in told.items():
        assert rows == copied[table], table
    empty = {table for table, rows in copied.items() if not rows}
    assert {"outbox", "count_deltas", "preferences", "follow_requests", "dead_letters"} <= empty
    assert not empty & {
        "posts",
        "post_tags",
        "comment_ranks",
        "reactions",
        "bookmarks",
        "counts",
        "follows",
        "celebrities",
    }


async def dump(tx: Any, names: dict[int, str]) -> dict[str, Counter[str]]:
    """Every row of every table, ids told by name; rows that have only an id of their own in its order."""
    tables = await tx.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = {}
    for (table,) in tables:
        if table not in NOT_OF_PEOPLE | NOT_MADE:
            sql = f"SELECT row_to_json(t)::text FROM {table} AS t"  # noqa: S608 - from the catalogue
            rows = [row[0] for row in await tx.fetch(sql)]
            own = {id_: place for place, id_ in enumerate(sorted(own_ids(rows) - names.keys()))}
            found[table] = Counter(named(row, {**own, **names}) for row in rows)
    return found


def own_ids(rows: Sequence[str]) -> set[int]:
    return {int(found) for row in rows for found in re.findall(r'"id":(\d{15,})', row)}


def named(row: str, names: dict[int, Any]) -> str:
    row = re.sub(r"\b\d{17,19}\b", lambda found: f"<{names.get(int(found[0]), found[0])}>", row)
    row = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.+]+", "<moment>", row)
    return re.sub(r"\$argon2id\$[^\"]+", "<hash>", row)
