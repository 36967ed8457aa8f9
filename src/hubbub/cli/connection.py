"""Which engines and which key a command uses."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import asyncpg
import click

from hubbub.platform.db import DatabaseUnavailable
from hubbub.platform.engines import DataDir, EngineError, running_urls
from hubbub.platform.migrations import MigrationError
from hubbub.platform.secrets import WrongSecretKey
from hubbub.platform.valkey import BadValkeyUrl, ValkeyRefused
from hubbub.settings import Secret, Settings

UNREACHABLE = (
    DatabaseUnavailable,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
)

OTHER_KEY = """\
HUBBUB_SECRET_KEY is not the one that this database was used with, so what was sealed cannot be opened.
Set the former one. Should it be lost, `hubbub admin rotate-keys` begins anew with this one: everybody has
to log in again, and second factors have to be set up again (`hubbub admin reset-totp`)."""


@contextmanager
def clear_errors() -> Iterator[None]:
    """What the person at the terminal can do something about is told in words, with exit code 1."""
    try:
        yield
    except (EngineError, MigrationError) as error:
        raise click.ClickException(str(error)) from error
    except WrongSecretKey as error:
        raise click.ClickException(OTHER_KEY) from error
    except BadValkeyUrl as error:
        raise click.ClickException(f"HUBBUB_VALKEY_URL: {error}.") from error
    except ValkeyRefused as error:
        raise click.ClickException(
            f"Valkey does not let us in: {error}. Are user and password in HUBBUB_VALKEY_URL right?"
        ) from error
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise click.ClickException(
            f"the database has not the schema of this release ({error}). Run `hubbub migrate`."
        ) from error
    except UNREACHABLE as error:
        raise click.ClickException(
            f"the database cannot be used: {error}. Is HUBBUB_DATABASE_URL right, and does the server run?"
        ) from error


def connected(settings: Settings) -> Settings:
    """The URLs and the key that are set, else those of the `hubbub run` in the data directory."""
    running = running_urls(settings.data_dir)
    database_url = reached_database(settings)
    valkey_url = settings.valkey.url or Secret(running.valkey_url if running else "")
    if not valkey_url:
        raise _nothing_runs(settings, "HUBBUB_VALKEY_URL")
    return replace(
        settings,
        database=replace(settings.database, url=database_url),
        valkey=replace(settings.valkey, url=valkey_url),
        identity=replace(settings.identity, secret_key=secret_key(settings)),
    )


def reached_database(settings: Settings) -> Secret:
    """The database's URL that is set, else that of the `hubbub run` in the data directory."""
    running = running_urls(settings.data_dir)
    url = settings.database.url or Secret(running.database_url if running else "")
    if not url:
        raise _nothing_runs(settings, "HUBBUB_DATABASE_URL")
    return url


def _nothing_runs(settings: Settings, variable: str) -> EngineError:
    return EngineError(
        f"no engines run in {settings.data_dir.absolute()}. Start them with `hubbub run`, or set {variable}."
    )


def secret_key(settings: Settings) -> Secret:
    """The one that is set, else (outside production) the one in the data directory, made the first time."""
    if settings.identity.secret_key:
        return settings.identity.secret_key
    data_dir = DataDir(settings.data_dir)
    data_dir.prepare()
    return Secret(data_dir.secret("secret.key"))
