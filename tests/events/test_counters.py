import asyncio
import random

import pytest

from hubbub.platform.counters import (
    USUAL_KINDS,
    CountKind,
    add_counts,
    fold_counts,
    select_counts,
    select_unfolded,
)
from hubbub.platform.db import Database, Tx

SUBJECTS = [11, 12, 13]


async def like(db: Database, subject_id: int, liker_id: int, *, is_on: bool) -> None:
    """What a verb does: the delta is added only for a row that did change."""
    async with db.transaction() as tx:
        if is_on:
            changed = await tx.fetchval(
                "INSERT INTO reactions (post_id, account_id, kind, id) VALUES ($1, $2, 1, $2)"
                " ON CONFLICT DO NOTHING RETURNING 1",
                subject_id,
                liker_id,
            )
        else:
            changed = await tx.fetchval(
                "DELETE FROM reactions WHERE post_id = $1 AND account_id = $2 RETURNING 1",
                subject_id,
                liker_id,
            )
        if changed:
            await add_counts(tx, [(subject_id, CountKind.LIKES, 1 if is_on else -1)])


async def rows_and_counts(db: Database) -> tuple[dict[int, int], dict[int, int]]:
    """Both in one snapshot."""
    async with db.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        rows = await tx.fetch("SELECT post_id, count(*) AS n FROM reactions GROUP BY post_id")
        counts = await select_counts(tx, SUBJECTS)
    true = dict.fromkeys(SUBJECTS, 0) | {row["post_id"]: row["n"] for row in rows}
    return true, {subject: kinds[CountKind.LIKES] for subject, kinds in counts.items()}


async def test_a_subject_never_counted_has_zeros(db: Database) -> None:
    async with db.connection() as tx:
        assert await select_counts(tx, [5]) == {5: dict.fromkeys(USUAL_KINDS, 0)}
        assert await select_counts(tx, []) == {}


async def test_folding_changes_no_count(db: Database) -> None:
    async with db.transaction() as tx:
        await add_counts(tx, [(11, CountKind.LIKES, 3), (11, CountKind.POSTS, 1), (12, CountKind.LIKES, -1)])
        before = await select_counts(tx, SUBJECTS)
        changed = await fold_counts(tx, SUBJECTS)
        await add_counts(tx, [(11, CountKind.LIKES, -1)])
        await fold_counts(tx, SUBJECTS)
        after = await select_counts(tx, SUBJECTS)
        unfolded = await select_unfolded(tx, limit=10)

    assert changed == 3
    assert before[11][CountKind.LIKES] == 3
    assert after[11][CountKind.LIKES] == 2
    assert after[12] == before[12]
    assert unfolded == []


async def test_a_rolled_back_verb_counts_nothing(db: Database) -> None:
    async def fail(tx: Tx) -> None:
        await add_counts(tx, [(11, CountKind.LIKES, 1)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.write(fail)

    async with db.connection() as tx:
        assert (await select_counts(tx, [11]))[11][CountKind.LIKES] == 0


async def test_every_read_is_exact_among_writers_and_folders(db: Database) -> None:
    is_over = asyncio.Event()
    reads: list[tuple[dict[int, int], dict[int, int]]] = []

    async def write(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(60):
            await like(db, rng.choice(SUBJECTS), rng.randrange(6), is_on=rng.random() < 0.55)

    async def fold() -> None:
        while not is_over.is_set():
            await db.write(lambda tx: fold_counts(tx, SUBJECTS))

    async def read() -> None:
        while not is_over.is_set():
            reads.append(await rows_and_counts(db))

    background = [asyncio.create_task(job()) for job in (fold, fold, read, read)]
    await asyncio.gather(*(write(seed) for seed in range(5)))
    is_over.set()
    await asyncio.gather(*background)
    reads.append(await rows_and_counts(db))

    assert len(reads) > 20
    assert [read for read in reads if read[0] != read[1]] == []
    assert min(min(counted.values()) for _, counted in reads) >= 0
    assert max(reads[-1][1].values()) > 0
