"""Whatever people do, everybody sees what a small model says."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Machine
from tests.support.engines import Cleaner
from tests.support.world import World, open_world, settings_for

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
# A step costs about 40 requests: half a minute in CI, as long as one likes otherwise.
PROFILE = settings(
    max_examples=500 if IS_LONG else 12,
    stateful_step_count=80 if IS_LONG else 30,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(14_400 if IS_LONG else 120)
def test_everybody_sees_what_the_model_says(
    database_url: str, valkey_url: str, cleaner: Cleaner, tmp_path: Path
) -> None:
    async def open_clean(stack: AsyncExitStack) -> World:
        cleaner.clean()
        return await stack.enter_async_context(open_world(settings_for(database_url, valkey_url, tmp_path)))

    class Prepared(Machine):
        open_world = staticmethod(open_clean)

    run_state_machine_as_test(Prepared, settings=PROFILE)
