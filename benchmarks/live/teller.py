"""Tells events to accounts, and announces likes, as our own processes do it, from one of its own.

python -m benchmarks.live.teller DATA_DIR PORT
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.hubbub_target import settings_beside
from benchmarks.live.children import obey
from hubbub.app import open_services
from hubbub.platform.ids import new_id
from hubbub.platform.live import LiveLog, Told
from hubbub.platform.outbox import announce
from hubbub.platform.services import Services
from hubbub.reactions import PostLiked, ReactionKind

TICK_SECONDS = 0.005


class Teller:
    def __init__(self, services: Services) -> None:
        self._db = services.db
        self._log = services.part(LiveLog)
        self._number = 0

    async def do(self, what: Any) -> Any:
        """`{"accounts", "bytes"}`: one event to each; with `per_second` and `seconds` to one after the other.

        `{"like": [[author, account, post], …]}`: rows of likes; with `per_second` the events about them.
        """
        if "like" in what:
            likes = [PostLiked(author_id=a, account_id=b, post_id=c) for a, b, c in what["like"]]
            return await (self._announce(likes, what) if "per_second" in what else self._insert(likes))
        if "per_second" in what:
            return await self._steadily(what)
        return await self._log.tell([self._event(account, what["bytes"]) for account in what["accounts"]])

    async def _steadily(self, what: Any) -> int:
        accounts, told = what["accounts"], 0
        started = time.perf_counter()
        while (passed := time.perf_counter() - started) < what["seconds"]:
            due = int(passed * what["per_second"]) - told
            if due:
                some = [accounts[(told + each) % len(accounts)] for each in range(due)]
                told += due
                await self._log.tell([self._event(account, what["bytes"]) for account in some])
            await asyncio.sleep(TICK_SECONDS)
        return told

    def _event(self, account_id: int, size: int) -> Told:
        """It says when it was told, by a clock that all processes of the machine share."""
        self._number += 1
        data = b'{"at":%d,"pad":"%b"}' % (time.monotonic_ns(), b"x" * size)
        return Told(account_id, "notification", data, key=f"bench:{self._number}")

    async def _insert(self, likes: Sequence[PostLiked]) -> int:
        async with self._db.transaction() as tx:
            await tx.execute(
                """
                INSERT INTO reactions (post_id, account_id, kind, id)
                SELECT post_id, account_id, $4, id
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS new (post_id, account_id, id)
                """,
                [like.post_id for like in likes],
                [like.account_id for like in likes],
                [new_id() for _ in likes],
                int(ReactionKind.LIKE),
            )
        return len(likes)

    async def _announce(self, likes: Sequence[PostLiked], what: Any) -> int:
        done, started = 0, time.perf_counter()
        while done < len(likes):
            due = min(int((time.perf_counter() - started) * what["per_second"]) + 1, len(likes))
            if due > done:
                async with self._db.transaction() as tx:
                    await announce(tx, *likes[done:due])
                done = due
            await asyncio.sleep(TICK_SECONDS)
        return done


async def main(data_dir: Path, port: int) -> None:
    async with open_services(settings_beside(data_dir, port)) as services:
        print("ready", flush=True)
        await obey(Teller(services).do)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2])))
