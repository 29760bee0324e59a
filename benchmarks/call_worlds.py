"""How good detection of fraudulent calls is on drawn call worlds, and whom it accuses wrongly.

Draws worlds of callers (docs/drawn-calls.md), detects, and scores them by `replay.scoring.calls`.

    python -m benchmarks.call_worlds --worlds 40 --seed 500
    python -m benchmarks.call_worlds --worlds 20 --parameter oversample=10 --honest
    python -m benchmarks.call_worlds --worlds 40 --seed 500 --nuisances

Each world has some frauds of each kind unless ``--honest``, and look-alikes ten times as often as
they would be. The same seeds give the same figures on every machine.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import click

from benchmarks.measuring.calls.drawn import drawn_world
from replay.detect import detect
from replay.scoring.call_tables import shown
from replay.scoring.calls import CallScores, score_run
from replay.simulate.calls.parameters import named
from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import generator, parameters_of
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

#: Frauds of each kind in a world: drawn from none to so many.
MOST = {
    "spoofed_campaigns": 2,
    "police_gangs": 2,
    "sim_boxes": 1,
    "wangiri_campaigns": 1,
    "home_scammers": 3,
    "rogue_callbacks": 1,
    "account_takeovers": 2,
}
#: With nuisances, of each kind as many in half of the worlds, none in the others.
NUISANCES: dict[str, tuple[float, float]] = {
    "pollsters": (1, 3),
    "recall_lines": (1, 4),
    "parcel_stations": (2, 10),
    "failovers": (1, 3),
    "blackouts": (1, 2),
    "clock_steps": (1, 6),
    "inner_trunk_share": (0.2, 1.0),
    "roamer_rush": (2.0, 20.0),
    "plan_row_stale_more": (0.02, 0.2),
}
HOURS = (4.0, 24.0)
OVERSAMPLE = 10.0


def nuisances(seed: int) -> dict[str, Value]:
    """What befalls a world, of `NUISANCES`."""
    rng, values = generator(seed, "nuisances"), dict[str, Value]()
    for name, (low, high) in NUISANCES.items():
        value = rng.uniform(low, high + isinstance(low, int))
        if rng.random() < 0.5:
            values[name] = int(value) if isinstance(low, int) else round(value, 2)
    return values


def world(seed: int, honest: bool, given: dict[str, Value]) -> dict[str, Value]:
    """The values of a world that aren't drawn by itself."""
    rng = generator(seed, "call worlds")
    values: dict[str, Value] = {"oversample": OVERSAMPLE, "hours": round(rng.uniform(*HOURS), 1)}
    if not honest:
        values |= {name: int(rng.integers(0, most + 1)) for name, most in MOST.items()}
    return values | given


def run(seed: int, honest: bool, given: dict[str, Value], config: Path | None) -> CallScores:
    """Simulates, detects and scores one world."""
    settings, hasher = load_settings(config, env={}), Hasher(bytes(32))
    values = world(seed, honest, given)
    with drawn_world(seed, values, honest) as trace, tempfile.TemporaryDirectory() as out:
        detect(trace, Path(out), settings, hasher)
        return score_run(Path(out, "alerts.jsonl"), trace / "truth.jsonl", hasher, settings.limits)


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--worlds", "count", type=click.IntRange(1), default=40, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=500, show_default=True, help="The first.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--honest", is_flag=True, help="Without frauds.")
@click.option("--nuisances", "befall", is_flag=True, help="With what befalls cities at times.")
@click.option("--parameter", "given", multiple=True, metavar="NAME=VALUE", help="Not to be drawn.")
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to measure.")
@click.option("--each", "each_world", is_flag=True, help="Also each world by itself.")
def main(
    count: int,
    seed: int,
    jobs: int,
    honest: bool,
    befall: bool,
    given: tuple[str, ...],
    config: Path | None,
    each_world: bool,
) -> None:
    """Measures and prints."""
    fixed = parameters_of(given, named)
    every = CallScores()

    def given_to(number: int) -> dict[str, Value]:
        return {**(nuisances(number) if befall else {}), **fixed}

    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        asked = [
            (number, pool.submit(run, number, honest, given_to(number), config))
            for number in range(seed, seed + count)
        ]
        for number, future in asked:
            scores = future.result()
            every.add(scores)
            if each_world:
                click.echo(f"seed {number}\n{shown(scores)}\n")
    click.echo(f"{count} worlds\n{shown(every)}")


if __name__ == "__main__":
    main()
