"""Changing a post. The former version is kept and can be read by whoever may see the post."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from hubbub.errors import PreconditionFailed
from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import id_time
from hubbub.platform.outbox import announce
from hubbub.platform.text.languages import parse_language
from hubbub.posts.errors import NotYourPost, PostNotFound, RepostNotEditable, VisibilityWidened
from hubbub.posts.events import PostEdited
from hubbub.posts.hydrate import hydrate
from hubbub.posts.queries import parts
from hubbub.posts.queries import posts as queries
from hubbub.posts.queries.parts import Revision
from hubbub.posts.queries.posts import Post
from hubbub.posts.service.publish import reached_ids
from hubbub.posts.service.wording import clean_warning, pack_entities, read_wording
from hubbub.visibility import ReplyPolicy, Visibility, is_meant_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is UNSET stays as it is."""

    text: str | UnsetType = UNSET
    content_warning: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    reply_policy: ReplyPolicy | UnsetType = UNSET


async def edit_post(
    tx: Tx,
    *,
    post_id: int,
    editor_id: int,
    changes: Changes,
    expected_versions: Collection[int] | None = None,
) -> Post:
    """Change the editor's own post; no change writes and announces nothing.

    Raises PostNotFound, NotYourPost, PreconditionFailed, VisibilityWidened, Invalid.
    """
    post = await lock_own_post(tx, post_id=post_id, account_id=editor_id)
    if expected_versions is not None and post.version not in expected_versions:
        raise PreconditionFailed(f"{post_id} is at version {post.version}")
    if post.repost_of is not None:
        raise RepostNotEditable(str(post_id))
    edited, tags = await _apply(tx, post, changes)
    if edited == post:
        return post
    edited = replace(edited, version=post.version + 1)
    if _wording(edited) != _wording(post):
        edited = replace(edited, edited_at=datetime.now(UTC))
        await parts.insert_revision(tx, post_id=post.id, revision=_former(post))
    await queries.update_post(tx, edited)
    if tags is not None:
        await parts.delete_tags(tx, [post.id])
        await parts.insert_tags(tx, post_id=post.id, tags=tags)
    await announce(tx, _edited(edited, post))
    note_change("post", post.id)
    note_change("author", post.author_id)
    return edited


async def lock_own_post(tx: Tx, *, post_id: int, account_id: int) -> Post:
    """The post, held until the transaction ends. Raises NotYourPost for one that the account may only see."""
    post = await queries.select_own_post_for_update(tx, post_id=post_id, author_id=account_id)
    if post is not None:
        return post
    around = await hydrate(tx, viewer_id=account_id, post_ids=[post_id])
    if around.find(post_id) is None:
        raise PostNotFound(f"{post_id} for {account_id}")
    raise NotYourPost(f"{post_id} for {account_id}")


async def _apply(tx: Tx, post: Post, changes: Changes) -> tuple[Post, list[str] | None]:
    """The post as it shall be, and its tags when the text differs."""
    edited = post
    if changes.visibility is not UNSET:
        if changes.visibility < post.visibility:
            raise VisibilityWidened(f"{post.visibility} to {changes.visibility}")
        edited = replace(edited, visibility=int(changes.visibility))
    if changes.reply_policy is not UNSET:
        edited = replace(edited, reply_policy=int(changes.reply_policy))
    if changes.content_warning is not UNSET:
        edited = replace(edited, content_warning=clean_warning(changes.content_warning))
    if changes.language is not UNSET:
        language = parse_language(changes.language) if changes.language is not None else None
        edited = replace(edited, language=language)
    if changes.text is UNSET:
        return edited, None
    return await _reword(tx, edited, post, changes.text)


async def _reword(tx: Tx, post: Post, former: Post, raw: str) -> tuple[Post, list[str] | None]:
    """Nobody comes to see the post, with its history and what was answered, by being mentioned afterwards."""
    wording = await read_wording(tx, raw)
    if wording.text == post.text:
        return post, None
    around = await hydrate(
        tx,
        viewer_id=post.author_id,
        post_ids=[post.parent_id] if post.parent_id is not None else [],
        account_ids=[post.author_id, *wording.ids.values()],
    )
    mentioned = {
        handle: id_
        for handle, id_ in wording.mentioned(around.facts).items()
        if is_meant_for(former, around.facts, id_)
    }
    parent = around.posts.get(post.parent_id) if post.parent_id is not None else None
    reached = reached_ids(mentioned.values(), parent, post.author_id)
    entities = pack_entities(wording, mentioned)
    return replace(post, text=wording.text, entities=entities, audience=reached), wording.tags


def _wording(post: Post) -> tuple[str, str, str | None]:
    return post.text, post.content_warning, post.language


def _former(post: Post) -> Revision:
    return Revision(
        version=post.version,
        text=post.text,
        content_warning=post.content_warning,
        entities=post.entities,
        language=post.language,
        created_at=post.edited_at or id_time(post.id),
    )


def _edited(edited: Post, former: Post) -> PostEdited:
    return PostEdited(
        post_id=edited.id,
        author_id=edited.author_id,
        version=edited.version,
        visibility=edited.visibility,
        mentioned_ids=tuple(sorted(set(edited.audience) - set(former.audience))),
    )
