"""From hydrated posts to what a client is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from hubbub import reactions
from hubbub.accounts import CardView, load_cards
from hubbub.platform.counters import CountKind
from hubbub.platform.db import Tx
from hubbub.platform.http import show_id_time, show_time
from hubbub.platform.services import Services
from hubbub.posts.hydrate import Hydrated
from hubbub.posts.queries.parts import Revision
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import (
    PostCounts,
    PostEntities,
    PostView,
    PostViewer,
    ReplyPolicyName,
    RevisionView,
    VisibilityName,
)
from hubbub.reactions import Numbers

VISIBILITIES: tuple[VisibilityName, ...] = ("public", "unlisted", "followers", "mentioned")
REPLY_POLICIES: tuple[ReplyPolicyName, ...] = ("everyone", "followers", "mentioned", "nobody")
NO_ENTITIES = PostEntities()
_read_entities = msgspec.json.Decoder(PostEntities).decode


async def load_numbers(tx: Tx, hydrated: Hydrated, post_ids: Iterable[int]) -> Numbers:
    """For these posts and those embedded in them, in one statement."""
    ids = list(_shown(hydrated, post_ids))
    return await reactions.load_numbers(tx, viewer_id=hydrated.facts.viewer_id, post_ids=ids)


async def open_presenter(
    services: Services, hydrated: Hydrated, numbers: Numbers, post_ids: Iterable[int]
) -> "Presenter":
    """With the authors' cards. Call it while holding no connection."""
    authors = author_ids(hydrated, post_ids)
    cards = await load_cards(services, authors, versions=hydrated.facts.versions())
    return Presenter(hydrated, numbers, cards)


def author_ids(hydrated: Hydrated, post_ids: Iterable[int]) -> set[int]:
    """Whose cards showing these posts needs."""
    return {post.author_id for post in _shown(hydrated, post_ids).values()}


def _shown(hydrated: Hydrated, post_ids: Iterable[int]) -> dict[int, Post]:
    """These posts, what they pass on, and what either quotes."""
    shown: dict[int, Post] = {}
    for post_id in post_ids:
        post = hydrated.find(post_id)
        target = hydrated.find(post.repost_of) if post else None
        for each in (post, target):
            if each is None:
                continue
            shown[each.id] = each
            quoted = hydrated.find(each.quote_of)
            if quoted is not None:
                shown[quoted.id] = quoted
    return shown


@dataclass(frozen=True, slots=True)
class Presenter:
    hydrated: Hydrated
    numbers: Numbers
    cards: Mapping[int, CardView]

    def show_all(self, post_ids: Iterable[int]) -> list[PostView]:
        """In the same order; what may not be seen, or whose author is gone by now, is left out."""
        return [view for post_id in post_ids if (view := self.show(post_id)) is not None]

    def show(self, post_id: int | None) -> PostView | None:
        """The post with its repost's target and its quote; the target with its quote."""
        return self._show(post_id, has_quote=True)

    def _show(self, post_id: int | None, *, has_quote: bool) -> PostView | None:
        post = self.hydrated.find(post_id)
        author = self.cards.get(post.author_id) if post else None
        if post is None or author is None:
            return None
        return PostView(
            id=str(post.id),
            author=author,
            text=post.text,
            entities=read_entities(post.entities),
            visibility=VISIBILITIES[post.visibility],
            reply_policy=REPLY_POLICIES[post.reply_policy],
            content_warning=post.content_warning or None,
            language=post.language,
            created_at=show_id_time(post.id),
            edited_at=show_time(post.edited_at) if post.edited_at else None,
            version=post.version,
            reply_to=str(post.parent_id) if post.parent_id else None,
            root=str(post.root_id) if post.root_id else None,
            quote=self._show(post.quote_of, has_quote=False) if has_quote and post.quote_of else None,
            repost_of=self._show(post.repost_of, has_quote=True) if post.repost_of else None,
            counts=self._counts(post.id),
            viewer=self._viewer(post),
        )

    def _counts(self, post_id: int) -> PostCounts:
        counts = self.numbers.counts.get(post_id)
        if counts is None:
            return PostCounts()
        return PostCounts(
            likes=counts[CountKind.LIKES],
            comments=counts[CountKind.COMMENTS],
            reposts=counts[CountKind.REPOSTS],
            quotes=counts[CountKind.QUOTES],
        )

    def _viewer(self, post: Post) -> PostViewer | None:
        facts = self.hydrated.facts
        if facts.viewer_id == 0:
            return None
        state = self.numbers.state(post.id)
        return PostViewer(
            liked=state.liked,
            reposted=state.reposted,
            bookmarked=state.bookmarked,
            pinned=state.pinned,
            following_author=facts.relation(post.author_id).follows,
            may_comment=self.hydrated.may_comment(post),
        )


def show_revision(revision: Revision) -> RevisionView:
    return RevisionView(
        version=revision.version,
        text=revision.text,
        entities=read_entities(revision.entities),
        content_warning=revision.content_warning or None,
        language=revision.language,
        created_at=show_time(revision.created_at),
    )


def read_entities(stored: str) -> PostEntities:
    return NO_ENTITIES if stored == "{}" else _read_entities(stored)
