"""Does one thing with the services of a process, for commands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from hubbub.app import open_services
from hubbub.cli.connection import clear_errors, connected
from hubbub.errors import AppError
from hubbub.platform.services import Services
from hubbub.settings import read_settings

T = TypeVar("T")


def run(work: Callable[[Services], Awaitable[T]]) -> T:
    """Open what a process needs, do the work, and tell what went wrong in words."""

    async def main() -> T:
        async with open_services(settings) as services:
            return await work(services)

    with clear_errors():
        settings = connected(read_settings())
        try:
            return asyncio.run(main())
        except AppError as error:
            said = "; ".join(f"{e.pointer.lstrip('/')}: {e.detail}" for e in error.errors)
            raise click.ClickException(said or error.message) from error
