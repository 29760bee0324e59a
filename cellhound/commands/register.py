"""``register``: the cell register."""

from pathlib import Path

import click

from cellhound.options import FILE, kafka_options, settings_of


@click.group()
def register() -> None:
    """The cell register."""


@register.command("import")
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only check the file; load nothing.")
@kafka_options
def register_import(file: Path, check: bool, config: Path | None, **kafka: str | None) -> None:
    """Check a register FILE (OpenCelliD's CSV, plain or gzip) and load it into the topic."""
    from replay.kafka.load_register import load_register

    click.echo(load_register(file, None if check else settings_of(config, **kafka)))
