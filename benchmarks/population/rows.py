"""From what happens to lines of COPY's text format, table by table."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias, TypeVar

from argon2 import PasswordHasher

from benchmarks.population.follows import Follows
from benchmarks.population.people import People
from benchmarks.population.plan import PASSWORD
from benchmarks.population.writing import Post, Settled, Writing, Written
from hubbub.identity.hashing import MEMORY_KIB, PARALLELISM, TIME_COST
from hubbub.platform.counters import CountKind
from hubbub.platform.ids import id_time
from hubbub.platform.text.handles import skeleton
from hubbub.reactions import ReactionKind

COLUMNS = {
    "accounts": "id handle display_name bio bio_entities locale is_private version updated_at",
    "handles": "name account_id is_skeleton",
    "emails": "email_hash account_id",
    "credentials": "account_id email email_verified_at password_hash password_changed_at",
    "follows": "follower_id followee_id id",
    "posts": (
        "id author_id root_id parent_id quote_of repost_of between_ids visibility language text"
        " entities audience"
    ),
    "post_tags": "tag post_id",
    "comment_ranks": "parent_id post_id likes",
    "reactions": "post_id account_id kind id",
    "bookmarks": "account_id post_id id",
    "counts": "subject_id kind value",
    "celebrities": "account_id since",
}
"""What is left out has the table's default."""
NULL = "\\N"
NO_ENTITIES = '{"mentions":[],"tags":[],"links":[]}'
# Lists of followers and followees lie scattered over a table that grew over months. The lines of so many
# followers are dealt out like cards, so that no page holds many of one.
SCATTERED_FOLLOWERS = 10_000
HANDS = 97

TOLD_EVERY = 1_000

T = TypeVar("T")
Progress: TypeAlias = Callable[[str, int, int], None]
Lines: TypeAlias = tuple[str, str]
"""A table and lines for it; lines are empty now and then, where the caller may do something else."""


