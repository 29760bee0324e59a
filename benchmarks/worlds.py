"""How good detection is on worlds of which every nuisance is drawn, and where it breaks.

Draws worlds (every other one honest), simulates, detects and scores them, and prints false alerts a
city-day, recall of transmitters on the air for more than two minutes with evidence on eight
devices, alert ids, delay, place and reliability.

    python -m benchmarks.worlds --worlds 300 --seed 9000
    python -m benchmarks.worlds --worlds 40 --curve sites_displaced_share --curve power_w
    python -m benchmarks.worlds --worlds 40 --curve all
    python -m benchmarks.worlds --worlds 40 --aged 0 --aged 1

``--curve`` runs the same worlds at each end of a parameter's range (or with each of its choices),
all else drawn as before. ``--aged`` runs them after so many hours of the same city without any
transmitter, its people on other ways in each, learned hour by hour as a profile. The same seeds
give the same figures on every machine.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import click
import msgspec

from benchmarks.measuring.detection.runs import Setup
from benchmarks.measuring.detection.tables import Table, markdown, plain
from benchmarks.measuring.worlds.world_runs import WorldRun, run_worlds, worlds_of
from benchmarks.measuring.worlds.world_tables import (
    Point,
    ages_table,
    curve_table,
    point,
    tables,
    thirds,
)
from replay.simulate import ScenarioError
from replay.simulate.drawn.parameters import BY_NAME, Value, named
from replay.simulate.drawn.world_draw import parameters_of
from streams.config.settings import ConfigError


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--worlds", "count", type=click.IntRange(1), default=300, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=9000, show_default=True, help="The first.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--curve", multiple=True, help="A parameter, or `all`; may be repeated.")
@click.option(
    "--thirds", "by_thirds", is_flag=True, help="Also curves by thirds of each parameter."
)
@click.option(
    "--aged", multiple=True, type=click.IntRange(0), help="Hours learned before; may be repeated."
)
@click.option("--parameter", "given", multiple=True, metavar="NAME=VALUE", help="Not to be drawn.")
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to measure.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables in Markdown.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write all of it.")
def main(
    count: int,
    seed: int,
    jobs: int,
    curve: tuple[str, ...],
    by_thirds: bool,
    aged: tuple[int, ...],
    given: tuple[str, ...],
    config: Path | None,
    as_markdown: bool,
    json_file: Path | None,
) -> None:
    """Measures and prints."""
    show = markdown if as_markdown else plain
    setup = Setup(config)
    try:
        fixed = parameters_of(given)
        names = [*BY_NAME] if "all" in curve else [named(name).name for name in curve]
        if names:
            points = [
                each for name in names for each in ends(name, count, seed, fixed, setup, jobs)
            ]
            click.echo(show(curve_table(points)))
            write(json_file, points)
            return
        worlds = worlds_of(count, seed, fixed)
        by_age = {
            hours: run_worlds(worlds, setup, jobs, f"worlds after {hours} h", hours)
            for hours in aged or (0,)
        }
    except (ConfigError, ScenarioError) as error:
        raise click.ClickException(str(error)) from error
    runs = [each for some in by_age.values() for each in some]
    shown: list[Table] = [ages_table(by_age)] if aged else []
    shown += [table for some in by_age.values() for table in tables(some)]
    if by_thirds:
        points = [each for parameter in BY_NAME.values() for each in thirds(parameter, runs)]
        shown.append(curve_table(points, "By thirds of each parameter"))
    click.echo("\n\n".join(show(table) for table in shown))
    write(json_file, runs)


def ends(
    name: str, count: int, seed: int, fixed: dict[str, Value], setup: Setup, jobs: int
) -> list[Point]:
    """The points of one curve, each on the same seeds."""
    return [
        point(
            name,
            str(end),
            run_worlds(worlds_of(count, seed, {**fixed, name: end}), setup, jobs, f"{name} {end}"),
        )
        for end in named(name).ends
    ]


def write(path: Path | None, measured: list[WorldRun] | list[Point]) -> None:
    """All that was measured, as JSON, where a file is named."""
    if path is not None:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(measured)) + b"\n")


if __name__ == "__main__":
    main()
