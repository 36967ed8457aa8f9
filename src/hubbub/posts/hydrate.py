"""From ids to all that judging and showing them needs, in at most three statements however many ids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hubbub.platform.db import Tx
from hubbub.posts.queries import posts as queries
from hubbub.posts.queries.posts import Post
from hubbub.visibility import (
    Facts,
    is_muted,
    load_facts,
    may_comment,
    may_list,
    may_see_discussion,
    may_see_post,
)


@dataclass(frozen=True, slots=True)
class Hydrated:
    """Posts with those they point at, and what the rule knows of their authors for one viewer."""

    posts: Mapping[int, Post]
    facts: Facts
    _judged: dict[int, Post | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, post_id: int | None) -> Post | None:
        """The post, if the viewer may see it. Judged once, as a page asks several times for each."""
        if post_id is None:
            return None
        judged = self._judged
        if post_id in judged:
            return judged[post_id]
        post = self.posts.get(post_id)
        if post is not None and not may_see_post(post, self.facts, self.posts):
            post = None
        judged[post_id] = post
        return post

    def original(self, post: Post) -> Post | None:
        """What a repost points at, as far as the viewer may see it; any other post itself."""
        return post if post.repost_of is None else self.find(post.repost_of)

    def is_listed(self, post: Post) -> bool:
        """Whether it belongs on pages for everyone."""
        if not may_list(post, self.facts):
            return False
        target = self.original(post)
        return target is post or (target is not None and may_list(target, self.facts))

    def is_muted(self, post: Post) -> bool:
        """Whether a feed leaves it out, for its author's sake or for that of what it passes on."""
        if is_muted(post, self.facts):
            return True
        target = self.original(post)
        return target is not None and target is not post and is_muted(target, self.facts)

    def may_comment(self, post: Post) -> bool:
        """Both the post and the discussion that it stands in must let the viewer answer.

        Whoever may not see the root any more still sees what they wrote below it, but writes no further.
        """
        if not may_comment(post, post.reply_policy, self.facts):
            return False
        if post.root_id is None:
            return True
        root = self.posts.get(post.root_id)
        return (
            root is not None
            and may_see_discussion(root, self.facts)
            and may_comment(root, root.reply_policy, self.facts)
        )

    def shown(self, post_ids: Iterable[int]) -> dict[int, Post]:
        """Those of these posts that the viewer may see, what they pass on, and what either quotes."""
        shown: dict[int, Post] = {}
        for post_id in post_ids:
            post = self.find(post_id)
            target = self.find(post.repost_of) if post else None
            for each in (post, target):
                if each is None:
                    continue
                shown[each.id] = each
                quoted = self.find(each.quote_of)
                if quoted is not None:
                    shown[quoted.id] = quoted
        return shown


async def hydrate(
    tx: Tx, *, viewer_id: int, post_ids: Iterable[int], account_ids: Iterable[int] = ()
) -> Hydrated:
    """Load posts, what they point at, and facts about all the authors and `account_ids`."""
    found = await load_posts(tx, post_ids)
    authors = {post.author_id for post in found.values()}
    facts = await load_facts(tx, viewer_id=viewer_id, account_ids=authors.union(account_ids))
    return Hydrated(found, facts)


async def load_posts(tx: Tx, post_ids: Iterable[int]) -> dict[int, Post]:
    """These posts and those they point at, deleted ones too, in one or two statements; not yet judged."""
    wanted = list(dict.fromkeys(post_ids))
    if not wanted:
        return {}
    found = {post.id: post for post in await queries.select_posts_and_related(tx, wanted)}
    further = _further_ids(found, set(wanted))
    if further:
        found |= {post.id: post for post in await queries.select_posts_and_related(tx, further)}
    return found


def _further_ids(found: Mapping[int, Post], asked: set[int]) -> list[int]:
    """What related posts point at: the root that decides whether they may be seen, the quote in a repost."""
    targets = {post.repost_of for post in found.values()}
    further = {post.root_id for id_, post in found.items() if id_ not in asked}
    further |= {post.quote_of for id_, post in found.items() if id_ in targets}
    return [id_ for id_ in further if id_ is not None and id_ not in found]
