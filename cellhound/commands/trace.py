"""``detect``, ``simulate``, ``evaluate``, ``demo``: traces in one process, without a broker."""

from pathlib import Path

import click

from cellhound.options import (
    FILE,
    FOLDER,
    OUT,
    config_checked,
    config_option,
    hasher_of,
    settings_of,
)


@click.command()
@click.argument("trace", type=FOLDER)
@click.option("--out", type=OUT, required=True, help="Folder for alerts, findings and a summary.")
@click.option("--register", type=FILE, help="Cell register (CSV); else the trace's own.")
@config_option
def detect(trace: Path, out: Path, register: Path | None, config: Path | None) -> None:
    """Run the whole pipeline over TRACE in one process, without a broker."""
    from replay.detect import detect as run

    settings = settings_of(config)
    summary = run(trace, out, settings, hasher_of(settings), register)
    click.echo(
        f"{summary.messages} messages, {summary.findings} findings, {summary.dead_letters} dead"
        f" letters, {summary.alerts} alerts in {summary.seconds:.1f} s"
        f" ({summary.messages_per_second:.0f} messages/s): {out}"
    )


@click.command()
@click.argument("scenario", type=FILE)
@click.option("--out", type=OUT, required=True, help="Folder of the trace to write.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@config_checked
def simulate(scenario: Path, out: Path, seed: int) -> None:
    """Make a trace with its truth from SCENARIO (YAML); the same seed makes the same trace."""
    from replay.simulate import load_scenario
    from replay.simulate import simulate as run

    made = run(load_scenario(scenario), seed, out)
    click.echo(
        f"{made.scenario}, seed {made.seed}: {made.measurements} reports,"
        f" {made.signalling} updates, {made.sms} SMS of {made.phones} phones,"
        f" {made.register_rows} registered cells, {made.transmitters} transmitters,"
        f" {made.captures} captures: {out}"
    )


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
@config_checked
def evaluate(
    alerts: Path,
    truth: Path,
    register: Path | None,
    as_json: bool,
    calibration: bool,
    also: tuple[tuple[Path, Path], ...],
) -> None:
    """Score ALERTS (alerts.jsonl) against the truth."""
    from replay.scoring.evaluate import match_runs, read_register_rows, report

    rows = read_register_rows(register) if register else None
    run = match_runs([(alerts, truth), *also], rows)
    click.echo(report(run, calibration=calibration, as_json=as_json))


@click.command()
@click.option("--out", type=OUT, default=Path("out/demo"), show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--no-broker", is_flag=True, help="Run in one process, without Kafka.")
@config_checked
def demo(out: Path, seed: int, no_broker: bool) -> None:
    """Simulate an hour in a city, detect, and end with alerts and a map to look at."""
    from replay.demo import demo as run

    run(out, seed, with_broker=not no_broker)
