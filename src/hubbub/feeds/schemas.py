from typing import Annotated

from msgspec import Meta

from hubbub.accounts import CardView
from hubbub.platform.http import Id, PageQuery
from hubbub.posts import PostView

MAX_REPOSTED_BY = 5


class HomeQuery(PageQuery, frozen=True, kw_only=True):
    since: Annotated[Id, Meta(description="Only what is newer than this post.")] | None = None


class HomePostView(PostView, frozen=True, kw_only=True):
    """`reposted_by` are the first of those one follows who passed the post on."""

    reposted_by: Annotated[tuple[CardView, ...], Meta(max_length=MAX_REPOSTED_BY)]
