import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import click
import uvloop

from hubbub.bench import P99_SECONDS, WORKLOADS, Outcome, Unreachable, Workload
from hubbub.bench.capacity import Bench, as_json, find_instance, users_held
from hubbub.bench.exchange import Refused
from hubbub.bench.inhabitants import Inhabitants
from hubbub.cli.addresses import origin
from hubbub.cli.progress import Bars

FIRST_RATE = 50.0
OPERATORS = ("w1", "w2")


@click.command()
@click.argument("url")
@click.option(
    "--users", default=50, type=click.IntRange(2, 2_000), show_default=True, help="Accounts to make."
)
@click.option("--rate", type=click.FloatRange(0.1), help="Measure this rate only, instead of searching.")
@click.option(
    "--duration",
    default=10.0,
    type=click.FloatRange(0.2, 300),
    show_default=True,
    help="Seconds at each rate.",
)
@click.option(
    "--workload", default="w2", type=click.Choice(OPERATORS), show_default=True, help="What is asked for."
)
@click.option(
    "--per-minute",
    default=4.0,
    type=click.FloatRange(0.01),
    show_default=True,
    help="Requests that somebody active makes in a minute.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.option("--keep", is_flag=True, help="Leave the accounts that were made.")
@click.option("--yes", is_flag=True, help="Also where real people may be.")
def bench(url: str, **options: Any) -> None:
    """Find out how many people the Hubbub at URL holds, over HTTP alone.

    It makes accounts that follow each other and post (unlisted), raises the rate of requests until the 99th
    percentile of latency passes 50 ms, and asks for the deletion of the accounts. The target has to run with
    HUBBUB_RATE_FACTOR=100000 or so, else its rate limits are met first.
    """
    try:
        uvloop.run(_run(origin(url, hint="URL"), _Wishes(**options)))
    except (Refused, Unreachable) as error:
        raise click.ClickException(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    """The options, by name."""

    users: int
    rate: float | None
    duration: float
    workload: str
    per_minute: float
    is_json: bool
    keep: bool
    yes: bool


async def _run(base_url: str, wishes: _Wishes) -> None:
    workload = WORKLOADS[wishes.workload]
    report = _Report(workload, is_json=wishes.is_json, per_minute=wishes.per_minute)

    async def measure(inhabitants: Inhabitants) -> None:
        bench = Bench(inhabitants, workload, seconds=wishes.duration)
        if wishes.rate is None:
            found = await bench.search(FIRST_RATE, report.step)
            report.end(as_json(found, requests_per_minute=wishes.per_minute))
        else:
            outcome = await bench.measure(wishes.rate)
            report.step(outcome, outcome.holds(P99_SECONDS))
            report.end({"steps": [outcome.as_json()]})

    instance = await find_instance(base_url)
    if instance.is_production(base_url) and not wishes.yes:
        raise Refused(
            f"{instance.url} may be where real people are, who would feel the load. Add --yes if it may be "
            "measured (in production HUBBUB_RATE_FACTOR is at most 1, so rate limits are met early)."
        )
    report.begin(f"Hubbub {instance.version} at {base_url}")
    await _with_inhabitants(base_url, wishes.users, wishes.keep, measure)


async def _with_inhabitants(
    base_url: str, users: int, keep: bool, measure: Callable[[Inhabitants], Coroutine[Any, Any, None]]
) -> None:
    inhabitants = Inhabitants(base_url)
    try:
        with Bars() as bars:
            await inhabitants.settle_in(users, bars.show)
        await measure(inhabitants)
    finally:
        if not keep and inhabitants.people:
            await _clear_away(inhabitants)


async def _clear_away(inhabitants: Inhabitants) -> None:
    """What went wrong before matters more than what goes wrong here."""
    left = len(inhabitants.people)
    with Bars() as bars:
        try:
            await asyncio.shield(inhabitants.leave(bars.show))
        except (Refused, Unreachable) as error:
            click.echo(f"{left} accounts named bench.… could not be deleted: {error}", err=True)


class _Report:
    """A line for each rate as it is measured, and what follows from all; or JSON at the end."""

    def __init__(self, workload: Workload, *, is_json: bool, per_minute: float) -> None:
        self._workload = workload
        self._is_json = is_json
        self._per_minute = per_minute
        self._started = time.monotonic()

    def begin(self, what: str) -> None:
        self._say(f"{what}, workload {self._workload.name}: {self._workload.title}\n")
        if self._workload.left_out:
            self._say(f"Left out, as there are none yet: {', '.join(self._workload.left_out)}.\n")

    def step(self, outcome: Outcome, holds: bool) -> None:
        if outcome.void:
            self._say(f"{outcome.rate:8,.0f}/s  void: {outcome.void}")
            return
        latencies = "  ".join(f"p{p:g} {outcome.percentile(p) * 1000:7.1f} ms" for p in (50, 99, 99.9))
        lost = f"  failed {outcome.failed}, dropped {outcome.dropped}" if outcome.failed_share else ""
        verdict = "holds" if holds else "too much"
        self._say(f"{outcome.rate:8,.0f}/s  {latencies}  {verdict}{lost}")
        if outcome.example:
            self._say(f"            such as {outcome.example[:160]}")

    def end(self, told: dict[str, Any]) -> None:
        if self._is_json:
            click.echo(json.dumps({"workload": self._workload.name, **told}, indent=2))
            return
        rate = told.get("sustained_per_second")
        if rate is None:
            return
        if not rate:
            self._say("\nNot even the lowest rate was held, so there is nothing to tell.")
            return
        users = users_held(rate, self._per_minute)
        self._say(
            f"\n{rate:,.0f} requests a second with a p99 of at most {P99_SECONDS * 1000:.0f} ms: "
            f"this machine holds about {users:,} active users,\n"
            f"if each makes {self._per_minute:g} requests a minute. "
            "Load and target on one machine share its processors; the true figure is then higher."
        )

    def _say(self, text: str) -> None:
        click.echo(text, err=self._is_json)
