"""SQL of reactions, bookmarks and pins. One function, one statement, no decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hubbub.platform.db import Tx
from hubbub.platform.outbox import NewRows


@dataclass(frozen=True, slots=True)
class Reaction:
    """One reaction seen from a list: `id` is when and where it stands, `subject_id` who or what."""

    id: int
    subject_id: int


@dataclass(frozen=True, slots=True)
class NewReaction:
    id: int
    post_id: int
    account_id: int
    kind: int
    count_kind: int


class NewLikes(NamedTuple):
    """Columns of likes to be given or taken back."""

    post_ids: list[int]
    account_ids: list[int]
    ids: list[int]
    are_liked: list[bool]


class LikeRow(NamedTuple):
    post_id: int
    account_id: int
    kind: int
    value: int | None


async def insert_reaction(tx: Tx, new: NewReaction, *, announced: NewRows) -> bool:
    """With its share of the count and its events; False, and nothing of these, when it was already there."""
    return bool(
        await tx.fetchval(
            """
            WITH reacted AS (
                INSERT INTO reactions (post_id, account_id, kind, id)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT (post_id, account_id, kind) DO NOTHING
                RETURNING post_id
            ),
            counted AS (
                INSERT INTO count_deltas (subject_id, kind, delta)
                SELECT post_id, $5, 1 FROM reacted
            ),
            announced AS (
                INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
                SELECT lane, consumer, new.id, kind, body::jsonb, now()
                FROM reacted
                CROSS JOIN unnest($6::smallint[], $7::text[], $8::bigint[], $9::text[], $10::text[])
                    AS new (lane, consumer, id, kind, body)
            )
            SELECT true FROM reacted
            """,
            new.post_id,
            new.account_id,
            new.kind,
            new.id,
            new.count_kind,
            *announced,
        )
    )


async def update_likes(
    tx: Tx, changes: NewLikes, *, announced: NewRows, numbers: Sequence[int]
) -> list[LikeRow]:
    """Insert and delete likes, no two of one pair, each with its share of the count and its events.

    A post gets one delta, however many like it. `numbers` says of whose change, counted from 1, each row
    for the outbox speaks. Answers, from one snapshot, with what has changed (kind -2), the counts (for
    account 0), and what stood before, as `select_numbers` does. Sorted, against waiting in a ring.
    """
    rows = await tx.fetch(
        """
        WITH asked (post_id, account_id, id, is_liked, number) AS MATERIALIZED (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[]) WITH ORDINALITY
        ), liked AS (
            INSERT INTO reactions (post_id, account_id, kind, id)
            SELECT post_id, account_id, 1, id FROM asked WHERE is_liked ORDER BY post_id, account_id
            ON CONFLICT (post_id, account_id, kind) DO NOTHING
            RETURNING post_id, account_id
        ), unliked AS (
            DELETE FROM reactions USING (
                SELECT post_id, account_id FROM asked WHERE NOT is_liked ORDER BY post_id, account_id
            ) AS gone
            WHERE reactions.post_id = gone.post_id AND reactions.account_id = gone.account_id AND kind = 1
            RETURNING reactions.post_id, reactions.account_id
        ), changed AS (
            SELECT post_id, account_id, 1 AS delta FROM liked
            UNION ALL SELECT post_id, account_id, -1 FROM unliked
        ), counted AS (
            INSERT INTO count_deltas (subject_id, kind, delta)
            SELECT post_id, 1, sum(delta) FROM changed GROUP BY post_id HAVING sum(delta) <> 0
        ), announced AS (
            INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
            SELECT new.lane, new.consumer, new.id, new.kind, new.body::jsonb, now()
            FROM unnest($5::smallint[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::bigint[])
                AS new (lane, consumer, id, kind, body, number)
            JOIN asked USING (number) JOIN changed USING (post_id, account_id)
        )
        SELECT post_id, account_id, -2 AS kind, delta AS value FROM changed
        UNION ALL
        SELECT subject_id, 0, kind, sum(value)::bigint FROM (
            SELECT subject_id, kind, value FROM counts WHERE subject_id = ANY($1::bigint[])
            UNION ALL SELECT subject_id, kind, delta FROM count_deltas WHERE subject_id = ANY($1::bigint[])
            UNION ALL SELECT post_id, 1, delta FROM changed
        ) AS parts GROUP BY subject_id, kind
        UNION ALL
        SELECT post_id, account_id, kind, NULL FROM reactions
        WHERE (post_id, account_id) IN (SELECT post_id, account_id FROM asked)
        UNION ALL
        SELECT post_id, account_id, 0, NULL FROM bookmarks
        WHERE (account_id, post_id) IN (SELECT account_id, post_id FROM asked)
        UNION ALL
        SELECT post_id, account_id, -1, NULL FROM pins
        WHERE (account_id, post_id) IN (SELECT account_id, post_id FROM asked)
        """,
        *changes,
        *announced,
        numbers,
    )
    return [LikeRow(*row) for row in rows]


async def select_present(tx: Tx, columns: tuple[Sequence[int], ...]) -> list[tuple[int, int, int]]:
    """Those (post_id, account_id, kind), given by columns, that there are; on the key of reactions."""
    rows = await tx.fetch(
        """
        SELECT post_id, account_id, kind FROM reactions
        WHERE (post_id, account_id, kind) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int2[]))
        """,
        *columns,
    )
    return [tuple(row) for row in rows]


async def delete_reaction(tx: Tx, *, post_id: int, account_id: int, kind: int) -> int | None:
    """Return the reaction's id, or None when there was none."""
    found: int | None = await tx.fetchval(
        "DELETE FROM reactions WHERE post_id = $1 AND account_id = $2 AND kind = $3 RETURNING id",
        post_id,
        account_id,
        kind,
    )
    return found


