"""The `hubbub` command. Each subcommand is a module that is imported only when it is used."""

from importlib import import_module

import click

# To add a command: one line here, and a module with a click command of that name.
COMMANDS = {
    "run": "hubbub.cli.run",
    "serve": "hubbub.cli.serve",
    "work": "hubbub.cli.work",
    "migrate": "hubbub.cli.migrate",
    "demo": "hubbub.cli.demo",
    "bench": "hubbub.cli.bench",
    "listen": "hubbub.cli.listen",
    "admin": "hubbub.cli.admin",
    "doctor": "hubbub.cli.doctor",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group(cls=Commands)
def main() -> None:
    """Hubbub, the backend of a social app. Settings are environment variables: see docs/settings.md."""
