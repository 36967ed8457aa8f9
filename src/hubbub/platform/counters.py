"""Counts that are exact in every snapshot, though no writer ever waits for another.

A verb appends a delta in its own transaction; a reader adds what is folded and what is pending in
one statement; the worker folds pending deltas away.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TypeAlias

from hubbub.platform.db import Tx, note_change

__all__ = [
    "OPTION_KINDS",
    "USUAL_KINDS",
    "CountDelta",
    "CountKind",
    "add_counts",
    "as_counts",
    "delete_counts",
    "fold_counts",
    "select_counts",
    "select_unfolded",
]


class CountKind(IntEnum):
    """What is counted. The numbers are stored; never give one a new meaning."""

    LIKES = 1
    COMMENTS = 2
    REPOSTS = 3
    QUOTES = 4
    FOLLOWERS = 5
    FOLLOWING = 6
    POSTS = 7
    VOTERS = 8
    # Votes for each option of a poll, in the order of its options.
    OPTION_0 = 10
    OPTION_1 = 11
    OPTION_2 = 12
    OPTION_3 = 13
    OPTION_4 = 14
    OPTION_5 = 15
    OPTION_6 = 16
    OPTION_7 = 17


OPTION_KINDS = tuple(kind for kind in CountKind if kind >= CountKind.OPTION_0)
# Few posts have polls: counts of votes stand only where somebody has voted.
USUAL_KINDS = tuple(kind for kind in CountKind if kind < CountKind.VOTERS)


CountDelta: TypeAlias = tuple[int, CountKind, int]
"""Subject, kind, and by how much."""

_KINDS = {kind.value: kind for kind in CountKind}
_NOTHING = dict.fromkeys(USUAL_KINDS, 0)


async def add_counts(tx: Tx, deltas: Sequence[CountDelta]) -> None:
    """Add to counts, all in one statement.

    Call it only for a row that this transaction did insert or delete, or the count drifts.
    """
    rows = [row for row in deltas if row[2] != 0]
    if not rows:
        return
    await tx.execute(
        """
        INSERT INTO count_deltas (subject_id, kind, delta)
        SELECT subject_id, kind, delta
        FROM unnest($1::bigint[], $2::smallint[], $3::integer[]) AS new (subject_id, kind, delta)
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )
    note_change("counts", *{subject_id for subject_id, _, _ in rows})


async def select_counts(tx: Tx, subject_ids: Sequence[int]) -> dict[int, dict[CountKind, int]]:
    """Every usual kind of every subject asked for, 0 where nothing was counted; votes where there are any.

    Exact at the moment of reading.
    """
    if not subject_ids:
        return {}
    rows = await tx.fetch(
        """
        SELECT subject_id, kind, sum(value)::bigint AS value
        FROM (
            SELECT subject_id, kind, value FROM counts WHERE subject_id = ANY($1::bigint[])
            UNION ALL
            SELECT subject_id, kind, delta FROM count_deltas WHERE subject_id = ANY($1::bigint[])
        ) AS parts
        GROUP BY subject_id, kind
        """,
        subject_ids,
    )
    return as_counts(subject_ids, [tuple(row) for row in rows])


def as_counts(
    subject_ids: Iterable[int], rows: Iterable[tuple[int, int, int]]
) -> dict[int, dict[CountKind, int]]:
    """From rows (subject_id, kind, value); 0 for usual kinds without one, none of kinds of newer versions."""
    counts = {subject_id: _NOTHING.copy() for subject_id in subject_ids}
    for subject_id, number, value in rows:
        kind = _KINDS.get(number)
        if kind is not None:
            counts[subject_id][kind] = value
    return counts


async def fold_counts(tx: Tx, subject_ids: Sequence[int]) -> int:
    """Move pending deltas into the folded counts; how many rows of counts changed.

    One statement, so no snapshot sees a delta twice or not at all. Of two folds at once the second
    waits at the deleted rows and then finds them gone.
    """
    status = await tx.execute(
        """
        WITH folded AS (
            DELETE FROM count_deltas WHERE subject_id = ANY($1::bigint[])
            RETURNING subject_id, kind, delta
        )
        INSERT INTO counts (subject_id, kind, value)
        SELECT subject_id, kind, sum(delta)
        FROM folded
        GROUP BY subject_id, kind
        ORDER BY subject_id, kind
        ON CONFLICT (subject_id, kind) DO UPDATE SET value = counts.value + excluded.value
        """,
        sorted(set(subject_ids)),
    )
    return int(status.rpartition(" ")[2])


async def select_unfolded(tx: Tx, *, limit: int) -> list[int]:
    """Subjects that have pending deltas."""
    rows = await tx.fetch("SELECT DISTINCT subject_id FROM count_deltas LIMIT $1", limit)
    return [row["subject_id"] for row in rows]


async def delete_counts(tx: Tx, subject_ids: Sequence[int]) -> None:
    """Forget subjects that are gone for good, with what is pending for them."""
    await tx.execute(
        """
        WITH pending AS (DELETE FROM count_deltas WHERE subject_id = ANY($1::bigint[]))
        DELETE FROM counts WHERE subject_id = ANY($1::bigint[])
        """,
        list(subject_ids),
    )
    note_change("counts", *subject_ids)
