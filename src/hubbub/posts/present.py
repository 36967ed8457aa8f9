"""From hydrated posts to the bytes that a client is shown: fragments joined, and nothing encoded twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import msgspec

from hubbub.accounts import Fragment
from hubbub.platform.counters import CountKind
from hubbub.platform.http import show_time
from hubbub.platform.tallies import Tally
from hubbub.posts.fragments import REPLY_POLICIES, VISIBILITIES, StoredPost, read_entities
from hubbub.posts.hydrate import Hydrated
from hubbub.posts.polls import Poll, show_poll
from hubbub.posts.queries.parts import Revision
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import PostCounts, PostViewer, RevisionView
from hubbub.reactions import Numbers, ReactionState, ViewerReactions

__all__ = ["REPLY_POLICIES", "VISIBILITIES", "Presenter", "present_read", "show_counts", "show_revision"]

_encode = msgspec.json.Encoder().encode
_VIEWERS: dict[tuple[bool, ...], bytes] = {
    flags: _encode(PostViewer(**dict(zip(PostViewer.__struct_fields__, flags, strict=True))))
    for flags in product((False, True), repeat=len(PostViewer.__struct_fields__))
}
"""Every state that a viewer can be in, encoded; the fields in their order."""
_NO_COUNTS = _encode(PostCounts())
_NO_POLL = b',"media":[],"poll":null,"counts":'


@dataclass(frozen=True, slots=True)
class Presenter:
    """All that showing some posts to one viewer needs. A post without a tally has no counts yet."""

    hydrated: Hydrated
    stored: Mapping[int, StoredPost]
    people: Mapping[int, Fragment]
    tallies: Mapping[int, Tally]
    reactions: ViewerReactions

    def show_all(self, post_ids: Iterable[int]) -> list[bytes]:
        """PostView as JSON, in the same order; what may not be seen, or whose author is gone, is left out."""
        return [view for post_id in post_ids if (view := self.show(post_id)) is not None]

    def show(self, post_id: int | None, *, more: bytes = b"") -> bytes | None:
        """The post with its repost's target and its quote; the target with its quote.

        `more` is put in front of the closing brace: fields that only some lists have.
        """
        return self._show(post_id, has_quote=True, more=more)

    def version(self, post_id: int) -> int:
        return self.stored[post_id].post.version

    def _show(self, post_id: int | None, *, has_quote: bool, more: bytes = b"") -> bytes | None:
        post = self.hydrated.find(post_id)
        author = self.people.get(post.author_id) if post else None
        if post is None or author is None:
            return None
        stored = self.stored[post.id]
        quote = self._show(post.quote_of, has_quote=False) if has_quote and post.quote_of else None
        target = self._show(post.repost_of, has_quote=True) if post.repost_of else None
        return b"".join(
            (
                stored.head,
                author.json,
                stored.middle,
                b',"quote":',
                quote or b"null",
                b',"repost_of":',
                target or b"null",
                _NO_POLL if stored.poll is None else self._poll(stored.poll, post),
                self._counts(post.id),
                b',"viewer":',
                self._viewer(post),
                more,
                b"}",
            )
        )

    def _poll(self, poll: Poll, post: Post) -> bytes:
        """Whether it is closed, and so what is hidden, is as the clock says now."""
        viewer_id, tally = self.hydrated.facts.viewer_id, self.tallies.get(post.id)
        view = show_poll(
            poll,
            tally.counts if tally is not None else {},
            choices=self.reactions.state(post.id).choices if viewer_id else None,
            is_author=post.author_id == viewer_id,
        )
        return b',"media":[],"poll":%b,"counts":' % _encode(view)

    def _counts(self, post_id: int) -> bytes:
        tally = self.tallies.get(post_id)
        if tally is None:
            return _NO_COUNTS
        if not tally.json:
            tally.json = _encode(show_counts(tally.counts))
        return tally.json

    def _viewer(self, post: Post) -> bytes:
        facts = self.hydrated.facts
        if facts.viewer_id == 0:
            return b"null"
        state: ReactionState = self.reactions.state(post.id)
        return _VIEWERS[
            state.liked,
            state.reposted,
            state.bookmarked,
            state.pinned,
            facts.relation(post.author_id).follows,
            self.hydrated.may_comment(post),
        ]


def present_read(hydrated: Hydrated, numbers: Numbers, people: Mapping[int, Fragment]) -> Presenter:
    """Of what a transaction has read, and nobody has cached."""
    stored = {id_: StoredPost(post) for id_, post in hydrated.posts.items()}
    tallies = {id_: Tally(counts) for id_, counts in numbers.counts.items()}
    return Presenter(hydrated, stored, people, tallies, ViewerReactions(dict(numbers.states), 0))


def show_counts(counts: Mapping[CountKind, int]) -> PostCounts:
    return PostCounts(
        likes=counts[CountKind.LIKES],
        comments=counts[CountKind.COMMENTS],
        reposts=counts[CountKind.REPOSTS],
        quotes=counts[CountKind.QUOTES],
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
