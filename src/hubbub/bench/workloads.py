"""The workloads as data: how often what is asked, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    name: str
    title: str
    weights: Mapping[str, float]
    """Operations and their shares; they need not add up to anything."""
    reader_skew: float = 0.99
    """Exponent of the Zipf law of who asks."""
    deep_share: float = 0.05
    """Of home pages: those that go on where the reader's last page ended, down to page 40."""
    hot_share: float = 0.0
    """Of likes, comments and threads: those that go to one post."""
    left_out: Mapping[str, float] = field(default_factory=dict)
    """What belongs to the mix and cannot be asked for yet; the others keep their proportions."""

    @property
    def writes(self) -> float:
        """Share of requests that change something."""
        written = sum(self.weights.get(name, 0.0) for name in WRITES)
        return written / sum(self.weights.values())


WRITES = ("post", "comment", "like", "unlike", "follow", "unfollow")
READ_HEAVY: Mapping[str, float] = {
    "home": 62,
    "poll": 15,
    "profile": 8,
    "thread": 6,
    "notifications": 5,
    "author": 2,
    "like": 1.4,
    "comment": 0.3,
    "post": 0.2,
    "follow": 0.1,
}

MIX = Workload(
    name="w1",
    title="60 % home, 30 % author page, 10 % post",
    weights={"home": 60, "author": 30, "post": 10},
)
READS = Workload(
    name="w2",
    title="read-heavy, 50 to 1",
    weights=READ_HEAVY,
)
HOT_POST = Workload(
    name="w4",
    title="likes and comments, 80 % on one post",
    weights={"home": 30, "thread": 20, "like": 40, "comment": 10},
    hot_share=0.8,
)
NO_HOT_POST = Workload(
    name="w4-spread",
    title="the same likes and comments, spread over posts",
    weights=HOT_POST.weights,
)
LOGINS = Workload(name="logins", title="log-ins only", weights={"login": 1}, reader_skew=0.0)
POSTS = Workload(name="posts", title="posts only", weights={"post": 1}, reader_skew=0.0)

WORKLOADS: Mapping[str, Workload] = {each.name: each for each in (MIX, READS, HOT_POST, NO_HOT_POST)}
"""Those that one can ask for by name. W3, W6 and W7 are READS beside something else."""
