"""Whether the baseline's feed holds the posts of Hubbub's for the same reader, in the order of their time."""

from collections.abc import Sequence
from typing import NamedTuple

import httpx
import msgspec

from benchmarks.scene import Person as Reader
from benchmarks.tutorial.target import PAGE_SIZE, TutorialTarget
from hubbub.bench import Person


class _Author(msgspec.Struct):
    id: str


class _Post(msgspec.Struct):
    id: str
    author: _Author
    created_at: str


class Item(NamedTuple):
    id: str
    author_id: str
    created_at: str


class _Page(msgspec.Struct):
    items: list[_Post]
    next: str | None = None


async def differing_readers(
    target: TutorialTarget, hubbub_url: str, readers: Sequence[Reader], pages: int
) -> dict[str, str]:
    """Handles, and what is different. Readers need tokens of Hubbub."""
    people = await target.sign_in([reader.id for reader in readers])
    found = {}
    async with (
        httpx.AsyncClient(base_url=target.base_url, timeout=30) as baseline,
        httpx.AsyncClient(base_url=hubbub_url, timeout=30) as hubbub,
    ):
        for reader, person in zip(readers, people, strict=True):
            shown = await feed_of(target, baseline, person, pages)
            # Its own posts are in Hubbub's feed only, and one page more bears a tie in time at the end.
            expected = [
                item
                for item in await _hubbub_feed(hubbub, reader, len(shown) + PAGE_SIZE)
                if item.author_id != str(reader.id)
            ]
            difference = difference_between(shown, expected)
            if difference:
                found[reader.handle] = difference
    return found


def difference_between(shown: Sequence[Item], expected: Sequence[Item]) -> str:
    """In words, or nothing. Posts of one millisecond may stand in any order: only their ids have one."""
    if not shown:
        return "the feed is empty"
    if len({item.id for item in shown}) < len(shown):
        return "a post is there twice"
    times = [item.created_at for item in shown]
    if times != [item.created_at for item in expected[: len(shown)]]:
        return f"other posts, from {shown[0].id} to {shown[-1].id}"
    strange = {item.id for item in shown} - {item.id for item in expected}
    return f"posts that Hubbub does not show: {sorted(strange)}" if strange else ""


async def feed_of(target: TutorialTarget, http: httpx.AsyncClient, person: Person, pages: int) -> list[Item]:
    items: list[Item] = []
    cursor = ""
    for _ in range(pages):
        call = target.request("home", person, cursor=cursor)
        answer = (await http.request(call.method, call.path, headers=call.headers)).raise_for_status()
        items += _items(msgspec.json.decode(answer.content, type=_Page))
        cursor = target.next_cursor(answer.content)
        if not cursor:
            break
    return items


async def _hubbub_feed(http: httpx.AsyncClient, reader: Reader, wanted: int) -> list[Item]:
    """So many posts by others, or all."""
    headers = {"Authorization": f"Bearer {reader.token}"}
    items: list[Item] = []
    query: dict[str, str | int] = {"limit": 100}
    while sum(item.author_id != str(reader.id) for item in items) < wanted:
        answer = (await http.get("/v1/feeds/home", params=query, headers=headers)).raise_for_status()
        page = msgspec.json.decode(answer.content, type=_Page)
        items += _items(page)
        if page.next is None:
            break
        query["cursor"] = page.next
    return items


def _items(page: _Page) -> list[Item]:
    return [Item(post.id, post.author.id, post.created_at) for post in page.items]
