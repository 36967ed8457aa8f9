"""A message sent: what decides about it, and its write, each in one statement."""

from dataclasses import dataclass

from hubbub.messages.queries.rows import MemberState
from hubbub.messages.schemas import Audience
from hubbub.platform.db import Tx
from hubbub.platform.outbox import NewRows


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to send."""

    conversation_id: int
    sender_id: int
    text: str
    folded: str | None
    reply_to: int | None
    client_id: str | None
    content_hash: int


@dataclass(frozen=True, slots=True)
class SendingFacts:
    """`other_…` is the other of two; `same_…` what was sent under the same client_id already."""

    is_group: bool
    version: int
    last_id: int
    state: MemberState
    other_id: int | None
    other_state: MemberState | None
    other_audience: Audience
    same_id: int | None
    same_hash: int | None
    target_sender_id: int | None
    sent_already: int


async def select_sending_facts(tx: Tx, draft: Draft, *, at_most: int) -> SendingFacts | None:
    """None for whoever is not in it. Messages are counted only while the other has not accepted."""
    row = await tx.fetchrow(
        """
        SELECT c.is_group, c.version, c.last_id, m.state, other.account_id AS other_id,
            other.state AS other_state, coalesce(other.who_may_write, 'everyone') AS other_audience,
            same.id AS same_id, same.content_hash AS same_hash, target.sender_id AS target_sender_id,
            CASE WHEN other.state IN ('requested', 'declined') THEN (
                SELECT count(*) FROM (
                    SELECT FROM messages x WHERE x.conversation_id = $1 AND x.sender_id = $2 LIMIT $5
                ) AS sent
            ) ELSE 0 END AS sent_already
        FROM conversation_members m
        JOIN conversations c ON c.id = m.conversation_id
        LEFT JOIN LATERAL (
            SELECT o.account_id, o.state, p.who_may_write
            FROM conversation_members o
            LEFT JOIN message_preferences p ON p.account_id = o.account_id
            WHERE NOT c.is_group AND o.conversation_id = $1 AND o.account_id <> $2
            LIMIT 1
        ) AS other ON true
        LEFT JOIN messages same
            ON same.conversation_id = $1 AND same.sender_id = $2 AND same.client_id = $3
        LEFT JOIN messages target
            ON target.conversation_id = $1 AND target.id = $4 AND target.id > m.from_id
            AND target.deleted_at IS NULL
        WHERE m.conversation_id = $1 AND m.account_id = $2 AND m.state IN ('member', 'requested')
        """,
        draft.conversation_id,
        draft.sender_id,
        draft.client_id,
        draft.reply_to,
        at_most,
    )
    return SendingFacts(**row) if row else None


async def insert_message(
    tx: Tx, draft: Draft, *, id_: int, version: int, accepting: list[int], announced: NewRows
) -> int | None:
    """Its id, which is `id_` unless the last one was greater. None when the facts hold no more.

    The conversation's row is locked first, so ids rise in the order of the commits. `accepting` become
    members by it. Whoever had read everything has read what they now write themselves.
    """
    found: int | None = await tx.fetchval(
        """
        WITH placed AS (
            UPDATE conversations
            SET previous_id = last_id, last_id = greatest($2, last_id + 1),
                version = version + (cardinality($9::bigint[]) > 0)::integer
            WHERE id = $1 AND version = $3
            RETURNING last_id, previous_id
        ), written AS (
            INSERT INTO messages
                (conversation_id, id, sender_id, text, folded, reply_to, client_id, content_hash)
            SELECT $1, last_id, $4, $5, $6, $7, $8, $10 FROM placed
            ON CONFLICT (sender_id, conversation_id, client_id) DO NOTHING
            RETURNING id
        ), moved AS (
            UPDATE conversation_members m
            SET activity_id = written.id,
                state = CASE WHEN m.account_id = ANY($9::bigint[]) THEN 'member' ELSE m.state END,
                read_id = CASE
                    WHEN m.account_id = $4 AND m.read_id >= placed.previous_id THEN written.id
                    ELSE m.read_id
                END
            FROM placed CROSS JOIN written
            WHERE m.conversation_id = $1 AND m.state IN ('member', 'requested')
        ), announced AS (
            INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
            SELECT lane, consumer, new.id, kind,
                CASE
                    WHEN kind <> 'MessageSent' THEN body::jsonb
                    ELSE jsonb_set(body::jsonb, '{message_id}', to_jsonb(written.id))
                END,
                now()
            FROM written
            CROSS JOIN unnest($11::smallint[], $12::text[], $13::bigint[], $14::text[], $15::text[])
                AS new (lane, consumer, id, kind, body)
        )
        SELECT id FROM written
        """,
        draft.conversation_id,
        id_,
        version,
        draft.sender_id,
        draft.text,
        draft.folded,
        draft.reply_to,
        draft.client_id,
        accepting,
        draft.content_hash if draft.client_id is not None else None,
        *announced,
    )
    return found
