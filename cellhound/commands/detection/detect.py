"""``detect``: the whole pipeline over a trace, its alerts in a table, on a map and in a report."""

from pathlib import Path
from typing import Any

import click

from cellhound.options import (
    FILE,
    FOLDER,
    NEW_FILE,
    OUT,
    config_option,
    hasher_of,
    language,
    settings_of,
)

_JOBS = "Processes that share the work: the largest files are screened beside the rest."


@click.command()
@click.argument("trace", type=FOLDER, is_eager=True)
@click.option(
    "--out",
    type=OUT,
    required=True,
    is_eager=True,
    help="Folder for alerts, findings and a summary.",
)
@click.option("--register", type=FILE, help="Cell register (CSV); else the trace's own.")
@click.option("--profile", type=FILE, help="What an installation has learned, to begin with.")
@click.option(
    "--profile-out",
    type=NEW_FILE,
    help="File for what has been learned by the end (.json, .json.gz).",
)
@click.option("--jobs", type=click.IntRange(1, 16), default=1, show_default=True, help=_JOBS)
@click.option(
    "--map/--no-map",
    "with_map",
    default=True,
    show_default=True,
    help="Write map.html beside them.",
)
@click.option("--report", type=NEW_FILE, help="Write a report to this file: one HTML page.")
@config_option
def detect(
    trace: Path,
    out: Path,
    register: Path | None,
    profile: Path | None,
    profile_out: Path | None,
    jobs: int,
    with_map: bool,
    report: Path | None,
    config: Path | None,
) -> None:
    """Run the whole pipeline over TRACE, without a broker.

    What it did is one line on standard output; the alerts follow as a table on standard error.
    """
    from replay.dead_table import dead_table
    from replay.detect import Memory
    from replay.pipeline import Work
    from replay.results.running import detect_with
    from streams.arenas import few_arenas
    from streams.garbage import look_seldom
    from streams.progress import shown

    settings = settings_of(config)
    few_arenas()
    look_seldom()
    memory = Memory(profile, profile_out)
    with shown():
        result = detect_with(
            *(trace, out, settings, hasher_of(settings), register, memory, Work(jobs), with_map),
            language=language(),
        )
    if report is not None:
        result.to_html(report, language())
    _print_summary(result.summary, out)
    if result.summary["dead_letters"]:
        click.echo(f"cellhound: {dead_table(out / 'dead_letters.jsonl')}", err=True)
    if result.structs or report is not None:
        click.echo(result.report, err=True)
    # A map of nothing is not worth a look; a report says what nothing means.
    has_map = with_map and bool(result.structs)
    for what, where in (("map", out / "map.html" if has_map else None), ("report", report)):
        if where is not None:
            click.echo(f"{what}: {where}", err=True)


def _print_summary(summary: dict[str, Any], out: Path) -> None:
    click.echo(
        f"{summary['messages']} messages, {summary['findings']} findings,"
        f" {summary['dead_letters']} dead letters, {summary['alerts']} alerts in"
        f" {summary['seconds']:.1f} s ({summary['messages_per_second']:.0f} messages/s): {out}"
    )
    if rejects := summary["register_rejects"]:
        rows = summary["register_rows"] + rejects
        click.echo(
            f"cellhound: {rejects} of {rows} rows of the register are left out;"
            " `cellhound register import --check FILE` shows which, and why",
            err=True,
        )
