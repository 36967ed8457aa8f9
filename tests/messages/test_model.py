"""Whatever people do in conversations, each sees what a small model says: pages, order, unread, requests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.messages.machine import Machine
from tests.support.engines import Cleaner
from tests.support.world import World, open_world, settings_for

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
# A step is some deeds, and costs about 40 requests to compare.
PROFILE = settings(
    max_examples=300 if IS_LONG else 8,
    stateful_step_count=30 if IS_LONG else 10,
    phases=list(Phase) if IS_LONG else [Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(14_400 if IS_LONG else 240)
def test_each_member_sees_what_the_model_says(
    database_url: str, valkey_url: str, cleaner: Cleaner, tmp_path: Path
) -> None:
    class Prepared(Machine):
        async def open_world(self) -> World:
            cleaner.clean()
            settings = settings_for(database_url, valkey_url, tmp_path)
            return await self.stack.enter_async_context(open_world(settings))

    run_state_machine_as_test(Prepared, settings=PROFILE)
