import asyncio

import click

from hubbub.cli.connection import clear_errors, connected
from hubbub.settings import read_settings
from hubbub.system.doctor import Finding, examine


@click.command()
def doctor() -> None:
    """Check connections, versions, migrations, settings, indexes and lag; say how to mend what is wrong."""
    with clear_errors():
        settings = connected(read_settings())
        found = asyncio.run(examine(settings))
    for finding in found:
        show(finding)
    wrong = sum(not finding.is_ok for finding in found)
    if wrong:
        raise click.ClickException(f"{wrong} of {len(found)} checks found something to mend.")
    click.echo(f"All {len(found)} checks are well.")


def show(finding: Finding) -> None:
    mark = click.style("ok  ", fg="green") if finding.is_ok else click.style("MEND", fg="red", bold=True)
    click.echo(f"{mark}  {finding.check:14} {finding.said}")
    if not finding.is_ok:
        click.echo(f"      {'':14} → {finding.remedy}")
