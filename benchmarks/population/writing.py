"""What people write, and how others react: one pass in the order of time over a window of recent posts.

Posts leave the window after a while; then their likes are drawn and their counts are final.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple, TypeAlias

from benchmarks.population.follows import draw_by_popularity, power_draw
from benchmarks.population.people import People
from benchmarks.population.wordings import Wording, Wordings
from hubbub.visibility import Visibility

WINDOW = 4_000
"""Posts that are recent enough to be answered, quoted and passed on."""
ECHO = 500
"""The last reactions; half of the new ones go where one of these went, so that few posts get most."""
COMMENTS, REPOSTS, QUOTES = 0.25, 0.12, 0.05
MENTIONS, UNLISTED, FOLLOWERS_ONLY = 0.08, 0.04, 0.04
BOOKMARKS = 0.05
"""Of likes."""
LEVELS = 6
ACTIVITY_EXPONENT = 0.5
# Likes of one post fall as the power -(1 + 1.5) of their number.
LIKES_ALPHA = 1.5


class Post:
    """One that others may react to, and what they did so far."""

    __slots__ = (
        "ancestors",
        "author",
        "comments",
        "id",
        "is_out",
        "likes",
        "quotes",
        "reposters",
        "wanted_likes",
    )

    def __init__(self, id_: int, author: int, ancestors: tuple[int, ...]) -> None:
        self.id = id_
        self.author = author
        self.ancestors = ancestors
        self.comments = self.quotes = self.likes = 0
        self.reposters: set[int] = set()
        self.wanted_likes: int | None = None
        self.is_out = False


class Written(NamedTuple):
    """Of the three references at most one is set. `parent` stands for all that a comment needs to know."""

    id: int
    author: int
    visibility: Visibility
    wording: Wording | None
    mentioned: int | None = None
    parent: Post | None = None
    quoted: Post | None = None
    target: Post | None = None
    is_closed: bool = False
    """Nobody will react to it."""


class Settled(NamedTuple):
    """A post has left the window: these liked it, these kept it; its numbers do not change any more."""

    post: Post
    likes: Sequence[tuple[int, int]]
    """(account, id)."""
    bookmarks: Sequence[tuple[int, int]]


Happening: TypeAlias = Written | Settled
Draw: TypeAlias = Callable[[], int]


class Writing:
    def __init__(self, people: People) -> None:
        plan = people.plan
        self._people = people
        self._random = Random(f"{plan.seed} writing")
        self._words = Wordings(plan.seed)
        self._deep = [*people.cast.exact, *people.cast.deep]
        deep_total = len(self._deep) * plan.deep_posts
        self.slots = round(plan.accounts * plan.posts_per_account) + deep_total
        self._stride = max(self.slots // max(deep_total, 1), 1)
        self._deep_left = deep_total
        self._window: deque[Post] = deque()
        self._echo: deque[Post] = deque(maxlen=ECHO)
        self._next_id = 0
        activity = power_draw(self._random, people.by_popularity, ACTIVITY_EXPONENT, 1.0)
        self._draw_author = self._only_active(activity)
        self._draw_mentioned = draw_by_popularity(self._random, people, 0.01)
        self._wanted_likes = [likes for likes in plan.post_likes if likes < plan.accounts // 3]
        self.liked: dict[int, int] = {}
        """Posts with exact numbers of likes, by that number."""

    @property
    def total(self) -> int:
        """About how many things happen: each post, and most of them settle."""
        return 2 * self.slots

    def happenings(self) -> Iterator[Happening]:
        clock = self._people.plan.clock(2)
        for slot in range(self.slots):
            # Every slot has a millisecond of its own, whose ids reactions share with the post.
            self._next_id = clock(slot / self.slots)
            yield self._write(slot)
            if len(self._window) > WINDOW:
                yield self._settle(self._window.popleft())
        while self._window:
            yield self._settle(self._window.popleft())

    def _write(self, slot: int) -> Written:
        if slot % self._stride == 0 and self._deep_left:
            self._deep_left -= 1
            return self._post_of_deep(self._deep[self._deep_left % len(self._deep)])
        author, chance = self._draw_author(), self._random.random()
        if chance < COMMENTS and self._window:
            return self._comment(author)
        if chance < COMMENTS + REPOSTS and self._window:
            return self._repost(author)
        if chance < COMMENTS + REPOSTS + QUOTES and self._window:
            quoted = self._pick()
            quoted.quotes += 1
            return self._post(author, self._wording(author), quoted=quoted)
        return self._ordinary_post(author)

    def _post_of_deep(self, author: int) -> Written:
        written = self._post(author, self._wording(author))
        post = self._window[-1]
        if self._wanted_likes and author == self._people.cast.celebrity:
            post.wanted_likes = self._wanted_likes.pop()
            self.liked[post.wanted_likes] = post.id
        return written

    def _ordinary_post(self, author: int) -> Written:
        chance = self._random.random()
        visibility = Visibility.PUBLIC
        if chance < UNLISTED:
            visibility = Visibility.UNLISTED
        elif chance < UNLISTED + FOLLOWERS_ONLY:
            visibility = Visibility.FOLLOWERS
        wording, mentioned = self._wording(author), None
        if self._random.random() < MENTIONS:
            mentioned = self._draw_mentioned()
            wording = wording.mentioning(self._people.handle(mentioned), self._people.ids[mentioned])
        return self._post(author, wording, visibility=visibility, mentioned=mentioned)

    def _post(
        self,
        author: int,
        wording: Wording,
        *,
        visibility: Visibility = Visibility.PUBLIC,
        mentioned: int | None = None,
        quoted: Post | None = None,
    ) -> Written:
        id_, is_open = self._enter(author, (), is_open=visibility <= Visibility.UNLISTED)
        return Written(
            id_, author, visibility, wording, mentioned=mentioned, quoted=quoted, is_closed=not is_open
        )

    def _comment(self, author: int) -> Written:
        parent = self._pick()
        parent.comments += 1
        wording = self._random.choice(self._words.comments[self._people.tongues[author]])
        ancestors = (*parent.ancestors, parent.id)
        id_, is_open = self._enter(author, ancestors, is_open=len(ancestors) < LEVELS)
        return Written(id_, author, Visibility.PUBLIC, wording, parent=parent, is_closed=not is_open)

    def _repost(self, author: int) -> Written:
        target = self._pick()
        if author in target.reposters:
            return self._ordinary_post(author)
        target.reposters.add(author)
        return Written(self._new_id(), author, Visibility.PUBLIC, None, target=target, is_closed=True)

    def _enter(self, author: int, ancestors: tuple[int, ...], *, is_open: bool) -> tuple[int, bool]:
        """The id of a new post, and whether others can react to it: only to what everybody may see."""
        id_ = self._new_id()
        is_open = is_open and not self._people.is_private[author]
        if is_open:
            self._window.append(Post(id_, author, ancestors))
        return id_, is_open

    def _pick(self) -> Post:
        """A post to react to: half of the time one that others reacted to lately, else any recent one."""
        random = self._random
        if self._echo and random.random() < 0.5:
            post = self._echo[int(len(self._echo) * random.random())]
            if not post.is_out:
                self._echo.append(post)
                return post
        post = self._window[-1 - int(len(self._window) * random.random() ** 2)]
        self._echo.append(post)
        return post

    def _wording(self, author: int) -> Wording:
        return self._random.choice(self._words.posts[self._people.tongues[author]])

    def _settle(self, post: Post) -> Settled:
        random = self._random
        post.is_out = True
        most = self._people.count // 3
        if post.wanted_likes is None:
            # Pareto's law less 1 has the mean 2; drawing the fraction keeps the mean.
            drawn = (random.paretovariate(LIKES_ALPHA) - 1) / 2 * self._people.plan.likes_per_post
            wanted = min(int(drawn + random.random()), most)
        else:
            wanted = post.wanted_likes
        fans: dict[int, None] = {}
        while len(fans) < wanted:
            fans[self._draw_fan()] = None
        post.likes = wanted
        likes = [(fan, self._new_id()) for fan in fans]
        bookmarks = [(fan, self._new_id()) for fan in fans if random.random() < BOOKMARKS]
        return Settled(post, likes, bookmarks)

    def _draw_fan(self) -> int:
        people, uniform = self._people, self._random.random
        while people.is_inactive[drawn := int(people.count * uniform())]:
            pass
        return drawn

    def _only_active(self, draw: Draw) -> Draw:
        is_inactive = self._people.is_inactive

        def drawn() -> int:
            while is_inactive[found := draw()]:
                pass
            return found

        return drawn

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id
