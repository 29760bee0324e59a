"""Logs of apps and tools: measurements."""

from pathlib import Path

import click

from cellhound.commands.imports.group import UtcOffset, given, import_, imported, recording
from cellhound.options import FILE, Plmn

_OFFSET_HELP = "How far the file's local times are ahead of UTC; 0 if left out."


@import_.command("tower-collector")
@recording
def import_tower_collector(file: Path, out: Path, device: str, config: Path | None) -> None:
    """Tower Collector's CSV export."""
    from replay.imports.importing import import_file
    from replay.imports.logs.tower_collector import read_tower_collector as read

    known = given(config, device)
    imported(import_file("tower-collector", read, file, out, known), out)


@import_.command("g-nettrack")
@recording
@click.option("--plmn", type=Plmn(), help="MCC-MNC, where the log doesn't have it.")
@click.option("--utc-offset", type=UtcOffset(), default=0, help=_OFFSET_HELP)
def import_g_nettrack(
    file: Path,
    out: Path,
    device: str,
    plmn: tuple[int, int] | None,
    utc_offset: int,
    config: Path | None,
) -> None:
    """G-NetTrack's log (text or CSV)."""
    from replay.imports.importing import import_file
    from replay.imports.logs.g_nettrack import read_g_nettrack as read

    known = given(config, device, plmn=plmn, utc_offset_ms=utc_offset)
    imported(import_file("g-nettrack", read, file, out, known), out)


@import_.command("kismet")
@recording
def import_kismet(file: Path, out: Path, device: str, config: Path | None) -> None:
    """Kismet's log (kismetdb), as far as cells."""
    from replay.imports.importing import import_file
    from replay.imports.logs.kismet import read_kismet as read

    imported(import_file("kismet", read, file, out, given(config, device)), out)


@import_.command("csv")
@recording
@click.option("--mapping", type=FILE, required=True, help="Which column is which field (YAML).")
@click.option("--plmn", type=Plmn(), help="MCC-MNC, where no column has it.")
@click.option("--utc-offset", type=UtcOffset(), default=0, help=_OFFSET_HELP)
def import_csv(
    file: Path,
    out: Path,
    device: str,
    mapping: Path,
    plmn: tuple[int, int] | None,
    utc_offset: int,
    config: Path | None,
) -> None:
    """Any CSV, by a mapping file (--mapping)."""
    from replay.imports.importing import import_table
    from replay.imports.mapped.mapped_csv import MAPPED, mapped_reader
    from streams.register.column_map import read_column_map

    read = mapped_reader(read_column_map(mapping, MAPPED))
    known = given(config, device, plmn=plmn, utc_offset_ms=utc_offset)
    imported(import_table(read, file, out, known), out)
