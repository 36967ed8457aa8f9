import asyncio
import random

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from hubbub.feeds.home_lists import HomeLists
from hubbub.platform.valkey import Valkey, ValkeyUnavailable, open_valkey
from hubbub.settings import FeedSettings
from tests.feeds.history import ACTIONS, LENGTH, History
from tests.valkey.server import Server, running_server


def history(valkey: Valkey, seed: int) -> History:
    return History(valkey, HomeLists(valkey, FeedSettings(home_list_length=LENGTH)), random.Random(seed))


@settings(max_examples=80)
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=10, max_size=60), seed=st.integers(0, 2**32))
@example(actions=["begin", "read", "post", "deliver", "deliver_again", "finish", "look"], seed=1)
def test_what_a_ready_list_says_is_complete(valkey_url: str, actions: list[str], seed: int) -> None:
    async def run() -> int:
        valkey = await open_valkey(valkey_url, deadline_seconds=5)
        await valkey.command("FLUSHALL")
        lived = history(valkey, seed)
        await lived.rebuild()
        for action in actions:
            await lived.do(action)
        await lived.settle()
        await valkey.close()
        return lived.ready_looks

    event(f"looks at ready lists: {min(asyncio.run(run()), 5)}")


async def crash(server: Server, valkey: Valkey) -> None:
    server.kill()
    server.start()
    async with asyncio.timeout(10):
        while True:
            try:
                return await valkey.ping()
            except ValkeyUnavailable:
                await asyncio.sleep(0.01)


async def test_lists_of_an_old_snapshot_are_never_believed() -> None:
    """What was pushed after the snapshot is missing in them, and nobody will push it again."""
    ready_looks = 0
    with running_server() as server:
        valkey = await open_valkey(server.url, deadline_seconds=2)
        for seed in range(8):
            lived = history(valkey, seed)
            await valkey.command("FLUSHALL")
            for action in lived.random.choices([each for each in ACTIONS if each != "flush"], k=40):
                await lived.do(action)
                if lived.random.random() < 0.1:
                    await lived.rebuild()
                    await valkey.command("SAVE")
            await crash(server, valkey)
            for action in lived.random.choices(
                ["look", "look", "deliver", "begin", "read", "finish", "rebuild"], k=20
            ):
                await lived.do(action)
            await lived.settle()
            ready_looks += lived.ready_looks
        await valkey.close()

    assert ready_looks > 40
