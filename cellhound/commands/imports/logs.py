"""Logs of apps and tools: measurements."""

from pathlib import Path
from typing import Any

import click

from cellhound.commands.imports.group import given, import_, imported, incomplete, recording
from cellhound.options import FILE


@import_.command("tower-collector")
@recording
def import_tower_collector(file: Path, out: Path, **known: Any) -> None:
    """Tower Collector's CSV export."""
    _import("tower-collector", file, out, known)


@import_.command("g-nettrack")
@recording
@incomplete
def import_g_nettrack(file: Path, out: Path, **known: Any) -> None:
    """G-NetTrack's log (text or CSV)."""
    _import("g-nettrack", file, out, known)


@import_.command("kismet")
@recording
def import_kismet(file: Path, out: Path, **known: Any) -> None:
    """Kismet's log (kismetdb), as far as cells."""
    _import("kismet", file, out, known)


@import_.command("csv")
@recording
@click.option("--mapping", type=FILE, required=True, help="Which column is which field (YAML).")
@incomplete
def import_csv(file: Path, out: Path, mapping: Path, **known: Any) -> None:
    """Any CSV, by a mapping file (--mapping)."""
    from replay.imports.importing import import_table
    from replay.imports.mapped.mapped_csv import MAPPED, mapped_reader
    from streams.register.column_map import read_column_map

    read = mapped_reader(read_column_map(mapping, MAPPED))
    imported(import_table(read, file, out, given(**known)), out)


def _import(kind: str, file: Path, out: Path, known: dict[str, Any]) -> None:
    from replay.imports.importers import READERS
    from replay.imports.importing import import_file

    imported(import_file(kind, READERS[kind], file, out, given(**known)), out)
