import asyncio

import click

from hubbub.cli.connection import clear_errors, reached_database
from hubbub.platform import migrations
from hubbub.settings import read_settings


@click.command()
def migrate() -> None:
    """Bring the database to the schema that this release needs."""
    with clear_errors():
        url = reached_database(read_settings())
        applied = asyncio.run(migrations.migrate(url, show_progress))
    click.echo(f"Applied {len(applied)} migrations." if applied else "Nothing to migrate.")


def show_progress(name: str, done: int, total: int) -> None:
    if done < total:
        click.echo(f"migrating {done + 1}/{total}: {name}", err=True)
