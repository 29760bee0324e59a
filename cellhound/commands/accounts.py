"""``accounts``: who may use the console."""

import sys
from pathlib import Path

import click

from cellhound.options import FILE, config_option, settings_of


@click.group()
def accounts() -> None:
    """Who may use the console, and as what."""


_ROLE = click.Choice(["viewer", "field", "dispatcher", "admin"])


@accounts.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default="viewer", show_default=True)
@click.option("--password-file", type=FILE, help="Else it is asked for, or read from input.")
@config_option
def accounts_add(name: str, role: str, password_file: Path | None, config: Path | None) -> None:
    """Add an account, or give NAME another password and role."""
    from field.console.access.commands import add

    if password_file is not None:
        password = password_file.read_text("utf-8").rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=sys.stdin.isatty(), err=True)
    click.echo(add(settings_of(config), name, role, password))


@accounts.command("list")
@config_option
def accounts_list(config: Path | None) -> None:
    """All accounts with their roles and tokens."""
    from field.console.access.commands import summary

    click.echo(summary(settings_of(config)))


@accounts.command("remove")
@click.argument("name")
@config_option
def accounts_remove(name: str, config: Path | None) -> None:
    """Remove an account with its tokens; what it did stays in the audit trail."""
    from field.console.access.commands import remove

    click.echo(remove(settings_of(config), name))


@accounts.command("token")
@click.argument("name")
@click.option("--label", default="", help="What it is for: a scanner's name.")
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), help="Else without end.")
@config_option
def accounts_token(name: str, label: str, days: float | None, config: Path | None) -> None:
    """Make an API token of the account NAME; it is printed once and stored hashed."""
    from field.console.access.commands import token

    click.echo(token(settings_of(config), name, label, days))
