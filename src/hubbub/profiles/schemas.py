from typing import Annotated

from msgspec import Meta

from hubbub.accounts import AccountCounts, PublicProfile
from hubbub.graph import RelationshipView
from hubbub.platform.http import IdList, Query, View


class ProfileView(PublicProfile, frozen=True, kw_only=True):
    """An account's page; `viewer` is how you stand to it, null without a token."""

    counts: AccountCounts
    viewer: RelationshipView | None


class ProfileList(View, frozen=True, kw_only=True):
    """In the order asked for; what is missing or hidden is left out."""

    items: Annotated[tuple[ProfileView, ...], Meta(max_length=100)]


class ProfileQuery(Query, frozen=True, kw_only=True):
    ids: IdList
