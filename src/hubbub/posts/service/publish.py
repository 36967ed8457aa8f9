"""Writing a post, a comment or a quote."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from hubbub.identity import load_preferences_and_locale, read_preferences
from hubbub.platform.counters import CountDelta, CountKind
from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.platform.text.languages import parse_language
from hubbub.posts.errors import (
    PostNotFound,
    QuoteNotAllowed,
    QuoteNotFound,
    RepliesRestricted,
    TooDeep,
)
from hubbub.posts.events import PostCreated
from hubbub.posts.hydrate import Hydrated, hydrate
from hubbub.posts.queries import parts
from hubbub.posts.queries import posts as queries
from hubbub.posts.queries.posts import Post
from hubbub.posts.service.wording import clean_warning, pack_entities, read_wording
from hubbub.visibility import Facts, ReplyPolicy, Visibility

MAX_LEVELS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to publish; None means the author's default."""

    text: str
    visibility: Visibility | None = None
    reply_to: int | None = None
    quote: int | None = None
    content_warning: str | None = None
    language: str | None = None
    reply_policy: ReplyPolicy = ReplyPolicy.EVERYONE


async def create_post(tx: Tx, *, author_id: int, draft: Draft) -> Post:
    """Publish a draft. Raises PostNotFound, QuoteNotFound, QuoteNotAllowed, RepliesRestricted, Invalid."""
    post, _ = await publish(tx, author_id=author_id, draft=draft)
    return post


async def publish(tx: Tx, *, author_id: int, draft: Draft) -> tuple[Post, Hydrated]:
    """The same, with all that showing the new post needs."""
    wording = await read_wording(tx, draft.text)
    asked = [id_ for id_ in (draft.reply_to, draft.quote) if id_ is not None]
    around = await hydrate(
        tx, viewer_id=author_id, post_ids=asked, account_ids=[author_id, *wording.ids.values()]
    )
    parent = _find_parent(around, draft.reply_to)
    quoted = _find_quoted(around, draft.quote)
    mentioned = wording.mentioned(around.facts)
    reached = reached_ids(mentioned.values(), parent, author_id)
    settled = await _settle(tx, draft, parent, author_id)
    post = Post(
        id=new_id(),
        author_id=author_id,
        root_id=(parent.root_id or parent.id) if parent else None,
        parent_id=parent.id if parent else None,
        quote_of=quoted.id if quoted else None,
        repost_of=None,
        between_ids=_between(parent) if parent else None,
        visibility=settled.visibility,
        reply_policy=draft.reply_policy,
        version=1,
        edited_at=None,
        deleted_at=None,
        language=settled.language,
        content_warning=clean_warning(draft.content_warning),
        text=wording.text,
        entities=pack_entities(wording, mentioned),
        audience=reached,
    )
    await _insert(tx, post, wording.tags)
    event = _created(post, parent, quoted, mentioned.values())
    await announce(tx, event, counts=counted(post, 1))
    note_change("author", author_id)
    return post, replace(around, posts={**around.posts, post.id: post})


def reached_ids(mentioned_ids: Collection[int], parent: Post | None, author_id: int) -> list[int]:
    """Who may see the post whatever its visibility: those mentioned, and whom it answers."""
    reached = set(mentioned_ids) | ({parent.author_id} if parent else set())
    return sorted(reached - {author_id})


def is_open(hydrated: Hydrated, post: Post) -> bool:
    """Whether it was shown to everyone, so that others may pass it on."""
    root = hydrated.posts.get(post.root_id) if post.root_id is not None else post
    return all(each is not None and _is_for_everyone(hydrated.facts, each) for each in (post, root))


def _is_for_everyone(facts: Facts, post: Post) -> bool:
    author = facts.accounts.get(post.author_id)
    return post.visibility <= Visibility.UNLISTED and author is not None and not author.is_private


def _find_parent(around: Hydrated, reply_to: int | None) -> Post | None:
    if reply_to is None:
        return None
    found = around.find(reply_to)
    parent = around.original(found) if found else None
    if parent is None:
        raise PostNotFound(f"{reply_to} to answer")
    if not around.may_comment(parent):
        raise RepliesRestricted(str(reply_to))
    if len(parent.ancestor_ids) >= MAX_LEVELS:
        raise TooDeep(str(reply_to))
    return parent


def _find_quoted(around: Hydrated, quote: int | None) -> Post | None:
    if quote is None:
        return None
    found = around.find(quote)
    quoted = around.original(found) if found else None
    if quoted is None:
        raise QuoteNotFound(str(quote))
    if quoted.author_id != around.facts.viewer_id and not is_open(around, quoted):
        raise QuoteNotAllowed(str(quote))
    return quoted


def _between(parent: Post) -> list[int] | None:
    """Of a comment on `parent`: the ancestors after the root and before `parent`."""
    return list(parent.ancestor_ids[1:]) or None


@dataclass(frozen=True, slots=True)
class Settled:
    """What a draft may leave open."""

    visibility: Visibility
    language: str


async def _settle(tx: Tx, draft: Draft, parent: Post | None, author_id: int) -> Settled:
    """What the draft says, or else what the author prefers.

    An answer to a comment is, unless said, no wider than that.
    """
    if draft.visibility is not None and draft.language is not None:
        return Settled(draft.visibility, parse_language(draft.language))
    body, locale = await load_preferences_and_locale(tx, author_id)
    preferences = read_preferences(body)
    visibility = draft.visibility
    if visibility is None:
        visibility = Visibility[preferences.default_visibility.upper()]
        if parent is not None and parent.parent_id is not None:
            visibility = max(visibility, Visibility(parent.visibility))
    if draft.language is not None:
        return Settled(visibility, parse_language(draft.language))
    return Settled(visibility, preferences.default_language or locale)


async def _insert(tx: Tx, post: Post, tags: list[str]) -> None:
    await queries.insert_post(tx, post)
    if tags:
        await parts.insert_tags(tx, post_id=post.id, tags=tags)
    if post.parent_id is not None:
        await parts.insert_rank(tx, parent_id=post.parent_id, post_id=post.id)


def counted(post: Post, delta: int) -> list[CountDelta]:
    """What a post adds to the counts of others. A repost is counted as a reaction, not as a post."""
    if post.repost_of is not None:
        return []
    deltas = [(post.author_id, CountKind.POSTS, delta)]
    if post.parent_id is not None:
        deltas.append((post.parent_id, CountKind.COMMENTS, delta))
    if post.quote_of is not None:
        deltas.append((post.quote_of, CountKind.QUOTES, delta))
    return deltas


def _created(
    post: Post, parent: Post | None, quoted: Post | None, mentioned_ids: Collection[int]
) -> PostCreated:
    return PostCreated(
        post_id=post.id,
        author_id=post.author_id,
        visibility=post.visibility,
        parent_id=post.parent_id,
        parent_author_id=parent.author_id if parent else None,
        root_id=post.root_id,
        quote_of=post.quote_of,
        quoted_author_id=quoted.author_id if quoted else None,
        mentioned_ids=tuple(sorted(set(mentioned_ids) - {post.author_id})),
    )
