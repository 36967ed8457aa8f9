import socket

import click
import uvloop

from hubbub.cli.connection import clear_errors, connected
from hubbub.platform.engines.durability import require_durability
from hubbub.platform.server import bind
from hubbub.platform.telemetry import configure_logging, serving_metrics
from hubbub.settings import Settings, read_settings
from hubbub.worker import run_worker


@click.command()
def work() -> None:
    """Do what follows from events: fan-out, notifications, mails. Run as many as needed."""
    with clear_errors():
        settings = connected(read_settings())
        metrics = bind(settings.server.host, settings.server.metrics_port, setting="HUBBUB_METRICS_PORT")
        configure_logging(settings.server)
        uvloop.run(_work(settings, metrics))


async def _work(settings: Settings, metrics: socket.socket) -> None:
    if settings.is_production:
        await require_durability(settings.database.url)
    async with serving_metrics(metrics):
        await run_worker(settings)
