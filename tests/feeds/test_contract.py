"""Whatever people do and befalls Valkey: home is what PostgreSQL says, and nothing hidden is shown."""

import os
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.settings import FeedSettings
from tests.feeds.contract import ACTIONS, FAULTS, Contract
from tests.support.engines import Cleaner
from tests.support.world import open_world, settings_for
from tests.valkey.server import Server, running_server

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
HISTORIES = 200 if IS_LONG else 4
# Lists are so short that pages reach below their floor, and whoever has three followers is a celebrity.
FEEDS = FeedSettings(home_list_length=6, celebrity_followers=2)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.mark.parametrize("seed", range(HISTORIES))
@pytest.mark.parametrize("actions", [ACTIONS, ACTIONS + 2 * FAULTS], ids=["in peace", "with faults"])
async def test_home_is_what_the_database_says(
    actions: tuple[str, ...],
    seed: int,
    database_url: str,
    server: Server,
    cleaner: Cleaner,
    tmp_path: Path,
) -> None:
    cleaner.clean()
    given = replace(settings_for(database_url, server.url, tmp_path), feeds=FEEDS)
    async with AsyncExitStack() as stack:
        worlds = [await stack.enter_async_context(open_world(given)) for _ in range(2)]
        lived = Contract(worlds, random.Random(seed), server=server)
        await lived.flush()
        await lived.begin()
        try:
            await lived.live(actions, 40)
            await lived.check_everything()
            assert lived.ready > 0
        finally:
            await lived.start()
