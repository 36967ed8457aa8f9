"""The terminals that the README shows: their lines, and processes that are typed the same."""

import re
import subprocess
import sys
import time
from pathlib import Path

from tests.run.machine import Machine, environment
from tests.support.tree import ROOT

README = (ROOT / "README.md").read_text()
SECONDS = 20.0
COMMAND = "$ .venv/bin/hubbub "
EVENT = re.compile(r"\d\d:\d\d:\d\d  (.*)")
PASSWORDS = {"ada": "a long walk by the sea", "bo": "rain on the old tin roof"}


def dialogues() -> dict[str, list[str]]:
    """The lines of each person's terminal, the command first."""
    blocks = [block.splitlines() for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)]
    return {lines[0].split()[-1]: lines for lines in blocks}


class Terminal:
    def __init__(self, arguments: list[str], machine: Machine, output: Path) -> None:
        self._output = output
        with output.open("wb") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hubbub", *arguments],
                env=environment(machine.data_dir.path, {}),
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def waits_for(self, line: str) -> None:
        ends_at = time.monotonic() + SECONDS
        while line not in self.lines():
            assert time.monotonic() < ends_at, f"{line!r} never came: {self.lines()}"
            time.sleep(0.02)

    def lines(self) -> list[str]:
        """Without the times."""
        return [EVENT.sub(r"\1", line) for line in self._output.read_text().splitlines()]

    def close(self) -> None:
        self.type("/quit")
        self._process.communicate(timeout=SECONDS)


def is_typed(line: str) -> bool:
    return line != "listening" and not EVENT.match(line)


def next_to_type(left: dict[str, list[str]]) -> str:
    """Whoever has the fewest events before the next line that they type."""

    def events(name: str) -> tuple[int, int]:
        before = 0
        for line in left[name]:
            if is_typed(line):
                return 0, before
            before += 1
        return 1, before

    return min((name for name in left if left[name]), key=events)
