"""Fits how log-odds become probabilities, and shows what the fit is worth on seeds it never saw.

Runs the suites with alerts that open at a small probability, so that candidates which came to
nothing are seen too, and as if nothing had been calibrated yet. Each revision is labelled by the
rule of docs/evaluation.md; of each incident one revision a minute counts, and each incident as
much as every other. Candidates beside a surer incident of the same transmitter are left out, since
they would have become part of it. Prints the two lines for the configuration, and the reliability
before and after.

    python benchmarks/calibrate.py --seeds 1-6 --held-out 101-103 --work out/science
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.measuring.detection.cases import Case, cases, names_in, scenario_files, seeds_in
from benchmarks.measuring.detection.platt import Platt, calibrated, fit
from benchmarks.measuring.detection.result_tables import reliability_table
from benchmarks.measuring.detection.runs import Setup, run_all, simulate_all
from benchmarks.measuring.detection.samples import one_a_minute, without_doubles
from benchmarks.measuring.detection.tables import plain
from replay.scoring.calibration import (
    Sample,
    pooled_samples,
    reliability,
)
from replay.simulate import ScenarioError
from streams.config.settings import ConfigError

OPEN_PROBABILITY: Final = "incidents.open_probability"
#: What too few devices can reach says nothing of evidence, so it stays out of the fit: below any
#: probability at which alerts open.
HELD_BACK: Final = "incidents.fusion.held_back_log_odds"
SLOPE, OFFSET = "calibration_slope", "calibration_offset"


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--seeds", default="1-6", show_default=True, help="Seeds to fit on.")
@click.option("--held-out", default="101-103", show_default=True, help="Seeds to check on.")
@click.option("--only", default="", help="Scenarios or suites by name, with commas between.")
@click.option("--open-at", default=0.02, show_default=True, help="Probability that opens alerts.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder that keeps traces.")
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to fit for.")
def main(work: Path | None, seeds: str, held_out: str, **options: Any) -> None:
    """Fits and prints."""
    fitted, checked = seeds_in(seeds), seeds_in(held_out)
    if both := set(fitted) & set(checked):
        raise click.UsageError(f"seeds {sorted(both)} can't both be fitted on and held out")
    with tempfile.TemporaryDirectory() as folder:
        kept = work or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        try:
            seen = samples(kept, fitted, "fit", **options)
            unseen = samples(kept, checked, "held out", **options)
            by = fit(seen)
        except (ConfigError, ScenarioError, ValueError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(as_yaml(by) + "\n")
    for name, each in (("fitted on", seen), ("held out", unseen)):
        before, after = reliability(each), reliability(calibrated(each, by))
        click.echo(plain(reliability_table(before, f"{name}, as fused")) + "\n")
        click.echo(plain(reliability_table(after, f"{name}, calibrated")) + "\n")
    if by.slope <= 0.0:
        raise click.ClickException("a slope of zero or less: the log-odds say nothing of the truth")


def samples(
    work: Path,
    seeds: list[int],
    label: str,
    only: str,
    open_at: float,
    jobs: int,
    config: Path | None,
) -> list[Sample]:
    """What alerts and candidates state, one sample a minute, each incident weighing one."""
    every: list[Case] = cases(scenario_files(names_in(only)), seeds)
    simulate_all(every, work, jobs)
    setup = Setup(config, flags(open_at))
    runs = run_all(every, setup, work, jobs, label)
    return one_a_minute(pooled_samples([without_doubles(run.samples) for run in runs]))


def flags(open_at: float) -> dict[str, Any]:
    """Settings under which candidates become alerts with their log-odds as they are."""
    return {
        OPEN_PROBABILITY: open_at,
        HELD_BACK: -30.0,
        f"incidents.fusion.{SLOPE}": 1.0,
        f"incidents.fusion.{OFFSET}": 0.0,
    }


def as_yaml(by: Platt) -> str:
    """The lines to paste under ``incidents`` in the configuration."""
    return f"  fusion:\n    {SLOPE}: {by.slope:.3f}\n    {OFFSET}: {by.offset:.3f}"


if __name__ == "__main__":
    main()
