"""Profiles joined from cached bytes and what is read anew for each reader."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from hubbub.accounts import AccountCounts, AccountNotFound, load_profiles
from hubbub.graph import load_relationships, relationship_view
from hubbub.platform.counters import CountKind, select_counts
from hubbub.platform.http import Request
from hubbub.visibility import load_facts, may_see_account

_encode = msgspec.json.Encoder().encode


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

    Three statements however many (two without a viewer): facts, counts, relationships; one more for
    profiles not cached. State and privacy come from the facts, so no cache can show who is hidden.
    """
    viewer_id = request.viewer_id
    async with request.db.connection() as tx:
        facts = await load_facts(tx, viewer_id=viewer_id, account_ids=account_ids)
        seen = [account_id for account_id in account_ids if may_see_account(facts, account_id)]
        counts = await select_counts(tx, seen)
        relations = await load_relationships(tx, viewer_id=viewer_id, account_ids=seen)
    profiles = await load_profiles(request.services, seen, versions=facts.versions())
    pages = []
    for account_id, profile in profiles.items():
        relation = _encode(relationship_view(relations[account_id])) if viewer_id else b"null"
        parts = (
            memoryview(profile.json)[:-1],
            b',"counts":',
            _encode(_counts(counts[account_id])),
            b',"viewer":',
            relation,
            b"}",
        )
        pages.append(ProfilePage(b"".join(parts), _etag(profile.version, relation)))
    return pages


def join_pages(pages: Iterable[ProfilePage]) -> bytes:
    return b'{"items":[' + b",".join(page.json for page in pages) + b"]}"


def _etag(version: int, relation: bytes) -> str:
    return f"{version}-{blake2b(relation, digest_size=6).hexdigest()}"


def _counts(counts: dict[CountKind, int]) -> AccountCounts:
    return AccountCounts(
        followers=counts[CountKind.FOLLOWERS],
        following=counts[CountKind.FOLLOWING],
        posts=counts[CountKind.POSTS],
    )
