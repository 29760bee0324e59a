"""How good detection is: simulated attacks, honest oddities, and real recordings.

Simulates every scenario of the suites with every seed, detects, and scores by the rule of
docs/evaluation.md.

    python benchmarks/science.py --seeds 1-5 --work out/science
    python benchmarks/science.py --seeds 1-2 --only attacks,benign --ablate
    python benchmarks/science.py --seeds 1-3 --spoil

Traces that were simulated once are taken from the ``--work`` folder again. The same seeds give the
same figures on every machine.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from pathlib import Path
from typing import Any

import click
import msgspec

from benchmarks.measuring.detection import result_tables
from benchmarks.measuring.detection.ablation import Without, ablate, switches
from benchmarks.measuring.detection.cases import cases, names_in, scenario_files, seeds_in
from benchmarks.measuring.detection.figures import Figures, figures
from benchmarks.measuring.detection.recordings import RecordingResult, run_recordings
from benchmarks.measuring.detection.runs import Run, Setup, run_all, simulate_all
from benchmarks.measuring.detection.tables import Table, markdown, plain
from replay.scoring.calibration import Reliability, pooled_samples, reliability
from replay.simulate import ScenarioError
from streams.config.settings import ConfigError

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


class Science(msgspec.Struct, frozen=True):
    """All that was measured, as ``--json`` writes it; ``spoilt``: with a worse register."""

    seeds: list[int]
    spoilt: bool
    figures: Figures
    calibration: Reliability
    runs: list[Run]
    recordings: list[RecordingResult]
    ablation: list[Without]


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--seeds", default="1-3", show_default=True, help="Seeds, such as 1-3,7.")
@click.option("--only", default="", help="Scenarios or suites by name, with commas between.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder that keeps traces.")
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to measure.")
@click.option("--spoil", is_flag=True, help="Suites alone, with a worse register.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Real recordings.")
@click.option("--ablate", "with_ablation", is_flag=True, help="Also without each part in turn.")
@click.option("--switch", default="", help="Only these parts, by name or code; implies --ablate.")
@click.option("--markdown", "as_markdown", is_flag=True, help="The tables of docs/evaluation.md.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write all of it.")
def main(work: Path | None, json_file: Path | None, as_markdown: bool, **options: Any) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        kept = work or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        try:
            measured = measure(kept, **options)
        except (ConfigError, ScenarioError, ValueError) as error:
            raise click.ClickException(str(error)) from error
    show = markdown if as_markdown else plain
    if measured.spoilt:
        click.echo("With a register without a tenth of its rows, one site in twenty displaced.\n")
    click.echo("\n\n".join(show(table) for table in tables(measured)))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(measured)) + b"\n")


def measure(
    work: Path,
    seeds: str,
    only: str,
    jobs: int,
    config: Path | None,
    spoil: bool,
    data: Path,
    with_ablation: bool,
    switch: str,
) -> Science:
    """Everything that is asked for. Raises `ValueError` and the rooms' own errors."""
    setup = Setup(config, spoilt=spoil)
    setup.settings()
    numbers = seeds_in(seeds)
    every = cases(scenario_files(names_in(only)), numbers)
    off = switches(names_in(switch)) if with_ablation or switch else []
    simulate_all(every, work, jobs)
    runs = run_all(every, setup, work, jobs, "detection")
    return Science(
        seeds=numbers,
        spoilt=spoil,
        figures=figures(runs),
        calibration=reliability(pooled_samples([run.samples for run in runs])),
        runs=runs,
        recordings=[] if spoil else run_recordings(data, setup, jobs),
        ablation=ablate(runs, every, setup, off, work, jobs),
    )


def tables(measured: Science) -> list[Table]:
    """What the page shows; nothing of what wasn't measured."""
    runs = measured.runs
    every = [
        *(
            result_tables.recall_table(runs),
            result_tables.delay_table(runs),
            result_tables.missed_table(runs),
        ),
        *(result_tables.false_table(runs), result_tables.scenario_table(runs)),
        result_tables.reliability_table(measured.calibration),
        result_tables.recording_table(measured.recordings),
        result_tables.ablation_table(measured.figures, measured.ablation),
    ]
    return [table for table in every if table.rows]


if __name__ == "__main__":
    main()
