import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hubbub.platform.engines import DataDir, EngineError, Valkey
from hubbub.platform.engines import supervisor as supervising
from hubbub.platform.engines.process import process_identity, stop_orphan, wait_until
from hubbub.platform.engines.supervisor import Service, Signals, Supervisor

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


@pytest.fixture
def signals() -> Iterator[Signals]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = [signal.getsignal(number) for number in numbers]
    signals = Signals()
    signals.install()
    yield signals
    signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(signals: Signals, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(signals, said.append)
    yield supervisor
    supervisor.stop()


def _service(data_dir: DataDir, name: str = "part", command: list[str] = SLEEP) -> Service:
    service = Service(name, data_dir, command)
    service.env = dict(os.environ)
    return service


def test_a_part_that_dies_is_started_again(
    supervisor: Supervisor, data_dir: DataDir, said: list[str]
) -> None:
    part = _service(data_dir)
    supervisor.start(part)
    assert part.child is not None
    first = part.child
    os.kill(first.pid, signal.SIGKILL)

    def is_back() -> bool:
        supervisor.tend()
        return part.child is not first and part.child is not None and part.child.exit_code() is None

    assert wait_until(is_back, 5)
    assert said == ["part has ended (signal SIGKILL); starting it again in 0.1 s"]


def test_a_part_that_keeps_dying_is_given_up(
    supervisor: Supervisor, data_dir: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "BACKOFF_SECONDS", (0.0,) * supervising.DEATHS_ALLOWED)
    supervisor.start(_service(data_dir, command=["/bin/sh", "-c", "exit 3"]))

    with pytest.raises(
        EngineError, match=r"part ended 6 times within 60 seconds, the last time: exit code 3"
    ):
        supervisor.watch()


def test_a_signal_ends_the_watch_at_once(supervisor: Supervisor, data_dir: DataDir) -> None:
    supervisor.start(_service(data_dir))
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    started = time.monotonic()

    supervisor.watch()

    assert time.monotonic() - started < 2
    timer.join()


def test_parts_stop_in_reverse_order(supervisor: Supervisor, data_dir: DataDir) -> None:
    ended, ready = data_dir.path / "ended", data_dir.path / "ready"
    for name in ("first", "second"):
        script = (
            f"trap 'echo {name} >> {ended}; exit' TERM; echo {name} >> {ready}; while :; do sleep 0.01; done"
        )
        supervisor.start(_service(data_dir, name, ["/bin/sh", "-c", script]))
    assert wait_until(lambda: ready.exists() and len(ready.read_text().split()) == 2, 5)

    supervisor.stop()

    assert ended.read_text().split() == ["second", "first"]
    assert not list((data_dir.path / "pids").iterdir())


def test_signals_in_quick_succession_are_one_request(signals: Signals) -> None:
    forced: list[bool] = []

    def force() -> None:
        forced.append(True)
        raise AssertionError("forced")

    signals.on_force = force

    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)

    assert signals.is_stopping
    assert not forced


def test_a_later_signal_forces_the_stop(signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forced(Exception):
        pass

    def force() -> None:
        raise Forced

    signals.on_force = force
    os.kill(os.getpid(), signal.SIGTERM)
    monkeypatch.setattr(supervising, "SAME_REQUEST_SECONDS", -1.0)

    with pytest.raises(Forced):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_part_that_ignores_the_request_is_killed(data_dir: DataDir) -> None:
    part = Service("part", data_dir, ["/bin/sh", "-c", "trap '' TERM; echo; sleep 60"], patience_seconds=0.2)
    part.env = dict(os.environ)
    part.start()
    assert part.child is not None
    time.sleep(0.1)

    part.stop()

    assert part.child.exit_code() is not None


def test_what_an_earlier_run_left_behind_is_ended(data_dir: DataDir) -> None:
    left_behind = _service(data_dir)
    left_behind.start()
    assert left_behind.child is not None

    assert _service(data_dir).stop_orphan()
    assert process_identity(left_behind.child.pid) is None
    assert not _service(data_dir).stop_orphan()
    left_behind.stop()


def test_nothing_is_ended_on_the_word_of_a_damaged_pid_file(data_dir: DataDir) -> None:
    for text in ("", "x y", f"{os.getpid()}", f"{os.getpid()} -"):
        data_dir.pid_file("part").write_text(text)

        assert not stop_orphan(data_dir.pid_file("part"), signal.SIGKILL, 0)


def test_what_needs_an_engine_waits_until_it_is_back(supervisor: Supervisor, data_dir: DataDir) -> None:
    valkey, part = Valkey(data_dir), _service(data_dir)
    supervisor.start(valkey)
    supervisor.start(part)
    assert valkey.child is not None
    assert part.child is not None
    killed = (valkey.child, part.child)
    for child in killed:
        os.kill(child.pid, signal.SIGKILL)
    assert wait_until(lambda: None not in [child.exit_code() for child in killed], 5)
    port = urlsplit(valkey.url).port or 0

    with socket.create_server(("127.0.0.1", port)):
        for _ in range(3):
            supervisor.tend()
            time.sleep(0.11)
        assert part.child is killed[1]

    def is_back() -> bool:
        supervisor.tend()
        return part.child is not killed[1]

    assert wait_until(is_back, 5)
    assert valkey.child.exit_code() is None
