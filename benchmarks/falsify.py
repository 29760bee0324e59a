"""Looks for the drawn worlds on which detection is worst, and keeps them as regression cases.

Worst is where false alerts come nearest to certainty, or transmitters that ought to be found stay
farthest from it; `benchmarks/measuring/worlds/search.py` says how it looks. Alerts open early for
the search, so that what comes to nothing is seen too; what is kept is run once more as it ships.
Prints response curves of the worlds that were drawn at random, by thirds of each parameter.

    python -m benchmarks.falsify --budget 200 --seed 7000 --out configs/suites/worst
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from benchmarks.measuring.detection.runs import Setup
from benchmarks.measuring.detection.tables import Table, plain
from benchmarks.measuring.worlds.search import Candidate, first_runs, search, worst
from benchmarks.measuring.worlds.world_runs import WorldRun, badness, run_worlds
from benchmarks.measuring.worlds.world_tables import curve_table, thirds
from replay.simulate.drawn.parameters import BY_NAME
from replay.simulate.drawn.world_draw import DrawnWorld, Known, as_file

OPEN_EARLY = {"incidents.open_probability": 0.02}
HEAD = "# A drawn world on which detection was bad; what it made of it then is under `known`.\n"


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--budget", type=click.IntRange(1), default=200, show_default=True, help="Worlds.")
@click.option("--seed", type=click.IntRange(0), default=7000, show_default=True)
@click.option("--keep", type=click.IntRange(1), default=20, show_default=True, help="Worlds kept.")
@click.option("--as-shipped", is_flag=True, help="Search as it ships: cruder, and no second run.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder whose files are replaced.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Also write all of it, bracket by bracket.",
)
def main(
    budget: int,
    seed: int,
    keep: int,
    as_shipped: bool,
    jobs: int,
    out: Path | None,
    json_file: Path | None,
) -> None:
    """Searches, prints and keeps."""
    setup = Setup() if as_shipped else Setup(flags=OPEN_EARLY)

    def run(worlds: Sequence[DrawnWorld], label: str) -> list[WorldRun]:
        return run_worlds(worlds, setup, jobs, label)

    def keep_runs(tried: Sequence[Candidate]) -> None:
        if json_file is not None:
            measured = msgspec.json.encode([done for each in tried for done in each.runs])
            json_file.write_bytes(msgspec.json.format(measured) + b"\n")

    tried = search(budget, seed, run, keep_runs)
    drawn = first_runs(tried)
    points = [each for parameter in BY_NAME.values() for each in thirds(parameter, drawn)]
    found = worst(tried, keep)
    shipped = found
    if not as_shipped:
        shipped = run_worlds([each.world for each in found], Setup(), jobs, "as it ships")
    click.echo(plain(curve_table(points, "By thirds of each parameter, drawn at random")))
    click.echo("\n" + plain(worst_table(found, shipped)))
    if out is not None:
        write(out, shipped)


def worst_table(found: Sequence[WorldRun], shipped: Sequence[WorldRun]) -> Table:
    """The worst worlds, as searched and as it ships."""
    rows = [
        [
            *(str(early.world.seed), "yes" if early.world.honest else "no"),
            *(f"{badness(early):.2f}", str(as_is.run.false_alerts), str(as_is.missed)),
        ]
        for early, as_is in zip(found, shipped, strict=True)
    ]
    return Table("Worst", ("seed", "honest", "badness", "false alerts", "missed"), rows)


def write(out: Path, runs: Sequence[WorldRun]) -> None:
    """One file a world, the worst first; files of an earlier search go."""
    out.mkdir(parents=True, exist_ok=True)
    for path in out.glob("*.yaml"):
        path.unlink()
    for number, each in enumerate(runs, 1):
        known = Known(false_alerts=each.run.false_alerts, missed=each.missed)
        path = out / f"world-{number:02d}.yaml"
        path.write_bytes(HEAD.encode() + as_file(each.world, known))


if __name__ == "__main__":
    main()
