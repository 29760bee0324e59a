"""Signalling: captures, and tables of decoded messages."""

from pathlib import Path

import click

from cellhound.commands.imports.group import import_, imported
from cellhound.options import FILE, OUT, Plmn, config_checked, config_option, hasher_of, settings_of


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
    """A phone's or probe's CAPTURE (pcap, pcapng).

    Read are NAS of LTE (link type 148, GSMTAP, Wireshark's exported PDUs), RRC of LTE (needs the
    extra cellhound[captures]) and GSM's signalling and system information (GSMTAP).
    """
    from replay.imports.importing import refuse_others
    from replay.imports.nas_traces import import_nas as run

    who = hasher_of(settings_of(config)).pseudonym(subscriber)
    refuse_others(capture, "capture")
    mcc, mnc = plmn or (None, None)
    summary = run(capture, out, subscriber=who, rat=rat, mcc=mcc, mnc=mnc, area=area, cell=cell)
    imported(summary, out, read="packets")


@import_.command("rayhunter")
@click.argument("analysis", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace.")
@click.option("--subscriber", default="phone", show_default=True, help="Whose phone it was.")
@click.option("--plmn", type=Plmn(), help="MCC-MNC, where the analysis doesn't name it.")
@config_option
def import_rayhunter(
    analysis: Path,
    out: Path,
    subscriber: str,
    plmn: tuple[int, int] | None,
    config: Path | None,
) -> None:
    """rayhunter's ANALYSIS (NDJSON)."""
    from replay.imports.importing import refuse_others
    from replay.imports.nas_traces import import_rayhunter as run

    who = hasher_of(settings_of(config)).pseudonym(subscriber)
    refuse_others(analysis, "rayhunter")
    imported(run(analysis, out, subscriber=who, plmn=plmn), out, read="lines")


@import_.command("nas-table")
@click.argument("table", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace.")
@config_checked
def import_nas_table(table: Path, out: Path) -> None:
    """A TABLE (CSV) of decoded NAS messages.

    Each trace that it names is a subscriber.
    """
    from replay.imports.importing import refuse_others
    from replay.imports.nas_traces import import_nas_events as run

    refuse_others(table, "nas-table")
    imported(run(table, out), out)
