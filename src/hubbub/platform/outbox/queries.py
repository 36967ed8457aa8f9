"""SQL of the outbox. One function, one statement."""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub.platform.db import Tx


class NewRow(NamedTuple):
    lane: int
    consumer: str
    id: int
    kind: str
    body: str


async def insert_events(tx: Tx, *, rows: Sequence[NewRow]) -> None:
    await tx.execute(
        """
        INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
        SELECT lane, consumer, id, kind, body, now()
        FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::jsonb[])
            AS new (lane, consumer, id, kind, body)
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )
