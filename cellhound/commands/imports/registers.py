"""Registers of cells."""

from pathlib import Path

import click

from cellhound.commands.imports.group import import_, imported
from cellhound.options import FILE, OUT, config_checked


@import_.command("netmonster")
@click.argument("file", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace.")
@config_checked
def import_netmonster(file: Path, out: Path) -> None:
    """NetMonster's list of cells (.ntm), as a register."""
    from replay.imports.registers import import_netmonster as run

    imported(run(file, out), out, "cells")


@import_.command("opencellid")
@click.argument("file", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace.")
@click.option("--columns", type=FILE, help="Which column is which (YAML): docs/imports.md.")
@config_checked
def import_opencellid(file: Path, out: Path, columns: Path | None) -> None:
    """OpenCelliD's register, or any with --columns.

    FILE is a CSV, plain or gzip, with a header or without. What can be used of it becomes the
    register of the trace.
    """
    from replay.imports.importing import refuse_others
    from replay.imports.registers import import_register
    from replay.traces.shown_register import read_shown
    from streams.register.column_map import read_column_map
    from streams.register.csv_layout import REGISTER_FIELDS

    column_map = read_column_map(columns, REGISTER_FIELDS) if columns else None
    if column_map is None:
        refuse_others(file, "opencellid")
    imported(import_register(file, out, read_shown(file, column_map)), out, "cells")
