import asyncio
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import click

from hubbub import demo as demos
from hubbub.app import open_services
from hubbub.cli.connection import clear_errors, connected
from hubbub.cli.progress import Bars
from hubbub.platform.engines import running_urls
from hubbub.settings import Settings, read_settings

PASSWORD = "a demo is not a secret"  # noqa: S105 - printed for everybody to try
SHOWN = 3
AT_LEAST_0 = click.IntRange(0)
DEADLINE_SECONDS = 30.0


@click.command()
@click.option(
    "--people", default=200, type=click.IntRange(2), show_default=True, help="How many people to make up."
)
@click.option(
    "--graph",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An edge list, a friendship a line, followed in both directions, instead of made-up follows.",
)
@click.option(
    "--posts", "posts_each", default=20, type=AT_LEAST_0, show_default=True, help="Posts by each person."
)
@click.option("--likes", type=AT_LEAST_0, help="Likes in all [default: 2 a post].")
@click.option("--comments", type=AT_LEAST_0, help="Comments in all [default: 1 for 2 posts].")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same people and texts.")
def demo(
    people: int, graph: Path | None, posts_each: int, likes: int | None, comments: int | None, seed: int
) -> None:
    """Fill a system with made-up people, posts, comments and likes."""
    with clear_errors():
        settings = connected(read_settings())
    if settings.is_production:
        raise click.ClickException("not in production: everybody knows the password of a demo.")
    random = Random(seed)  # noqa: S311 - texts, not secrets
    try:
        names, follows = _graph(random, people, graph)
    except demos.BadGraph as error:
        raise click.ClickException(str(error)) from error
    written = len(names) * posts_each
    plan = demos.Plan(
        people=demos.make_people(random, names),
        follows=follows,
        password=PASSWORD,
        posts_each=posts_each,
        likes=2 * written if likes is None else likes,
        comments=written // 2 if comments is None else comments,
        seed=seed,
    )
    started = time.monotonic()
    try:
        summary = asyncio.run(_fill(settings, plan))
    except demos.DemoExists:
        raise click.ClickException(
            "these people are here already, from an earlier demo. "
            "To begin anew, stop Hubbub, remove its data directory and start it again."
        ) from None
    _tell(settings, plan, summary, time.monotonic() - started)


def _graph(random: Random, people: int, path: Path | None) -> tuple[list[str], list[tuple[int, int]]]:
    if path is not None:
        return demos.both_ways(demos.read_edges(path))
    return [str(number) for number in range(1, people + 1)], demos.make_follows(random, people)


async def _fill(settings: Settings, plan: demos.Plan) -> demos.Summary:
    # A batch of verbs in one transaction may take longer than one request.
    patient = replace(settings.database, deadline_seconds=DEADLINE_SECONDS)
    async with open_services(replace(settings, database=patient)) as services:
        with Bars() as bars:
            return await demos.fill(services, plan, progress=bars.show)


def _tell(settings: Settings, plan: demos.Plan, summary: demos.Summary, seconds: float) -> None:
    running = running_urls(settings.data_dir)
    url = running.api_url if running else settings.server.public_url or "http://127.0.0.1:8000"
    first = plan.people[0]
    click.echo(
        f"Made {len(summary.account_ids):,} people, {summary.follows:,} follows, {summary.posts:,} posts, "
        f"{summary.comments:,} comments and {summary.likes:,} likes in {seconds:.0f} s."
    )
    click.echo(f"\nLog in as any of them with the password: {PASSWORD}")
    for person in plan.people[:SHOWN]:
        click.echo(f"  {person.handle:24} {person.display_name}")
    click.echo(
        f"\nTry\n  {url}/docs\n  {url}/v1/feeds/public\n  {url}/v1/accounts/by-handle/{first.handle}\n"
        f"  curl -s {url}/v1/auth/login -H 'Content-Type: application/json' \\\n"
        f'    -d \'{{"login": "{first.handle}", "password": "{PASSWORD}"}}\''
    )
