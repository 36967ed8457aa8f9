import socket

import click
import uvloop

from hubbub.app import build_front, open_services
from hubbub.cli.connection import clear_errors, connected
from hubbub.platform.engines.durability import require_durability
from hubbub.platform.server import bind, calm_garbage_collection, run_server
from hubbub.platform.telemetry import AccessLog, configure_logging, serving_metrics
from hubbub.settings import Settings, read_settings


@click.command()
def serve() -> None:
    """Answer HTTP and WebSocket. Run as many as needed, behind one address."""
    with clear_errors():
        settings = connected(read_settings())
        # Before anything else: a port in use is said at once.
        listener = bind(settings.server.host, settings.server.port)
        metrics = bind(settings.server.host, settings.server.metrics_port, setting="HUBBUB_METRICS_PORT")
        configure_logging(settings.server)
        uvloop.run(_serve(settings, listener, metrics))


async def _serve(settings: Settings, listener: socket.socket, metrics: socket.socket) -> None:
    if settings.is_production:
        await require_durability(settings.database.url)
    async with open_services(settings) as services, serving_metrics(metrics):
        front = build_front(services, AccessLog(settings.server))
        calm_garbage_collection()
        try:
            await run_server(front, settings.server, listener=listener)
        finally:
            front.close()