class Rows:
    def __init__(self, people: People, progress: Progress) -> None:
        self._people = people
        self._progress = progress
        self._ids = [str(id_) for id_ in people.ids]
        self._followers = [0] * people.count
        self._following = [0] * people.count
        self._posts = [0] * people.count
        self._celebrities: dict[int, int] = {}
        """By position the first post that was to go to all of so many followers."""

    def of_people(self) -> Iterator[Lines]:
        hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
        password = hasher.hash(PASSWORD)
        for new in self._watched("people", self._people.newcomers(), self._people.count):
            at = _moment(id_time(new.id))
            # Registering makes version 1, and the profile with its bio version 2.
            yield (
                "accounts",
                f"{new.id}\t{new.handle}\t{new.display_name}\t{_text(new.bio)}\t{NO_ENTITIES}\t{new.language}\t"
                f"{'t' if new.is_private else 'f'}\t2\t{at}\n",
            )
            for name in sorted({new.handle, skeleton(new.handle)}):
                yield "handles", f"{name}\t{new.id}\t{'f' if name == new.handle else 't'}\n"
            digest = sha256(new.email.encode()).hexdigest()
            yield "emails", f"\\\\x{digest}\t{new.id}\n"
            yield "credentials", f"{new.id}\t{new.email}\t{at}\t{password}\t{at}\n"

    def of_follows(self, follows: Follows) -> Iterator[Lines]:
        ids, followers = self._ids, self._followers
        lines: list[str] = []
        for follower, followees in self._watched("follows", follows.lists(), self._people.count):
            self._following[follower] = len(followees)
            follower_id, first = ids[follower], follows.first_id(follower)
            for number, followee in enumerate(followees):
                followers[followee] += 1
                lines.append(f"{follower_id}\t{ids[followee]}\t{first + number}\n")
            yield "follows", ""
            if follower % SCATTERED_FOLLOWERS == SCATTERED_FOLLOWERS - 1:
                yield from (("follows", "".join(lines[hand::HANDS])) for hand in range(HANDS))
                lines = []
        yield from (("follows", "".join(lines[hand::HANDS])) for hand in range(HANDS))

    def of_writing(self, writing: Writing) -> Iterator[Lines]:
        for happening in self._watched("posts and likes", writing.happenings(), writing.total):
            if isinstance(happening, Settled):
                yield from self._settled(happening)
            else:
                yield from self._written_rows(happening)

    def of_account_counts(self) -> Iterator[Lines]:
        kinds = (
            (CountKind.FOLLOWERS, self._followers),
            (CountKind.FOLLOWING, self._following),
            (CountKind.POSTS, self._posts),
        )
        for position, account_id in enumerate(self._ids):
            for kind, values in kinds:
                if values[position]:
                    yield "counts", f"{account_id}\t{int(kind)}\t{values[position]}\n"

    def of_celebrities(self) -> Iterator[Lines]:
        for position, post_id in self._celebrities.items():
            yield "celebrities", f"{self._ids[position]}\t{_moment(id_time(post_id))}\n"

    def _watched(self, step: str, items: Iterable[T], total: int) -> Iterator[T]:
        for number, item in enumerate(items):
            if number % TOLD_EVERY == 0:
                self._progress(step, min(number, total), total)
            yield item
        self._progress(step, total, total)

    def _written_rows(self, post: Written) -> Iterator[Lines]:
        author_id = self._ids[post.author]
        if post.parent is None and self._followers[post.author] > self._people.plan.celebrity_followers:
            self._celebrities.setdefault(post.author, post.id)
        if post.target is not None:
            yield (
                "posts",
                f"{post.id}\t{author_id}\t{NULL}\t{NULL}\t{NULL}\t{post.target.id}\t{NULL}\t0\t{NULL}\t\t{{}}\t{{}}\n",
            )
            yield "reactions", f"{post.target.id}\t{author_id}\t{int(ReactionKind.REPOST)}\t{post.id}\n"
            return
        assert post.wording is not None
        self._posts[post.author] += 1
        parent = post.parent
        yield (
            "posts",
            f"{post.id}\t{author_id}\t{_way_up(parent)}\t{post.quoted.id if post.quoted else NULL}\t{NULL}\t"
            f"{_between(parent)}\t{int(post.visibility)}\t{self._people.language(post.author)}\t"
            f"{_text(post.wording.text)}\t{_text(post.wording.entities)}\t{self._audience(post)}\n",
        )
        for tag in post.wording.tags:
            yield "post_tags", f"{tag}\t{post.id}\n"
        if parent is not None and post.is_closed:
            yield "comment_ranks", f"{parent.id}\t{post.id}\t0\n"

    def _settled(self, settled: Settled) -> Iterator[Lines]:
        post, ids = settled.post, self._ids
        kind = int(ReactionKind.LIKE)
        yield "reactions", "".join([f"{post.id}\t{ids[fan]}\t{kind}\t{id_}\n" for fan, id_ in settled.likes])
        yield "bookmarks", "".join([f"{ids[fan]}\t{post.id}\t{id_}\n" for fan, id_ in settled.bookmarks])
        if post.ancestors:
            yield "comment_ranks", f"{post.ancestors[-1]}\t{post.id}\t{len(settled.likes)}\n"
        counts = (
            (CountKind.LIKES, len(settled.likes)),
            (CountKind.COMMENTS, post.comments),
            (CountKind.REPOSTS, len(post.reposters)),
            (CountKind.QUOTES, post.quotes),
        )
        for count, value in counts:
            if value:
                yield "counts", f"{post.id}\t{int(count)}\t{value}\n"

    def _audience(self, post: Written) -> str:
        reached = {
            each for each in (post.mentioned, post.parent.author if post.parent else None) if each is not None
        }
        return f"{{{','.join(self._ids[each] for each in sorted(reached - {post.author}))}}}"


def _way_up(parent: Post | None) -> str:
    """The root's and the parent's id."""
    if parent is None:
        return f"{NULL}\t{NULL}"
    return f"{parent.ancestors[0] if parent.ancestors else parent.id}\t{parent.id}"


def _between(parent: Post | None) -> str:
    between = parent.ancestors[1:] if parent else ()
    return f"{{{','.join(map(str, between))}}}" if between else NULL


def _moment(at: datetime) -> str:
    return at.isoformat()


def _text(raw: str) -> str:
    return raw.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
