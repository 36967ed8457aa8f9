"""What caches say that their entries take is about what these take, so that their bounds mean something."""

import gc
import tracemalloc
from array import array
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from hubbub.accounts import cards
from hubbub.platform.cache import ENTRY_BYTES
from hubbub.platform.counters import USUAL_KINDS
from hubbub.platform.tallies import TALLY_BYTES, Tally
from hubbub.posts import store
from hubbub.posts.fragments import StoredPost
from hubbub.posts.polls import compose_poll, pack_poll
from hubbub.posts.queries.posts import Post
from hubbub.posts.viewers import Viewer
from hubbub.reactions import ReactionState, ViewerReactions
from hubbub.visibility import Relation, ViewerRelations

NUMBER = 300


def a_post(id_: int) -> StoredPost:
    text, by = "some words " * 15, id_ + 1
    row = Post(id_, by, None, None, None, None, None, 0, 0, 1, None, None, "en", "", text, "{}", ())
    return StoredPost(store._decode(store._encode(row)))


def a_poll(id_: int) -> StoredPost:
    poll = compose_poll([f"Option {n} of the poll" for n in range(4)], seconds=300)
    return StoredPost(msgspec.structs.replace(a_post(id_).post, poll=pack_poll(poll)))


def a_card(id_: int) -> cards.Fragment:
    json = msgspec.Raw(b'{"id":"%d","display_name":"Somebody"}' % id_)
    return cards._decode(cards._encode(cards.Fragment(is_active=True, is_private=False, json=json)))


def a_tally(id_: int) -> Tally:
    tally = Tally({kind: 1000 + id_ for kind in USUAL_KINDS})
    tally.json = b'{"likes":%d,"comments":1000,"reposts":1000,"quotes":1000}' % id_
    return tally


def a_viewer(follows: int, blocks: int, likes: int) -> Callable[[int], Viewer]:
    def make(id_: int) -> Viewer:
        special = {id_ + n: Relation(blocks=True) for n in range(blocks)}
        states = {id_ + n: ReactionState(liked=True) for n in range(likes)}
        followed = ViewerRelations(array("q", range(id_, id_ + follows)), special)
        return Viewer(id_, "1764000000000000.1.2.3", followed, ViewerReactions(states, 0))

    return make


@pytest.mark.parametrize(
    ("make", "size_of"),
    [
        (a_post, lambda stored: stored.size),
        (a_poll, lambda stored: stored.size),
        (a_card, lambda card: len(card.json) + cards.FRAGMENT_BYTES),
        (a_tally, lambda _: TALLY_BYTES),
        (a_viewer(100, 0, 0), lambda viewer: viewer.size),
        (a_viewer(10_000, 0, 0), lambda viewer: viewer.size),
        (a_viewer(100, 100, 100), lambda viewer: viewer.size),
    ],
    ids=["post", "poll", "card", "counts", "reader", "reader of 10,000", "reader who reacts"],
)
def test_size_is_about_what_is_held(make: Callable[[int], Any], size_of: Callable[[Any], int]) -> None:
    gc.collect()
    tracemalloc.start()
    held = {10**12 + n: make(10**12 + n * 10**5) for n in range(NUMBER)}
    taken = tracemalloc.get_traced_memory()[0] / NUMBER + ENTRY_BYTES
    tracemalloc.stop()

    counted = sum(map(size_of, held.values())) / NUMBER + ENTRY_BYTES
    assert 0.75 < counted / taken < 1.6
