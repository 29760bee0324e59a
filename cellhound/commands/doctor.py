"""``doctor``: examines the installation."""

import sys
from pathlib import Path

import click

from cellhound.options import kafka_options, settings_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@kafka_options
def doctor(as_json: bool, config: Path | None, **kafka: str | None) -> None:
    """Examine the installation: exit code 0 when nothing is broken, 1 when something is."""
    from field.doctor.run import examine

    found = examine(settings_of(config, **kafka))
    click.echo(found.json() if as_json else found.text())
    sys.exit(0 if found.ok else 1)
