"""The part of `hubbub admin` that looks after events and jobs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from hubbub.cli.services import run
from hubbub.platform.http import show_time
from hubbub.platform.ids import MAX_ID
from hubbub.platform.outbox import (
    CONSUMERS,
    DeadLetter,
    Job,
    Letters,
    discard_dead_letters,
    list_dead_letters,
    list_jobs,
    outbox_kinds,
    outbox_lag,
    replay_dead_letters,
)

Command = Callable[..., Any]
CONSUMER_NAMES = click.Choice([consumer.name for consumer in CONSUMERS])


def choosing(command: Command) -> Command:
    """Options that say which dead letters are meant."""
    consumer = click.option(
        "--consumer", "consumers", type=CONSUMER_NAMES, multiple=True, help="Only of this; may be repeated."
    )
    kind = click.option("--kind", "kinds", multiple=True, help="Only of this kind; may be repeated.")
    return consumer(kind(command))


def naming(command: Command) -> Command:
    """Ids, or all that the options leave."""
    ids = click.argument("ids", nargs=-1, type=click.IntRange(1, MAX_ID))
    is_all = click.option("--all", "is_all", is_flag=True, help="All that the other options leave.")
    return ids(is_all(choosing(command)))


@click.command()
@click.option("--kinds", is_flag=True, help="By kind of event.")
def lag(kinds: bool) -> None:
    """Show how many events wait for each consumer, for how long, and how many of them fail or are dead."""
    if kinds:
        _show_kinds()
        return
    rows = run(lambda services: outbox_lag(services.db))
    click.echo(f"{'consumer':12} {'waiting':>9} {'late by':>10} {'failing':>8} {'dead':>6}")
    for row in rows:
        click.echo(
            f"{row.consumer:12} {row.pending:>9,} {row.lag_seconds:>8.1f} s {row.failing:>8,} {row.dead:>6,}"
        )
    if not rows:
        click.echo("nothing waits")


@click.command()
@click.option("--full", is_flag=True, help="With the whole trace of the last failure.")
def jobs(full: bool) -> None:
    """Show how the periodic jobs fare: when each last succeeded, is due, and why it fails."""
    rows = run(lambda services: list_jobs(services.db))
    click.echo(f"{'job':32} {'last success':24} {'due':24} failures")
    for row in rows:
        click.echo(f"{row.name:32} {_shown(row.succeeded_at):24} {show_time(row.due_at):24} {row.failures}")
        if row.failures:
            click.echo(_failure(row, is_full=full))
    if not rows:
        click.echo("no worker has run yet")


@click.command(name="dead-letters")
@choosing
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--full", is_flag=True, help="With what the events say and the whole trace.")
def dead_letters(consumers: tuple[str, ...], kinds: tuple[str, ...], limit: int, full: bool) -> None:
    """List events that failed too often and were set aside, newest first."""
    which = Letters(consumers=consumers, kinds=kinds)
    rows = run(lambda services: list_dead_letters(services.db, which, limit=limit))
    for row in rows:
        click.echo(_letter(row, is_full=full))
    click.echo(f"{len(rows)} shown" if rows else "none")


@click.command()
@naming
def replay(ids: tuple[int, ...], is_all: bool, consumers: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Hand dead letters to the worker again, as if never tried: those with these IDS, or --all."""
    which = _named(ids, is_all, consumers, kinds)
    done = run(lambda services: replay_dead_letters(services.db, which))
    click.echo(f"{done} handed to the worker again")


@click.command()
@naming
@click.confirmation_option(prompt="Forget these events, so that what they announced is never done?")
def discard(ids: tuple[int, ...], is_all: bool, consumers: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Forget dead letters for good: those with these IDS, or --all."""
    which = _named(ids, is_all, consumers, kinds)
    click.echo(f"{run(lambda services: discard_dead_letters(services.db, which))} forgotten")


COMMANDS = (lag, jobs, dead_letters, replay, discard)


def _show_kinds() -> None:
    rows = run(lambda services: outbox_kinds(services.db))
    for row in rows:
        click.echo(f"{row.consumer:12} {row.kind:32} {row.pending:>9,} waiting {row.failing:>8,} failing")
    if not rows:
        click.echo("nothing waits")


def _named(ids: tuple[int, ...], is_all: bool, consumers: tuple[str, ...], kinds: tuple[str, ...]) -> Letters:
    if bool(ids) == is_all:
        raise click.UsageError("name the ids, or say --all (of a --consumer or --kind)")
    return Letters(ids=ids, consumers=consumers, kinds=kinds)


def _letter(row: DeadLetter, *, is_full: bool) -> str:
    said = f"{row.body}\n{row.error}" if is_full else _last_line(row.error)
    return f"{row.id}  {row.consumer}  {row.kind}  {show_time(row.died_at)}\n{_indented(said)}"


def _failure(row: Job, *, is_full: bool) -> str:
    said = row.error if is_full else _last_line(row.error)
    return _indented(f"failed at {_shown(row.failed_at)}: {said}")


def _last_line(error: str) -> str:
    """Where a trace names the error."""
    lines = error.strip().splitlines()
    return lines[-1][:500] if lines else ""


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _shown(time: datetime | None) -> str:
    return show_time(time) if time is not None else "never"
