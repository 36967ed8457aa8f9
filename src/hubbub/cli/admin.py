"""`hubbub admin`: accounts, keys, and the queue of events, for whoever can reach the database."""

import asyncio
import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click

from hubbub import identity
from hubbub.cli import queue
from hubbub.cli.connection import clear_errors, connected
from hubbub.cli.services import run
from hubbub.identity import Identity, PersonFile
from hubbub.notifications import send_notice
from hubbub.platform.db import open_database
from hubbub.platform.http import show_time
from hubbub.platform.ids import id_time
from hubbub.platform.secrets import Keyring
from hubbub.platform.services import Services
from hubbub.settings import Settings, read_settings
from hubbub.system.recount import recount

ROLES = click.Choice(["member", "moderator", "admin"])


@click.group()
def admin() -> None:
    """Look after accounts, signing keys, events and jobs."""


@admin.command()
@click.argument("handle")
@click.argument("email")
@click.option("--role", type=ROLES, default="member", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(handle: str, email: str, role: identity.Role, password_stdin: bool) -> None:
    """Create an account whose e-mail address counts as confirmed.

    Asks for a password; without a terminal one is made up and printed.
    """
    password, is_made_up = _password(password_stdin)

    async def work(services: Services) -> int:
        person = identity.check_sign_up(handle=handle, email=email, password=password, display_name="")
        password_hash = await services.part(Identity).hashing.hash(person.password)
        return await services.db.write(
            lambda tx: identity.create_person(
                services, tx, person=person, password_hash=password_hash, role=role
            )
        )

    account_id = run(work)
    click.echo(f"Created @{handle.lower()} ({role}), id {account_id}.")
    if is_made_up:
        click.echo(f"Password: {password}")


@admin.command()
@click.argument("who")
def find(who: str) -> None:
    """Show the account with this id, handle or e-mail address."""
    _show(run(lambda services: _find(services, who)))


@admin.command()
@click.argument("who")
@click.option("--reason", default="", help="Kept in the audit log.")
def suspend(who: str, reason: str) -> None:
    """Hide an account and refuse all that it asks for, at once."""
    person = _change(who, lambda tx, id_: identity.suspend_person(tx, id_, reason=reason))
    click.echo(f"Suspended @{person.account.handle}.")


@admin.command()
@click.argument("who")
def unsuspend(who: str) -> None:
    """End a suspension."""
    person = _change(who, identity.unsuspend_person)
    click.echo(f"@{person.account.handle} is active again.")


@admin.command()
@click.argument("who")
@click.option(
    "--grace-days",
    type=click.IntRange(0, 3650),
    default=30,
    show_default=True,
    help="Days until all of it is purged; 0: now.",
)
@click.confirmation_option(prompt="Delete the account and, after the grace, everything of it?")
def delete(who: str, grace_days: int) -> None:
    """Hide an account at once and purge it after a grace, until which its owner can log in and keep it."""
    person = _change(who, lambda tx, id_: identity.delete_person(tx, id_, grace_days=grace_days))
    click.echo(f"@{person.account.handle} is hidden, and purged in {grace_days} days.")


@admin.command(name="set-role")
@click.argument("who")
@click.argument("role", type=ROLES)
def set_role(who: str, role: identity.Role) -> None:
    """Make an account a member, moderator or admin."""
    person = _change(who, lambda tx, id_: identity.change_role(tx, id_, role))
    click.echo(f"@{person.account.handle} is {role} now.")


@admin.command()
@click.argument("who")
@click.argument("text")
def notice(who: str, text: str) -> None:
    """Tell somebody something: it stands among their notifications."""

    async def tell(tx: Any, account_id: int) -> list[int]:
        await send_notice(tx, account_id=account_id, text=text)
        return []

    person = _change(who, tell)
    click.echo(f"Told @{person.account.handle}.")


@admin.command(name="reset-totp")
@click.argument("who")
def reset_totp(who: str) -> None:
    """Turn the second factor off for somebody who lost it and the recovery codes too."""

    async def reset(tx: Any, account_id: int) -> list[int]:
        await identity.reset_second_factor(tx, account_id)
        return []

    person = _change(who, reset)
    click.echo(f"@{person.account.handle} logs in with the password alone until a new factor is set up.")


for command in queue.COMMANDS:
    admin.add_command(command)


@admin.command(name="recount")
def recount_all() -> None:
    """Measure every count against the rows it counts, and mend it; the API may run meanwhile."""
    mended = run(lambda services: recount(services.db, _show_counted))
    for each in mended:
        click.echo(f"{each.subject_id}  {each.kind.name.lower()}  {each.difference:+}")
    click.echo(f"{len(mended)} counts mended" if mended else "every count is right")


@admin.command(name="rotate-keys")
def rotate_keys() -> None:
    """Make a new key that signs access tokens; tokens signed with the old one stay good until they end."""

    with clear_errors():
        settings = connected(read_settings())
        kid = asyncio.run(_rotate(settings))
    click.echo(f"New signing key {kid}; the old ones retire by themselves.")


async def _rotate(settings: Settings) -> str:
    """Without the services, which do not start while the secret key opens none of the keys."""
    db = await open_database(settings.database.url, pool_size=1)
    try:
        return await identity.rotate_keys(
            db,
            Keyring(settings.identity.secret_key),
            access_ttl_seconds=settings.identity.access_ttl_seconds,
        )
    finally:
        await db.close()


def _show_counted(done: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} posts and accounts counted", nl=False, err=True)


async def _find(services: Services, who: str) -> PersonFile:
    async with services.db.connection() as tx:
        person = await identity.find_person(tx, who)
    if person is None:
        raise click.ClickException(f"nobody is {who!r}: give an id, a handle or an e-mail address")
    return person


def _change(who: str, verb: Callable[[Any, int], Awaitable[list[int]]]) -> PersonFile:
    """Apply a verb to whoever is meant; processes learn at once that the sessions stand differently."""

    async def work(services: Services) -> PersonFile:
        person = await _find(services, who)
        sessions = await services.db.write(lambda tx: verb(tx, person.account.id))
        await services.part(Identity).states.changed(sessions)
        return person

    return run(work)


def _password(is_piped: bool) -> tuple[str, bool]:
    """The password, and whether it was made up here."""
    if is_piped:
        return sys.stdin.readline().rstrip("\n"), False
    if sys.stdin.isatty():
        return getpass.getpass("Password: "), False
    return secrets.token_urlsafe(12), True


def _show(person: PersonFile) -> None:
    account, credentials = person.account, person.credentials
    rows = {
        "id": account.id,
        "handle": f"@{account.handle}",
        "name": account.display_name,
        "role": account.role,
        "state": account.state,
        "private": "yes" if account.is_private else "no",
        "since": show_time(id_time(account.id)),
        "sessions": person.sessions,
    }
    if account.purge_after is not None:
        rows["purged after"] = show_time(account.purge_after)
    if credentials is not None:
        confirmed = "confirmed" if credentials.email_verified_at else "not confirmed"
        rows["e-mail"] = f"{credentials.email} ({confirmed})"
        rows["second factor"] = "on" if credentials.has_factor else "off"
    for name, value in rows.items():
        click.echo(f"{name:14} {value}")
