import click
import uvloop

from hubbub.cli.connection import clear_errors, connected
from hubbub.platform.engines.durability import require_durability
from hubbub.settings import Settings, read_settings
from hubbub.worker import run_worker


@click.command()
def work() -> None:
    """Do what follows from events: fan-out, notifications, mails. Run as many as needed."""
    with clear_errors():
        uvloop.run(_work(connected(read_settings())))


async def _work(settings: Settings) -> None:
    if settings.is_production:
        await require_durability(settings.database.url)
    await run_worker(settings)
