"""CPU time as the benchmarks read it."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks.processes import cpu_seconds, tree_cpu_seconds

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
PARENT = """
import sys
from subprocess import PIPE, Popen
child = Popen([sys.executable, "-S", "-c", sys.argv[1]], stdin=PIPE, stdout=PIPE)
child.stdout.readline()
if sys.argv[2] == "ended":
    child.communicate()
print("ready", flush=True)
sys.stdin.read()
"""


def test_cpu_is_not_the_time_on_the_wall() -> None:
    before, own = cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() < own + 0.1:
        pass
    time.sleep(0.2)
    used = cpu_seconds(os.getpid()) - before

    assert 0.1 <= used < 0.2


@pytest.mark.parametrize("fate", ["living", "ended"])
def test_children_count_while_they_live_and_after(fate: str) -> None:
    child = BURN + 'print("burnt", flush=True)\nimport sys; sys.stdin.read()'
    command = [sys.executable, "-S", "-c", PARENT, child, fate]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        own, tree = cpu_seconds(process.pid), tree_cpu_seconds(process.pid)
        process.communicate()

    assert 0.28 <= tree - own < 0.6
