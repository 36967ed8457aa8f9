import os
import shutil
import signal
import sys

import pytest

from hubbub.platform.engines.process import wait_until
from hubbub.platform.engines.supervisor import Service
from tests.run.machine import SECONDS, Machine


@pytest.mark.parametrize("part", ["serve", "work", "valkey", "postgres"])
def test_a_part_killed_is_back_and_the_api_answers(machine: Machine, part: str) -> None:
    urls = machine.urls()

    machine.kill(part)

    assert machine.urls() == urls
    assert wait_until(lambda: machine.running() == ["serve", "work", "valkey", "postgres"], SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels tell nobody that a parent died")
def test_parts_end_when_their_supervisor_is_killed(own_machine: Machine) -> None:
    own_machine.start()
    own_machine.wait_until_ready()

    own_machine.send(signal.SIGKILL)
    own_machine.wait()

    assert wait_until(lambda: own_machine.running() == [], 20)


def test_after_the_supervisor_is_killed_the_next_start_needs_no_hand(own_machine: Machine) -> None:
    own_machine.start()
    own_machine.wait_until_ready()
    own_machine.send(signal.SIGKILL)
    own_machine.wait()

    own_machine.start()

    own_machine.wait_until_ready()
    assert own_machine.running() == ["serve", "work", "valkey", "postgres"]


def test_an_api_that_an_earlier_run_left_behind_is_ended(own_machine: Machine) -> None:
    left_behind = Service("serve", own_machine.data_dir, ["/bin/sleep", "60"])
    left_behind.start()
    assert left_behind.child is not None

    own_machine.start()

    own_machine.wait_until_ready()
    assert left_behind.child.exit_code() is not None
    assert "ended a serve process that an earlier run had left behind" in own_machine.output()


def test_after_everything_is_killed_the_next_start_needs_no_hand(own_machine: Machine) -> None:
    own_machine.start()
    own_machine.wait_until_ready()
    pids = [pid for part in own_machine.running() if (pid := own_machine.pid(part)) is not None]
    own_machine.send(signal.SIGKILL)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    own_machine.wait()

    own_machine.start()

    own_machine.wait_until_ready()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_run_it(own_machine: Machine) -> None:
    nobody = 65534
    shutil.rmtree(own_machine.data_dir.path)
    os.chown(own_machine.data_dir.path.parent, nobody, nobody)
    python = own_machine.python_for(nobody)
    if python is None:
        pytest.skip("this checkout is closed to other users")

    own_machine.start(user=nobody, python=python)

    own_machine.wait_until_ready()
    assert (own_machine.data_dir.path / "postgres").stat().st_uid == nobody
