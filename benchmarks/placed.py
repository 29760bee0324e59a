"""How far off published places are, beside an average of the very reports that they rest on.

Draws worlds with transmitters, simulates each once (kept in the work folder), works them off by the
whole pipeline, and prints for all matching revisions, and for those of moving and standing
transmitters, the error of the published place, of the amplitude-weighted centroid of all that was
used and of its newest part, and how many regions hold the transmitter. `each` is the mean over
transmitters of their medians and shares, so that one which was followed for long counts once.

    python -m benchmarks.placed --worlds 40 --seed 7000 --work out/placed
    python -m benchmarks.placed --trace FOLDER --trace FOLDER

Few transmitters of drawn worlds are found, and many of these are on the air for a minute; with
``--parameter NAME=VALUE`` worlds have more to place. The same seeds give the same figures.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from benchmarks.measuring.detection.runs import Setup
from benchmarks.measuring.detection.tables import Table, markdown, plain
from benchmarks.measuring.location.placed import Placed, placed_on
from replay.simulate import ScenarioError, simulate_drawn
from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import draw, parameters_of
from streams.config.settings import ConfigError


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--worlds", "count", type=click.IntRange(0), default=0, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=7000, show_default=True, help="The first.")
@click.option("--parameter", "given", multiple=True, metavar="NAME=VALUE", help="Not to be drawn.")
@click.option(
    "--trace",
    "traces",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A trace with its truth, besides; may be repeated.",
)
@click.option("--work", type=click.Path(path_type=Path), default=Path("out/placed"))
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to measure.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables in Markdown.")
def main(
    count: int,
    seed: int,
    given: tuple[str, ...],
    traces: tuple[Path, ...],
    work: Path,
    config: Path | None,
    as_markdown: bool,
) -> None:
    """Measures and prints."""
    found: list[Placed] = []
    try:
        settings = Setup(config).settings()
        fixed = parameters_of(given)
        for number in range(seed, seed + count):
            found += placed_on(drawn_trace(work, number, fixed), settings, str(number))
    except (ConfigError, ScenarioError) as error:
        raise click.ClickException(str(error)) from error
    for trace in traces:
        found += placed_on(trace, settings, trace.name)
    click.echo((markdown if as_markdown else plain)(table(found)))


def drawn_trace(work: Path, seed: int, given: dict[str, Value]) -> Path:
    """The folder of a world's trace, simulated unless it is there."""
    named = "-".join([str(seed), *(f"{name}={value}" for name, value in sorted(given.items()))])
    trace = work / named
    if not (trace / "done").exists():
        simulate_drawn(draw(seed, given=given), trace)
        (trace / "done").touch()
    return trace


def table(found: Sequence[Placed]) -> Table:
    """All revisions, and those of moving and of standing transmitters."""
    groups = [
        ("all", list(found)),
        ("moving", [one for one in found if one.moves]),
        ("standing", [one for one in found if not one.moves]),
    ]
    rows = [_row(name, group) for name, group in groups if group]
    return Table(
        "Places of matching revisions",
        [
            *("transmitter", "how many", "revisions", "error, m", "centroid of all, m"),
            *("of the newest, m", "covered", "radius, m", "each: error, m", "each: covered"),
        ],
        rows,
    )


def _row(name: str, group: Sequence[Placed]) -> list[str]:
    own: dict[tuple[str, str], list[Placed]] = {}
    for one in group:
        own.setdefault((one.trace, one.transmitter), []).append(one)
    each = [
        (np.median([one.error_m for one in of]), np.mean([one.covered for one in of]))
        for of in own.values()
    ]
    return [
        name,
        str(len(own)),
        str(len(group)),
        _quantiles([one.error_m for one in group]),
        _quantiles([one.centroid_m for one in group]),
        _quantiles([one.newest_m for one in group]),
        f"{np.mean([one.covered for one in group]):.2f}",
        f"{np.median([one.radius_m for one in group]):.0f}",
        f"{np.mean([error for error, _ in each]):.0f}",
        f"{np.mean([covered for _, covered in each]):.2f}",
    ]


def _quantiles(values: Sequence[float]) -> str:
    return " / ".join(f"{part:.0f}" for part in np.percentile(values, [50, 67, 95]))


if __name__ == "__main__":
    main()
