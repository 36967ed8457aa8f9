"""Writing a post, a comment or a quote."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from hubbub.identity import Defaults, load_preferences_and_locale, read_preferences
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.services import Services
from hubbub.platform.text.entities import Entities
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
from hubbub.posts.polls import Poll, pack_poll
from hubbub.posts.queries.posts import Post
from hubbub.posts.reader import Reader
from hubbub.posts.service.press import NewPost, Press, insert_posts
from hubbub.posts.service.wording import (
    Wording,
    clean_warning,
    find_mentioned,
    pack_entities,
    parse_wording,
    read_wording,
)
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
    poll: Poll | None = None


async def create_post(tx: Tx, *, author_id: int, draft: Draft) -> Post:
    """Publish a draft. Raises PostNotFound, QuoteNotFound, QuoteNotAllowed, RepliesRestricted, Invalid."""
    post, _ = await publish(tx, author_id=author_id, draft=draft)
    return post


async def publish(tx: Tx, *, author_id: int, draft: Draft) -> tuple[Post, Hydrated]:
    """The same, with all that showing the new post needs."""
    wording = await read_wording(tx, draft.text)
    around = await hydrate(
        tx, viewer_id=author_id, post_ids=_asked(draft), account_ids=[author_id, *wording.ids.values()]
    )
    preferred = await load_preferences_and_locale(tx, author_id) if _leaves_open(draft) else None
    new = _compose(around, wording, draft, preferred)
    await insert_posts(tx, [new])
    return new.post, _with(around, new.post)


async def publish_at_once(reader: Reader, draft: Draft) -> tuple[Post, Hydrated]:
    """What `create_post` does, judged by what is cached and written in a statement shared with others."""
    services, author_id = reader.services, reader.viewer.id
    text, entities = parse_wording(draft.text)
    wording = Wording(text, entities, await _find_mentioned(services, entities))
    around = await reader.hydrate(_asked(draft), account_ids=[author_id, *wording.ids.values()])
    preferred = await services.part(Defaults).load(author_id) if _leaves_open(draft) else None
    new = _compose(around, wording, draft, preferred)
    await services.part(Press).print(new)
    return new.post, _with(around, new.post)


async def _find_mentioned(services: Services, entities: Entities) -> Mapping[str, int]:
    if not entities.mentions:
        return {}
    async with services.db.connection() as tx:
        return await find_mentioned(tx, entities)


def _asked(draft: Draft) -> list[int]:
    return [id_ for id_ in (draft.reply_to, draft.quote) if id_ is not None]


def _with(around: Hydrated, post: Post) -> Hydrated:
    return replace(around, posts={**around.posts, post.id: post})


def _compose(around: Hydrated, wording: Wording, draft: Draft, preferred: tuple[str, str] | None) -> NewPost:
    author_id = around.facts.viewer_id
    parent = _find_parent(around, draft.reply_to)
    quoted = _find_quoted(around, draft.quote)
    mentioned = wording.mentioned(around.facts)
    settled = _settle(draft, parent, preferred)
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
        audience=reached_ids(mentioned.values(), parent, author_id),
        poll=pack_poll(draft.poll) if draft.poll is not None else None,
    )
    return NewPost(post, wording.tags, _created(post, parent, quoted, mentioned.values()))


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


def _leaves_open(draft: Draft) -> bool:
    """Whether it leaves something to the author's preferences."""
    return draft.visibility is None or draft.language is None


def _settle(draft: Draft, parent: Post | None, preferred: tuple[str, str] | None) -> Settled:
    """What the draft says, or else what the author prefers.

    An answer to a comment is, unless said, no wider than that.
    """
    body, locale = preferred or ("{}", "")
    preferences = read_preferences(body)
    visibility = draft.visibility
    if visibility is None:
        visibility = Visibility[preferences.default_visibility.upper()]
        if parent is not None and parent.parent_id is not None:
            visibility = max(visibility, Visibility(parent.visibility))
    if draft.language is not None:
        return Settled(visibility, parse_language(draft.language))
    return Settled(visibility, preferences.default_language or locale)


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
