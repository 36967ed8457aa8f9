"""The load generator goes first only while it measures."""

import os
import subprocess
import sys

import pytest

from benchmarks.urgency import is_allowed, urgent

ASK = "import os; print(os.sched_getscheduler(0))"


@pytest.fixture(autouse=True)
def as_before() -> None:
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_urgency_ends_with_the_last_who_needs_it() -> None:
    with urgent(), urgent():
        pass

    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_programs_started_meanwhile_are_not_urgent() -> None:
    if not is_allowed():
        pytest.skip("needs the right to it")

    with urgent():
        assert os.sched_getscheduler(0) != os.SCHED_OTHER
        child = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)

    assert int(child.stdout) == os.SCHED_OTHER


def test_an_inner_one_ends_without_ending_the_outer() -> None:
    if not is_allowed():
        pytest.skip("needs the right to it")

    with urgent():
        with urgent():
            pass
        assert os.sched_getscheduler(0) != os.SCHED_OTHER
