from typing import Annotated

from msgspec import Meta

from hubbub.platform.http import Count, Id, Time, Url, View

Handle = Annotated[str, Meta(min_length=2, max_length=30, examples=["ada.l"])]
# Twenty code points for each character that people count.
Name = Annotated[str, Meta(max_length=1200)]


class CardView(View, frozen=True, kw_only=True):
    """An account as it stands beside what it wrote or did; the same for every viewer."""

    id: Id
    handle: Handle
    display_name: Name
    avatar: Url
    is_private: bool


class MentionView(View, frozen=True, kw_only=True):
    """Positions count Unicode code points, the end excluded."""

    handle: Handle
    start: Count
    end: Count


class TagView(View, frozen=True, kw_only=True):
    tag: Annotated[str, Meta(max_length=100)]
    start: Count
    end: Count


class LinkView(View, frozen=True, kw_only=True):
    url: Url
    start: Count
    end: Count


class BioEntities(View, frozen=True, kw_only=True):
    mentions: Annotated[tuple[MentionView, ...], Meta(max_length=100)] = ()
    tags: Annotated[tuple[TagView, ...], Meta(max_length=30)] = ()
    links: Annotated[tuple[LinkView, ...], Meta(max_length=30)] = ()


class FieldView(View, frozen=True, kw_only=True):
    name: Annotated[str, Meta(max_length=800)]
    value: Annotated[str, Meta(max_length=4000)]


class PublicProfile(CardView, frozen=True, kw_only=True):
    """All that an account shows to everybody who may see it, but for what moves without an edit."""

    bio: Annotated[str, Meta(max_length=20_000)]
    bio_entities: BioEntities
    fields: Annotated[tuple[FieldView, ...], Meta(max_length=8)]
    links: Annotated[tuple[Url, ...], Meta(max_length=5)]
    is_discoverable: bool
    created_at: Time


class AccountCounts(View, frozen=True, kw_only=True):
    followers: Count
    following: Count
    posts: Count
