"""``import``: recordings of other tools, made into traces."""

from pathlib import Path
from typing import Any

import click

from cellhound.options import FILE, OUT, Plmn, config_checked, config_option, hasher_of, settings_of


@click.group("import")
def import_() -> None:
    """Other tools' recordings, made into traces."""


@import_.command("nas")
@click.argument("capture", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace.")
@click.option("--subscriber", default="phone", show_default=True, help="Whose phone it was.")
@click.option("--rat", type=click.Choice(["gsm", "umts", "lte"]), help="Else by the messages.")
@click.option("--plmn", type=Plmn(), help="MCC-MNC, where the messages don't name it.")
@click.option("--area", type=click.IntRange(0), help="LAC or TAC, where it is known.")
@click.option("--cell", type=click.IntRange(0), help="Cell identity, where it is known.")
@config_option
def import_nas(
    capture: Path,
    out: Path,
    subscriber: str,
    rat: str | None,
    plmn: tuple[int, int] | None,
    area: int | None,
    cell: int | None,
    config: Path | None,
) -> None:
    """Signalling from a phone's diagnostic port: a CAPTURE (pcap or pcapng) of NAS messages (link
    type 148) or of GSMTAP."""
    from replay.imports.nas_pcap import import_nas as run

    mcc, mnc = plmn or (None, None)
    who = hasher_of(settings_of(config)).pseudonym(subscriber)
    summary = run(capture, out, subscriber=who, rat=rat, mcc=mcc, mnc=mnc, area=area, cell=cell)
    _imported(summary, out)


@import_.command("nas-table")
@click.argument("table", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace.")
@config_checked
def import_nas_table(table: Path, out: Path) -> None:
    """Signalling from a TABLE (CSV) of decoded NAS messages, a subscriber for each trace in it."""
    from replay.imports.tables import import_nas_events as run

    _imported(run(table, out), out)


def _imported(summary: Any, out: Path) -> None:
    left = ", ".join(f"{n} {why.replace('_', ' ')}" for why, n in summary.left_out.items())
    click.echo(
        f"{summary.messages} messages of {summary.packets} packets in {out}"
        + (f"; left out: {left}." if left else "."),
        err=True,
    )
