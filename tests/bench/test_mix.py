"""What is asked for, how often and by whom."""

import json
from collections import Counter

import pytest

from hubbub.bench import OPERATIONS, WORKLOADS, Ground, HubbubApi, Mix, Person, Workload
from hubbub.bench.mix import DEEPEST_PAGE
from hubbub.bench.workloads import HOT_POST, LOGINS, MIX, POSTS, READS

GROUND = Ground(
    readers=[Person(n, f"p{n}", f"token{n}") for n in range(1, 51)],
    accounts=list(range(100, 120)),
    posts=list(range(1000, 1500)),
)


def mix(workload: Workload, seed: int = 1) -> Mix:
    return Mix(HubbubApi("http://h:1", password="x"), workload, GROUND, seed=seed)


@pytest.mark.parametrize("workload", [*WORKLOADS.values(), LOGINS, POSTS], ids=lambda each: each.name)
def test_every_workload_asks_for_what_it_says_as_often_as_it_says(workload: Workload) -> None:
    made = mix(workload)
    counts = Counter(made.shot(0).operation for _ in range(20_000))
    whole = sum(workload.weights.values())

    assert set(counts) <= set(workload.weights) <= set(OPERATIONS)
    for name, weight in workload.weights.items():
        assert counts[name] / 20_000 == pytest.approx(weight / whole, rel=0.15, abs=0.002)


def test_the_mix_is_60_30_10() -> None:
    assert MIX.weights == {"home": 60, "author": 30, "post": 10}


def test_the_read_heavy_workload_with_what_it_leaves_out_is_all_of_it() -> None:
    assert sum(READS.weights.values()) + sum(READS.left_out.values()) == pytest.approx(100)
    assert (1 - READS.writes) / READS.writes == pytest.approx(50, rel=0.1)


def test_same_seed_makes_the_same_requests_whatever_is_answered() -> None:
    first, second = mix(READS), mix(READS)
    for _ in range(2_000):
        one, other = first.shot(0), second.shot(0)
        second.learn(other, b"HTTP/1.1 200 OK\r\nETag: e", b'{"items":[],"next":"c"}')
        assert (one.operation, one.reader) == (other.operation, other.reader)
        assert other.is_deep or one.operation in ("home", "poll") or one.data == other.data


def test_few_readers_ask_most() -> None:
    made = mix(READS)
    counts = Counter(made.shot(0).reader for _ in range(20_000))

    assert counts[0] > 5 * counts[20]


def test_four_of_five_likes_go_to_the_hot_post() -> None:
    made = mix(HOT_POST)
    likes = [shot.data.split()[1] for shot in map(made.shot, [0.0] * 10_000) if shot.operation == "like"]

    assert likes.count(b"/v1/posts/1000/like") / len(likes) == pytest.approx(0.8, abs=0.03)


def test_deep_pages_go_on_where_the_last_page_ended() -> None:
    made = mix(Workload(name="deep", title="", weights={"home": 1}, deep_share=1.0, reader_skew=0.0))
    pages: Counter[int] = Counter()
    for _ in range(20_000):
        shot = made.shot(0)
        page = int(shot.data.partition(b"cursor=page")[2].split()[0]) if shot.is_deep else 1
        pages[page] += 1
        made.learn(
            shot,
            b"HTTP/1.1 200 OK",
            json.dumps({"items": [], "next": f"page{page + 1}"}).replace(": ", ":").encode(),
        )

    assert sorted(pages) == list(range(1, DEEPEST_PAGE + 1))


def test_one_in_twenty_home_pages_is_deep() -> None:
    made = mix(MIX)
    homes: Counter[bool] = Counter()
    for _ in range(20_000):
        shot = made.shot(0)
        made.learn(shot, b"HTTP/1.1 200 OK", b'{"items":[],"next":"x"}')
        if shot.operation == "home":
            homes[shot.is_deep] += 1

    assert homes[True] / homes.total() == pytest.approx(0.05, abs=0.01)


def test_polls_send_the_etag_that_the_reader_has() -> None:
    made = mix(Workload(name="polls", title="", weights={"poll": 1}, reader_skew=0.0))
    shot = made.shot(0)
    assert b"If-None-Match" not in shot.data

    made.learn(shot, b'HTTP/1.1 200 OK\r\nEtag: W/"v1"\r\nx: y', b"{}")

    asked = [each.data for each in map(made.shot, [0.0] * 500) if each.reader == shot.reader]
    assert asked
    assert all(b'If-None-Match: W/"v1"\r\n' in data for data in asked)


def test_bodies_have_their_length() -> None:
    made = mix(POSTS)
    head, _, body = made.shot(0).data.partition(b"\r\n\r\n")

    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["text"]
