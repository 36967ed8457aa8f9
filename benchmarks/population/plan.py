"""What is asked for, and who came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hubbub.platform.ids import EPOCH_MS, SEQUENCE_BITS, WORKER_BITS
from hubbub.settings import FeedSettings

PASSWORD = "a river runs under the old bridge"  # noqa: S105 - of people who live for some minutes
LOW_BITS = WORKER_BITS + SEQUENCE_BITS
PERIOD_MS = 10 * 86_400_000
"""People join in the first of three such periods, follow in the second, write and react in the third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Sizes that do not fit into so few accounts are left out of the summary."""

    accounts: int = 10_000
    posts_per_account: float = 5.0
    """Rows of `posts`, so with comments and reposts; those of the deep authors come on top."""
    likes_per_post: float = 3.0
    mean_follows: float = 35.0
    reader_follows: tuple[int, ...] = (10, 100, 1_000, 10_000)
    """There are `readers_each` accounts that follow exactly so many."""
    readers_each: int = 4
    author_followers: tuple[int, ...] = (10, 100, 1_000, 10_000, 100_000)
    """There is one account with exactly so many followers; only below a fifth of all accounts."""
    post_likes: tuple[int, ...] = (10, 1_000, 100_000)
    """There is one post with exactly so many likes; only below a third of all accounts."""
    deep_authors: int = 12
    deep_posts: int = 100
    """Posts by each deep author and by each of the accounts with exact numbers of followers."""
    celebrity_followers: int = field(default_factory=lambda: FeedSettings().celebrity_followers)
    """The setting of the Hubbub that reads the database."""
    seed: int = 1
    ends_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Nothing is later than this. Ids follow from it, and nothing else does."""

    def clock(self, period: int) -> Callable[[float], int]:
        """Gives the lowest id of the moment that lies a share (0 to 1) of the way through period 0, 1 or 2.

        Two shares that are further apart than a thousand-millionth get ids that leave room between them.
        """
        end = int(self.ends_at.timestamp() * 1000) - EPOCH_MS
        start = end + (period - 3) * PERIOD_MS
        return lambda share: int(start + PERIOD_MS * share) << LOW_BITS


@dataclass(frozen=True, slots=True)
class Person:
    """Logs in with the handle and PASSWORD."""

    id: int
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    celebrity: Person
    """Followed by 20 % of all."""
    popular: Person
    """Followed by 1 % of all."""
    readers: Mapping[int, Sequence[Person]]
    """By how many they follow. Each follows ten of the deep authors first, and none of the exact ones."""
    authors: Mapping[int, Person]
    """By their exact number of followers."""
    deep_authors: Sequence[Person]
    active: Sequence[Person]
    """Up to a thousand of the ordinary people who write and react, in an order drawn from the seed."""
    liked: Mapping[int, int]
    """Posts by their exact number of likes."""
    rows: Mapping[str, int]
    """How many rows each table got."""
    seconds: float
