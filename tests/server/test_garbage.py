"""The collector is told once to leave alone what lives as long as the process."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc
from hubbub.platform.server import calm_garbage_collection
calm_garbage_collection()
loop = []
loop.append(loop)
del loop
assert gc.get_freeze_count() > 10_000
assert gc.get_threshold()[2] >= 100
assert gc.collect() >= 1
"""


def test_what_is_there_is_frozen_and_later_cycles_are_still_found() -> None:
    source = Path(__file__).parents[2] / "src"
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True, cwd=source
    )

    assert (found.returncode, found.stderr) == (0, "")
