"""Fits how log-odds become probabilities, and shows what the fit is worth on seeds it never saw.

Runs the suites, or drawn worlds, with alerts that open at a small probability, so that candidates
which came to nothing are seen too, and as if nothing had been calibrated yet. Each revision is
labelled by the rule of docs/evaluation.md; of each incident one revision a minute counts, and each
incident as much as every other. Candidates beside a surer incident of the same transmitter are left
out, since they would have become part of it. Prints the two lines for the configuration, and the
reliability before and after.

    python benchmarks/calibrate.py --seeds 1-6 --held-out 101-103 --work out/science
    python benchmarks/calibrate.py --drawn --seeds 500000-500099 --held-out 510000-510099

Of ``--drawn`` worlds every other seed's is honest; with ``--aged`` each begins after so many hours
of learning, so that the fit of a cold installation can be held against one that knows its city.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.measuring.detection.cases import Case, cases, names_in, scenario_files, seeds_in
from benchmarks.measuring.detection.platt import Platt, calibrated, fit
from benchmarks.measuring.detection.result_tables import reliability_table
from benchmarks.measuring.detection.runs import Run, Setup, run_all, simulate_all
from benchmarks.measuring.detection.samples import one_a_minute, without_doubles
from benchmarks.measuring.detection.tables import plain
from benchmarks.measuring.worlds.world_runs import run_worlds
from replay.scoring.calibration import Sample, pooled_samples, reliability
from replay.simulate import ScenarioError
from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import draw, parameters_of
from streams.config.settings import ConfigError

OPEN_PROBABILITY: Final = "incidents.open_probability"
#: What too few devices can reach says nothing of evidence, so it stays out of the fit: below any
#: probability at which alerts open.
HELD_BACK: Final = "incidents.fusion.held_back_log_odds"
SLOPE, OFFSET = "calibration_slope", "calibration_offset"


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--seeds", default="1-6", show_default=True, help="Seeds to fit on.")
@click.option("--held-out", default="101-103", show_default=True, help="Seeds to check on.")
@click.option("--drawn", is_flag=True, help="Seeds are of drawn worlds, not of the suites.")
@click.option(
    "--aged", type=click.IntRange(0), default=0, help="Hours that drawn worlds had before."
)
@click.option("--parameter", "given", multiple=True, help="NAME=VALUE, of worlds: not drawn.")
@click.option("--only", default="", help="Scenarios or suites by name, with commas between.")
@click.option("--open-at", default=0.02, show_default=True, help="Probability that opens alerts.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder that keeps traces.")
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to fit for.")
def main(
    work: Path | None,
    seeds: str,
    held_out: str,
    drawn: bool,
    aged: int,
    given: tuple[str, ...],
    only: str,
    open_at: float,
    jobs: int,
    config: Path | None,
) -> None:
    """Fits and prints."""
    fitted, checked = seeds_in(seeds), seeds_in(held_out)
    if both := set(fitted) & set(checked):
        raise click.UsageError(f"seeds {sorted(both)} can't both be fitted on and held out")
    if drawn and only:
        raise click.UsageError("--only chooses from the suites, which --drawn leaves out")
    if (aged or given) and not drawn:
        raise click.UsageError("--aged and --parameter are for --drawn worlds")
    with tempfile.TemporaryDirectory() as folder:
        kept = work or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        try:
            setup = Setup(config, flags(open_at))
            worlds = partial(of_worlds, setup, jobs, aged, parameters_of(given))
            take = worlds if drawn else partial(of_suites, setup, jobs, kept, only)
            seen, unseen = counted(take(fitted, "fit")), counted(take(checked, "held out"))
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


def of_suites(
    setup: Setup, jobs: int, work: Path, only: str, seeds: list[int], label: str
) -> Sequence[Run]:
    """What detection makes of the suites."""
    every: list[Case] = cases(scenario_files(names_in(only)), seeds)
    simulate_all(every, work, jobs)
    return run_all(every, setup, work, jobs, label)


def of_worlds(
    setup: Setup, jobs: int, aged: int, given: Mapping[str, Value], seeds: list[int], label: str
) -> Sequence[Run]:
    """What it makes of drawn worlds, every other one honest."""
    worlds = [draw(seed, honest=bool(number % 2), given=given) for number, seed in enumerate(seeds)]
    return [each.run for each in run_worlds(worlds, setup, jobs, label, aged)]


def counted(runs: Sequence[Run]) -> list[Sample]:
    """The samples of runs that count: one a minute, each incident weighing one."""
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
