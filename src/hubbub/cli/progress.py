import sys

import click


class Bars:
    """A bar for each step; plain lines, ten a step, where nobody watches."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._step = ""
        self._tenth = -1

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_watched and self._step:
            click.echo("", err=True)

    def show(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            if self._is_watched and self._step:
                click.echo("", err=True)
            self._step, self._tenth = step, -1
        tenth = 10 * done // max(total, 1)
        if self._is_watched:
            filled = "█" * (3 * tenth)
            click.echo(f"\r{step:10} {filled:30} {done:>7,} of {total:,}", nl=False, err=True)
        elif tenth != self._tenth:
            click.echo(f"{step}: {done:,} of {total:,}", err=True)
        self._tenth = tenth
