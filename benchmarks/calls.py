"""Streams of single operations: no request is made twice where that would change what it costs."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import count, cycle, product
from urllib.parse import urlsplit

from benchmarks.targets import Target
from hubbub.bench import Answer, Call, Client, Outcome, Person, Shot, encode, header

NOTE = "Note {}: the tide is out, and the boats lie on the sand until the evening."


class Calls:
    """Makes shots of one operation from a stream of calls, for a closed loop."""

    def __init__(self, target: Target, operation: str, calls: Iterable[Call]) -> None:
        self._host = urlsplit(target.base_url).netloc
        self._operation = operation
        self._calls = iter(calls)

    def shot(self, due: float) -> Shot | None:
        call = next(self._calls, None)
        return None if call is None else Shot(due, self._operation, 0, encode(call, self._host))


def reading(
    target: Target, operation: str, readers: Iterable[Person], subjects: Iterable[int] = (0,)
) -> Iterator[Call]:
    """Readers and subjects in turn, for ever."""
    # Both cycles go on together, so that every reader meets many subjects.
    for reader, subject in zip(cycle(readers), cycle(subjects), strict=False):
        yield target.request(operation, reader, subject=subject)


def writing(
    target: Target, operation: str, writers: Iterable[Person], subjects: Iterable[int] = (0,)
) -> Iterator[Call]:
    for number, writer, subject in zip(count(), cycle(writers), cycle(subjects), strict=False):
        yield target.request(operation, writer, subject=subject, text=NOTE.format(number))


def spread(target: Target, operation: str, people: list[Person], subjects: Iterable[int]) -> Iterator[Call]:
    """Each pair once, no two in a row about one subject."""
    subjects = list(subjects)
    for turn in range(len(people)):
        for number, subject in enumerate(subjects):
            person = people[(number + turn) % len(people)]
            if person.id != subject:
                yield target.request(operation, person, subject=subject)


def crowding(target: Target, operation: str, people: list[Person], subjects: Iterable[int]) -> Iterator[Call]:
    """Each pair once, everybody about one subject before the next."""
    for subject, person in product(subjects, people):
        yield target.request(operation, person, subject=subject)


async def polling(target: Target, readers: list[Person]) -> Iterator[Call]:
    """Each reader asks again for the page that they have, which has not changed."""
    etags = {}
    for reader in readers:
        answer = await ask(target, target.request("poll", reader))
        etags[reader.id] = header(answer.head, b"etag")
    return (target.request("poll", reader, etag=etags[reader.id]) for reader in cycle(readers))


async def deep(target: Target, readers: list[Person], page: int) -> Iterator[Call]:
    """Page `page` of each reader's home feed, found by paging there."""
    async with Client(target.base_url, len(readers)) as client:
        cursors = await asyncio.gather(*(_page_to(client, target, reader, page) for reader in readers))
    pages = list(zip(readers, cursors, strict=True))
    return (target.request("home", reader, cursor=cursor) for reader, cursor in cycle(pages))


async def _page_to(client: Client, target: Target, reader: Person, page: int) -> str:
    cursor = ""
    for _ in range(page - 1):
        answer = await ask_with(client, target.request("home", reader, cursor=cursor))
        cursor = target.next_cursor(answer.body)
        if not cursor:
            raise WrongAnswer(f"the feed of {reader.handle} has fewer than {page} pages")
    return cursor


class WrongAnswer(Exception):
    """What came back is not what is measured."""


async def ask(target: Target, call: Call) -> Answer:
    """One request on a connection of its own. Raises WrongAnswer unless it succeeds."""
    async with Client(target.base_url) as client:
        return await ask_with(client, call)


async def ask_with(client: Client, call: Call) -> Answer:
    answer = await client.ask(call)
    if answer.status >= 400:
        raise WrongAnswer(f"{call.path}: {answer.status} {answer.body[:300].decode('utf-8', 'replace')}")
    return answer


def require_success(outcome: Outcome) -> None:
    if outcome.failed or outcome.dropped or not outcome.answered:
        raise WrongAnswer(outcome.example or f"{outcome.dropped} requests were not answered")
