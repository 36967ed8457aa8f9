"""What clients of a whole running Hubbub notice when Valkey is emptied and killed under them: nothing."""

import pytest

from benchmarks.processes import running_hubbub
from benchmarks.without_valkey import WRITES, Size, measure, server_errors
from tests.feeds.test_contract import IS_LONG
from tests.run.machine import SOURCE

SIZE = (
    Size(accounts=2_000, readers=1_000, rate=60, seconds=20)
    if IS_LONG
    else Size(accounts=300, readers=60, rate=40, seconds=2)
)
# Of the slowest of a hundred homes. Far above what a quiet machine needs, which the benchmark says.
PATIENCE_SECONDS = 2.0


async def test_reads_and_writes_go_on_and_lists_stand_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    with running_hubbub() as hubbub:
        found = await measure(hubbub, SIZE)

    for name, outcome in found.phases.items():
        assert server_errors(outcome) == 0, f"{name}: {outcome.example}"
        assert outcome.failed == outcome.dropped == 0, f"{name}: {outcome.statuses} {outcome.example}"
        assert outcome.of("home").count > 0
        assert outcome.of(*WRITES).count > 0
        assert outcome.of("home").percentile(99) < PATIENCE_SECONDS, name
    assert found.readers == SIZE.readers
    assert (found.asked >= SIZE.readers, found.failed) == (True, 0)
