"""``evaluate``: alerts scored against the truth."""

from pathlib import Path

import click

from cellhound.options import FILE, NEW_FILE, config_option, hasher_of, language, settings_of


@click.command()
@click.argument("alerts", type=FILE)
@click.option("--truth", type=FILE, required=True, help="truth.jsonl of the trace.")
@click.option("--register", type=FILE, help="Register (CSV) by which honest service is known.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@click.option("--calibration", is_flag=True, help="Also what stated probabilities are worth.")
@click.option(
    "--also",
    type=(FILE, FILE),
    multiple=True,
    metavar="ALERTS TRUTH",
    help="Another run to score together with the first; may be repeated.",
)
@click.option("--report", "page", type=NEW_FILE, help="Write a report to this file: one HTML page.")
@config_option
def evaluate(
    alerts: Path,
    truth: Path,
    register: Path | None,
    as_json: bool,
    calibration: bool,
    also: tuple[tuple[Path, Path], ...],
    page: Path | None,
    config: Path | None,
) -> None:
    """Score ALERTS (alerts.jsonl) against the truth.

    Where the truth has calls, the trace's own lie beside it, and CELLHOUND_KEY is that of the run,
    alerts about calls are scored too. The report of one run has its alerts, map and evidence too.
    """
    from replay.results.scored import Scores, contents_beside
    from replay.scoring.call_tables import shown as of_calls
    from replay.scoring.calls import read_stories, score_runs
    from replay.scoring.evaluate import match_runs, read_register_rows, report
    from streams.progress import shown

    rows = read_register_rows(register) if register else None
    runs = [(alerts, truth), *also]
    settings = settings_of(config)
    has_calls = any(read_stories(of) for _, of in runs)
    with shown():
        scores = score_runs(runs, hasher_of(settings), settings.limits) if has_calls else None
        run = match_runs(runs, rows)
        if page is not None:
            contents = None if also else contents_beside(alerts)
            Scores(run, scores, contents).to_html(page, language())
    calls = None if scores is None else (scores.plain(), of_calls(scores))
    click.echo(report(run, calibration=calibration, as_json=as_json, calls=calls))
