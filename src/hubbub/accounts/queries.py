"""SQL of accounts. One function, one statement; what is JSON in the table arrives decoded in the row type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from hubbub.platform.db import Tx
from hubbub.platform.text.entities import Entities


class ProfileField(msgspec.Struct, frozen=True):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Account:
    """A row. `version` rises with every change that can be seen from outside."""

    id: int
    handle: str
    display_name: str
    bio: str
    bio_entities: Entities
    fields: tuple[ProfileField, ...]
    links: tuple[str, ...]
    locale: str
    is_private: bool
    is_discoverable: bool
    role: str
    state: str
    purge_after: datetime | None
    version: int

    @property
    def is_active(self) -> bool:
        return self.state == "active"


@dataclass(frozen=True, slots=True)
class ProfileText:
    """What `update_profile` writes: a whole profile, already cleaned."""

    display_name: str
    bio: str
    bio_entities: Entities
    fields: tuple[ProfileField, ...]
    links: tuple[str, ...]
    locale: str
    is_private: bool
    is_discoverable: bool


async def insert_names(
    tx: Tx, *, names: Sequence[str], are_skeletons: Sequence[bool], account_id: int
) -> int:
    """How many of the names were free; the caller wants all of them."""
    status = await tx.execute(
        """
        INSERT INTO handles (name, account_id, is_skeleton)
        SELECT name, $2, is_skeleton
        FROM unnest($1::text[], $3::boolean[]) AS new (name, is_skeleton)
        ORDER BY name
        ON CONFLICT (name) DO NOTHING
        """,
        names,
        account_id,
        are_skeletons,
    )
    return int(status.rpartition(" ")[2])


async def insert_account(tx: Tx, *, account_id: int, handle: str, display_name: str, locale: str) -> Account:
    row = await tx.fetchrow(
        """
        INSERT INTO accounts (id, handle, display_name, locale, updated_at)
        VALUES ($1, $2, $3, $4, now())
        RETURNING id, handle, display_name, bio, bio_entities, fields, links, locale,
            is_private, is_discoverable, role, state, purge_after, version
        """,
        account_id,
        handle,
        display_name,
        locale,
    )
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT
    return _account(row)


async def select_ids_by_handle(tx: Tx, names: Sequence[str]) -> dict[str, int]:
    rows = await tx.fetch(
        "SELECT name, account_id FROM handles WHERE name = ANY($1::text[]) AND NOT is_skeleton", names
    )
    return {row["name"]: row["account_id"] for row in rows}


async def select_accounts(tx: Tx, account_ids: Sequence[int]) -> list[Account]:
    rows = await tx.fetch(
        """
        SELECT id, handle, display_name, bio, bio_entities, fields, links, locale,
            is_private, is_discoverable, role, state, purge_after, version
        FROM accounts WHERE id = ANY($1::bigint[])
        """,
        account_ids,
    )
    return [_account(row) for row in rows]


async def select_account_for_update(tx: Tx, account_id: int) -> Account | None:
    row = await tx.fetchrow(
        """
        SELECT id, handle, display_name, bio, bio_entities, fields, links, locale,
            is_private, is_discoverable, role, state, purge_after, version
        FROM accounts WHERE id = $1 FOR UPDATE
        """,
        account_id,
    )
    return None if row is None else _account(row)


async def update_profile_text(tx: Tx, *, account_id: int, profile: ProfileText) -> Account:
    row = await tx.fetchrow(
        """
        UPDATE accounts
        SET display_name = $2, bio = $3, bio_entities = $4, fields = $5, links = $6, locale = $7,
            is_private = $8, is_discoverable = $9, version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, handle, display_name, bio, bio_entities, fields, links, locale,
            is_private, is_discoverable, role, state, purge_after, version
        """,
        account_id,
        profile.display_name,
        profile.bio,
        _json(profile.bio_entities),
        _json(profile.fields),
        _json(profile.links),
        profile.locale,
        profile.is_private,
        profile.is_discoverable,
    )
    assert row is not None  # noqa: S101 - the caller has locked the row
    return _account(row)


async def update_state(tx: Tx, *, account_id: int, state: str, purge_after: datetime | None) -> bool:
    """Whether the state was another one."""
    status = await tx.execute(
        """
        UPDATE accounts
        SET state = $2, purge_after = $3, version = version + 1, updated_at = now()
        WHERE id = $1 AND (state <> $2 OR purge_after IS DISTINCT FROM $3)
        """,
        account_id,
        state,
        purge_after,
    )
    return status == "UPDATE 1"


async def update_role(tx: Tx, *, account_id: int, role: str) -> bool:
    status = await tx.execute(
        "UPDATE accounts SET role = $2, updated_at = now() WHERE id = $1 AND role <> $2", account_id, role
    )
    return status == "UPDATE 1"


async def update_to_blank(tx: Tx, account_id: int) -> None:
    """Nothing of the person stays but the id and the handle, which nobody else may ever have."""
    await tx.execute(
        """
        UPDATE accounts
        SET display_name = '', bio = '', bio_entities = '{}', fields = '[]', links = '[]', locale = 'en',
            is_private = true, is_discoverable = false, role = 'member', state = 'deleted',
            purge_after = NULL, version = version + 1, updated_at = now()
        WHERE id = $1
        """,
        account_id,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_entities = msgspec.json.Decoder(Entities)
_fields = msgspec.json.Decoder(tuple[ProfileField, ...])
_links = msgspec.json.Decoder(tuple[str, ...])


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=row["id"],
        handle=row["handle"],
        display_name=row["display_name"],
        bio=row["bio"],
        bio_entities=_entities.decode(row["bio_entities"]),
        fields=_fields.decode(row["fields"]),
        links=_links.decode(row["links"]),
        locale=row["locale"],
        is_private=row["is_private"],
        is_discoverable=row["is_discoverable"],
        role=row["role"],
        state=row["state"],
        purge_after=row["purge_after"],
        version=row["version"],
    )
