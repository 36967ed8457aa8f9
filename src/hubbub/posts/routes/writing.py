from collections.abc import Callable
from typing import TypeVar

from msgspec import UNSET, UnsetType

from hubbub.accounts import Fragment
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes, parse_id
from hubbub.posts.errors import (
    MediaNotFound,
    NotYourPost,
    PostNotFound,
    QuoteNotAllowed,
    QuoteNotFound,
    RepliesRestricted,
    RepostNotEditable,
    TooDeep,
    VisibilityWidened,
)
from hubbub.posts.hydrate import hydrate
from hubbub.posts.polls import Poll, compose_poll
from hubbub.posts.present import REPLY_POLICIES, VISIBILITIES, Presenter, present_read
from hubbub.posts.reader import ask_ahead, open_reader
from hubbub.posts.routes.versions import expected_versions, versioned_post
from hubbub.posts.schemas import NewComment, NewPoll, NewPost, PostChanges, PostView, PreviewQuery
from hubbub.posts.service import Changes, Draft
from hubbub.posts.service import delete_post as remove_post
from hubbub.posts.service import edit_post as change_post
from hubbub.posts.service.publish import publish, publish_at_once
from hubbub.reactions import Numbers, load_numbers
from hubbub.visibility import ReplyPolicy, Visibility

S = TypeVar("S", bound=str)
T = TypeVar("T")

routes = Routes("Posts")
PUBLISHING = (PostNotFound, QuoteNotFound, QuoteNotAllowed, RepliesRestricted, MediaNotFound, TooDeep)


@routes.post("/v1/posts", returns=PostView, status=201, has_preview=True, errors=PUBLISHING, ahead=ask_ahead)
async def create_post(request: Request, query: PreviewQuery, body: NewPost) -> Reply:
    """Publish a post, a comment or a quote.

    Handles that belong to nobody, or to somebody behind a block, stay plain text. A comment is seen by
    those who see the post at the root of its discussion.
    """
    return await _publish(request, query, body, reply_to=_id(body.reply_to))


@routes.post(
    "/v1/posts/{post_id}/comments",
    returns=PostView,
    status=201,
    has_preview=True,
    errors=PUBLISHING,
    ahead=ask_ahead,
)
async def create_comment(request: Request, post_id: int, query: PreviewQuery, body: NewComment) -> Reply:
    """Comment on a post or on a comment."""
    return await _publish(request, query, body, reply_to=post_id)


@routes.patch(
    "/v1/posts/{post_id}",
    returns=PostView,
    is_conditional=True,
    errors=(PostNotFound, NotYourPost, RepostNotEditable, VisibilityWidened),
    ahead=ask_ahead,
)
async def edit_post(request: Request, post_id: int, body: PostChanges) -> Reply:
    """Change a post of one's own; its visibility can only be narrowed.

    Handles of people whom the post was not for stay plain text.

    With If-Match the edit is refused once somebody has changed the post in between.
    """
    changes = Changes(
        text=body.text,
        content_warning=body.content_warning,
        language=body.language,
        visibility=_mapped(body.visibility, lambda name: Visibility(VISIBILITIES.index(name))),
        reply_policy=_mapped(body.reply_policy, lambda name: ReplyPolicy(REPLY_POLICIES.index(name))),
    )
    versions = expected_versions(request)
    cards = await _load_cards_around(request, post_id)

    async def effect(tx: Tx) -> Reply:
        await change_post(
            tx, post_id=post_id, editor_id=request.viewer.id, changes=changes, expected_versions=versions
        )
        around = await hydrate(tx, viewer_id=request.viewer.id, post_ids=[post_id])
        numbers = await load_numbers(tx, viewer_id=request.viewer.id, post_ids=list(around.shown([post_id])))
        return _show(present_read(around, numbers, cards), post_id, status=200)

    return await request.write(effect)


@routes.delete("/v1/posts/{post_id}", errors=(PostNotFound, NotYourPost))
async def delete_post(request: Request, post_id: int) -> Reply:
    """Delete a post of one's own; afterwards it is answered like one that never was.

    Comments below it stay, and can be reached by their ids.
    """

    async def effect(tx: Tx) -> None:
        await remove_post(tx, post_id=post_id, account_id=request.viewer.id)

    return await request.write(effect)


async def _publish(request: Request, query: PreviewQuery, body: NewComment, *, reply_to: int | None) -> Reply:
    if body.media_ids:
        raise MediaNotFound(",".join(body.media_ids))
    author_id, quote = request.viewer.id, _id(body.quote)
    draft = Draft(
        text=body.text,
        visibility=Visibility(VISIBILITIES.index(body.visibility)) if body.visibility else None,
        reply_to=reply_to,
        quote=quote,
        content_warning=body.content_warning,
        language=body.language,
        reply_policy=ReplyPolicy(REPLY_POLICIES.index(body.reply_policy)),
        poll=_poll(body.poll),
    )
    if not query.preview and request.header("idempotency-key") is None:
        return await _publish_at_once(request, draft)
    cards = await _load_cards_around(request, quote)

    async def effect(tx: Tx) -> Reply:
        post, around = await publish(tx, author_id=author_id, draft=draft)
        # Nobody has seen the new post yet: only what it quotes has numbers.
        numbers = Numbers()
        if post.quote_of:
            numbers = await load_numbers(tx, viewer_id=author_id, post_ids=list(around.shown([post.id])))
        return _show(present_read(around, numbers, cards), post.id, status=201)

    return await (request.rehearse(effect) if query.preview else request.write(effect))


async def _publish_at_once(request: Request, draft: Draft) -> Reply:
    """Without a key to be stored with it, a post shares its statement with others of its moment."""
    reader = await open_reader(request, shows_reactions=False)
    post, around = await publish_at_once(reader, draft)
    numbers = Numbers()
    if post.quote_of:
        async with request.db.connection() as tx:
            numbers = await load_numbers(
                tx, viewer_id=request.viewer.id, post_ids=list(around.shown([post.id]))
            )
    return _show(present_read(around, numbers, reader.people), post.id, status=201)


def _poll(new: NewPoll | None) -> Poll | None:
    if new is None:
        return None
    return compose_poll(
        new.options, seconds=new.expires_in, is_multiple=new.multiple, hides_counts=new.hide_counts
    )


async def _load_cards_around(request: Request, post_id: int | None) -> dict[int, Fragment]:
    """Cards of the viewer and of the authors in a post, before a transaction begins.

    What is not cached is loaded on a connection of its own, and nobody may wait for one while holding one.
    """
    reader = await open_reader(request)
    shown = (await reader.hydrate([] if post_id is None else [post_id])).shown([post_id] if post_id else [])
    await reader.load_people({request.viewer.id}.union(post.author_id for post in shown.values()))
    return reader.people


def _show(presenter: Presenter, post_id: int, *, status: int) -> Reply:
    view = presenter.show(post_id)
    if view is None:
        raise PostNotFound(f"{post_id} was gone before it could be shown")
    return versioned_post(view, presenter.version(post_id), status=status)


def _id(text: str | None) -> int | None:
    """0, which no post has, for a number that is too large for an id."""
    return None if text is None else parse_id(text) or 0


def _mapped(value: S | UnsetType, read: Callable[[S], T]) -> T | UnsetType:
    return UNSET if value is UNSET else read(value)