async def insert_bookmark(tx: Tx, *, account_id: int, post_id: int, id_: int) -> bool:
    return bool(
        await tx.fetchval(
            """
            INSERT INTO bookmarks (account_id, post_id, id)
            VALUES ($1, $2, $3)
            ON CONFLICT (account_id, post_id) DO NOTHING
            RETURNING true
            """,
            account_id,
            post_id,
            id_,
        )
    )


async def delete_bookmark(tx: Tx, *, account_id: int, post_id: int) -> bool:
    return bool(
        await tx.fetchval(
            "DELETE FROM bookmarks WHERE account_id = $1 AND post_id = $2 RETURNING true", account_id, post_id
        )
    )


async def insert_pin(tx: Tx, *, account_id: int, post_id: int, id_: int) -> bool:
    return bool(
        await tx.fetchval(
            """
            INSERT INTO pins (account_id, post_id, id)
            VALUES ($1, $2, $3)
            ON CONFLICT (account_id, post_id) DO NOTHING
            RETURNING true
            """,
            account_id,
            post_id,
            id_,
        )
    )


async def delete_pin(tx: Tx, *, account_id: int, post_id: int) -> bool:
    return bool(
        await tx.fetchval(
            "DELETE FROM pins WHERE account_id = $1 AND post_id = $2 RETURNING true", account_id, post_id
        )
    )


async def delete_pins(tx: Tx, post_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM pins WHERE post_id = ANY($1)", post_ids)


async def lock_account(tx: Tx, account_id: int) -> None:
    """Make pins of one account queue up, so that two at once cannot pass the limit together."""
    await tx.execute("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account_id)


async def select_pins(tx: Tx, *, account_id: int) -> list[Reaction]:
    """All of them, newest first; the service keeps them few."""
    rows = await tx.fetch(
        "SELECT id, post_id AS subject_id FROM pins WHERE account_id = $1 ORDER BY id DESC", account_id
    )
    return [Reaction(**row) for row in rows]


async def select_reactors(
    tx: Tx, *, post_id: int, kind: int, position: int, limit: int, is_back: bool
) -> list[Reaction]:
    """Who reacted, newest first (oldest first going back), on reactions_post_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, account_id AS subject_id FROM reactions
         WHERE NOT $5 AND post_id = $1 AND kind = $2 AND id < $3 ORDER BY id DESC LIMIT $4)
        UNION ALL
        (SELECT id, account_id FROM reactions
         WHERE $5 AND post_id = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4)
        """,
        post_id,
        kind,
        position,
        limit,
        is_back,
    )
    return [Reaction(**row) for row in rows]


async def select_account_reactions(
    tx: Tx, *, account_id: int, kind: int, position: int, limit: int, is_back: bool
) -> list[Reaction]:
    """What an account reacted to, on reactions_account_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, post_id AS subject_id FROM reactions
         WHERE NOT $5 AND account_id = $1 AND kind = $2 AND id < $3 ORDER BY id DESC LIMIT $4)
        UNION ALL
        (SELECT id, post_id FROM reactions
         WHERE $5 AND account_id = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4)
        """,
        account_id,
        kind,
        position,
        limit,
        is_back,
    )
    return [Reaction(**row) for row in rows]


async def select_bookmarks(
    tx: Tx, *, account_id: int, position: int, limit: int, is_back: bool
) -> list[Reaction]:
    """On bookmarks_account_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, post_id AS subject_id FROM bookmarks
         WHERE NOT $4 AND account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, post_id FROM bookmarks
         WHERE $4 AND account_id = $1 AND id > $2 ORDER BY id LIMIT $3)
        """,
        account_id,
        position,
        limit,
        is_back,
    )
    return [Reaction(**row) for row in rows]


async def delete_some_of_account(tx: Tx, *, account_id: int, limit: int) -> list[tuple[int, int]]:
    """Delete up to `limit` reactions of an account; return (post_id, kind) of each."""
    rows = await tx.fetch(
        """
        DELETE FROM reactions
        WHERE account_id = $1 AND (post_id, kind) IN (
            SELECT post_id, kind FROM reactions WHERE account_id = $1 LIMIT $2
        )
        RETURNING post_id, kind
        """,
        account_id,
        limit,
    )
    return [(row["post_id"], row["kind"]) for row in rows]


async def delete_some_bookmarks_of_account(tx: Tx, *, account_id: int, limit: int) -> int:
    """How many of up to `limit` there were."""
    status = await tx.execute(
        """
        DELETE FROM bookmarks
        WHERE account_id = $1 AND post_id IN (
            SELECT post_id FROM bookmarks WHERE account_id = $1 LIMIT $2
        )
        """,
        account_id,
        limit,
    )
    return int(status.rpartition(" ")[2])


async def delete_pins_of_account(tx: Tx, account_id: int) -> None:
    """The service keeps them few."""
    await tx.execute("DELETE FROM pins WHERE account_id = $1", account_id)


async def delete_of_posts(tx: Tx, post_ids: Sequence[int]) -> None:
    """Everything anyone did to posts that are gone for good."""
    await tx.execute(
        """
        WITH reacted AS (DELETE FROM reactions WHERE post_id = ANY($1)),
             kept AS (DELETE FROM bookmarks WHERE post_id = ANY($1)),
             voted AS (DELETE FROM poll_votes WHERE post_id = ANY($1))
        DELETE FROM pins WHERE post_id = ANY($1)
        """,
        post_ids,
    )
