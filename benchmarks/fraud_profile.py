"""Trains what `fraud_profile` weighs callers by, and says how good it is.

    python -m benchmarks.fraud_profile --data subscribers.csv.gz
    python -m benchmarks.fraud_profile --data subscribers.csv.gz --write
    python -m benchmarks.fraud_profile --worlds 20

The sample (`docs/fraud-profile.md`) is of real subscribers, a third of them frauds. Two models are
fitted to it, both additive, of piecewise linear shapes:

*months*: seven features of all that is known of a subscriber's calls, the outside check of the
approach; and *windows*: what an hour or two of a stream shows, drawn from the same subscribers
(`benchmarks.measuring.profile.windows`), which is what the rule weighs by. ``--write`` puts the
latter's shapes into the rule's room. All figures are of subscribers left out of the fit, in five
folds, by several shuffles; nothing was chosen by them. ``--base-rate`` is the share of frauds among
callers for which the precision is given. ``--worlds`` says what the rule makes of so many drawn
call worlds, in which honest look-alikes abound.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring.profile import worlds
from benchmarks.measuring.profile.fitting import (
    auc,
    fitted,
    found_at,
    knots_of,
    left_out,
    reliability,
)
from benchmarks.measuring.profile.subscribers import Column, Subscribers, load, of_months
from benchmarks.measuring.profile.windows import drawn
from detectors.rules.fraud_profile.shapes import Shapes, written

TABLE = Path(__file__).parents[1] / "detectors" / "rules" / "fraud_profile" / "shapes.csv"
SHUFFLES = 5
#: Windows of so many calls up to twice as many, the last of the table for all beyond.
BANDS = (10, 20, 40, 80)
DRAWS = 4
SEED = 1
#: Level outside: more repeats than the last knot are as good as those.
KNOTS = {
    "growth": np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3]),
    "talk_s": np.array([20.0, 40.0, 80.0, 160.0, 320.0]),
}
#: Which way a shape must go: -1 falls. Others may bend.
DIRECTIONS = {"growth": -1, "calls_per_contact": -1, "terminals": 1, "calls_per_day": 1}
FALSE = (0.01, 0.001)
EDGES = (-9.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 9.0)


@dataclass(frozen=True, eq=False)
class Trained:
    """One model on one table of features: its shapes, and the ratios (nats) of those left out, a
    column for each shuffle."""

    name: str
    shapes: Shapes
    fraud: Column
    left_out: list[Column]

    @property
    def aucs(self) -> list[float]:
        return [auc(self.fraud, nats) for nats in self.left_out]


def months(sample: Subscribers, shuffles: int = SHUFFLES) -> Trained:
    """The model of whole months."""
    features, of = of_months(sample), np.arange(len(sample))
    shapes = fitted(features, sample.fraud, knots_of(features))
    left = [left_out(features, sample.fraud, of, knots_of, seed) for seed in range(shuffles)]
    return Trained("months", shapes, sample.fraud, left)


def windows(sample: Subscribers, calls_from: int, shuffles: int = SHUFFLES) -> Trained:
    """The model of windows of one band."""
    features, of = drawn(sample, calls_from, DRAWS, np.random.default_rng((SEED, calls_from)))
    fraud = sample.fraud[of]
    left = [left_out(features, fraud, of, lambda _: KNOTS, seed) for seed in range(shuffles)]
    return Trained(f"{calls_from} calls", fitted(features, fraud, KNOTS), fraud, left)


def table_of(sample: Subscribers) -> str:
    """The table that the rule weighs by."""
    return written({band: windows(sample, band, shuffles=0).shapes for band in BANDS})


def against(shapes: Shapes) -> dict[str, float]:
    """By how much (nats) a shape goes against its direction, of those that have one."""
    worst = {}
    for name, shape in shapes.of.items():
        if name in DIRECTIONS:
            steps = np.diff(shape.nats) * DIRECTIONS[name]
            worst[name] = max(0.0, -float(steps.min()))
    return worst


def precision(found: float, false: float, base_rate: float) -> float:
    """How many of those found are frauds, if so many callers are."""
    return found * base_rate / (found * base_rate + false * (1.0 - base_rate))


def report(trained: Sequence[Trained], base_rate: float) -> str:
    """All figures as Markdown."""
    rows = [
        f"| model | AUC of {len(trained[0].left_out)} shuffles | found at 1 % false | at 0.1 % "
        f"| precision at 1 %, 0.1 %, if {base_rate:g} are frauds |",
        "|---|---|---:|---:|---:|",
        *(_row(one, base_rate) for one in trained),
    ]
    for one in trained:
        bins = reliability(one.fraud, one.left_out[0], EDGES)
        rows += ["", f"{one.name}: stated nats, counted nats ± standard error, rows"]
        rows += [f"    {a:6.2f}  {b:6.2f} ± {error:.2f}  {n}" for a, b, error, n in bins]
        rows += [f"    {name}: {_shape(one.shapes, name)}" for name in one.shapes.of]
        rows += [f"    against its direction by at most (nats): {against(one.shapes)}"]
    return "\n".join(rows)


def _row(one: Trained, base_rate: float) -> str:
    found = [
        np.mean([found_at(one.fraud, nats, false) for nats in one.left_out]) for false in FALSE
    ]
    spread = f"{np.mean(one.aucs):.3f} ± {np.std(one.aucs):.3f}"
    precise = [
        precision(share, false, base_rate) for share, false in zip(found, FALSE, strict=True)
    ]
    return (
        f"| {one.name} | {spread} | {found[0]:.2f} | {found[1]:.2f} "
        f"| {precise[0]:.1%}, {precise[1]:.1%} |"
    )


def _shape(shapes: Shapes, name: str) -> str:
    shape: Mapping[float, float] = dict(
        zip(shapes.of[name].knots, shapes.of[name].nats, strict=True)
    )
    return ", ".join(f"{knot:g}: {nats:+.2f}" for knot, nats in shape.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="subscribers.csv.gz")
    parser.add_argument("--worlds", type=int, default=0, help="so many drawn call worlds")
    parser.add_argument("--seed", type=int, default=9201, help="of the first world")
    parser.add_argument("--base-rate", type=float, default=1e-4, help="share of frauds")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name} anew")
    given = parser.parse_args()
    if not given.data and not given.worlds:
        parser.error("one of --data and --worlds is due")
    if given.data:
        sample = load(given.data)
        if given.write:
            TABLE.write_text(table_of(sample), "utf-8")
        trained = [months(sample), *(windows(sample, band) for band in BANDS)]
        frauds = int(sample.fraud.sum())
        print(f"{len(sample)} subscribers with calls, {frauds} of them frauds\n")
        print(report(trained, given.base_rate))
    if given.worlds:
        seeds = range(given.seed, given.seed + given.worlds)
        print(worlds.report([worlds.profiled(seed) for seed in seeds]))


if __name__ == "__main__":
    main()
