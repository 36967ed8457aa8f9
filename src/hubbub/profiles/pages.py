"""Profiles joined from cached bytes: the profile, counts, and how the viewer stands to the account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from hubbub.accounts import AccountCounts, AccountNotFound, load_fragments
from hubbub.graph import Relationship, load_relationships, relationship_view
from hubbub.platform.counters import CountKind
from hubbub.platform.http import Request
from hubbub.platform.tallies import Tally
from hubbub.posts import Reader, open_reader
from hubbub.visibility import may_see_account

_encode = msgspec.json.Encoder().encode
# Of relationships that are kept for one viewer.
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """`etag` changes with the profile and with the viewer's relation to it, not with the counts."""

    json: bytes
    etag: str


async def load_page(request: Request, account_id: int) -> ProfilePage:
    """Raises AccountNotFound alike for who is missing and who is hidden from the viewer."""
    pages = await load_pages(request, [account_id])
    if not pages:
        raise AccountNotFound(str(account_id))
    return pages[0]


async def load_pages(request: Request, account_ids: Sequence[int]) -> list[ProfilePage]:
    """Those of these accounts that the viewer may see, in the same order.

    From what is cached; at most one statement each, however many, for profiles, counts and relationships.
    """
    reader = await open_reader(request)
    await reader.load_people(account_ids)
    seen = [id_ for id_ in account_ids if may_see_account(reader.hydrated.facts, id_)]
    profiles = await load_fragments(request.services, "profile", seen, is_direct=reader.is_direct)
    await reader.load_tallies(seen)
    relations = await _relations(request, reader, seen)
    pages = []
    for account_id, profile in profiles.items():
        relation = relations[account_id]
        parts = (
            memoryview(profile.json)[:-1],
            b',"counts":',
            _counts(reader.tallies.get(account_id)),
            b',"viewer":',
            relation,
            b"}",
        )
        pages.append(ProfilePage(b"".join(parts), _etag(profile.version, relation)))
    return pages


def join_pages(pages: Iterable[ProfilePage]) -> bytes:
    return b'{"items":[' + b",".join(page.json for page in pages) + b"]}"


async def _relations(request: Request, reader: Reader, account_ids: Sequence[int]) -> dict[int, bytes]:
    """RelationshipView as JSON; kept with the viewer, as whatever changes it changes the viewer's stamp."""
    if reader.viewer.id == 0:
        return dict.fromkeys(account_ids, b"null")
    kept: dict[int, bytes] = reader.viewer.kept.setdefault("relationships", {})
    if len(kept) > MOST_KEPT:
        kept = reader.viewer.kept["relationships"] = {}
    missing = []
    for account_id in account_ids:
        if account_id not in kept:
            relation = _known(reader, account_id)
            if relation is None:
                missing.append(account_id)
            else:
                kept[account_id] = _encode(relationship_view(relation))
    if missing:
        async with request.db.connection() as tx:
            found = await load_relationships(tx, viewer_id=reader.viewer.id, account_ids=missing)
        kept |= {id_: _encode(relationship_view(relation)) for id_, relation in found.items()}
    return kept


def _known(reader: Reader, account_id: int) -> Relationship | None:
    """From the relations that the reader holds; None when these do not tell."""
    relations = reader.viewer.relations
    standing = relations.standing(account_id) if relations is not None else None
    return Relationship(account_id, **standing._asdict()) if standing is not None else None


def _etag(version: int, relation: bytes) -> str:
    return f"{version}-{blake2b(relation, digest_size=6).hexdigest()}"


def _counts(tally: Tally | None) -> bytes:
    if tally is None:
        return _encode(AccountCounts(followers=0, following=0, posts=0))
    if not tally.json:
        counts = tally.counts
        tally.json = _encode(
            AccountCounts(
                followers=counts[CountKind.FOLLOWERS],
                following=counts[CountKind.FOLLOWING],
                posts=counts[CountKind.POSTS],
            )
        )
    return tally.json
