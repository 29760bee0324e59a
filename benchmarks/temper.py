"""Makes the table of `geo.posterior.tempering`: how far posteriors may be believed, counted on the
truth.

Simulated towns of ``benchmarks/location.py`` in five worlds (plain, a tenth of the places false,
all phones on one side, a steeper slope beyond 300 m, an advance on every report with an offset of
200 m) give the rows for phones; ``--data``, the folder of ``benchmarks/outdoor.py``, the row for
receivers. Each world counts as much as the others.

    python benchmarks/temper.py --data DIR            the table, as it is pasted
    python benchmarks/temper.py --data DIR --check    whether the shipped one agrees, on other seeds
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import binom

from benchmarks.measuring.location.temper_fit import ALPHAS, fitted
from benchmarks.measuring.location.towns import Episode, World, episode, without
from benchmarks.outdoor import WIDE_ALPHA, by_alpha, load, scores_by_alpha
from geo.earth.sphere import Floats
from geo.fix.locate import locate
from geo.posterior.tempering import NOMINAL, TABLE, Kind, Temper, temper_of
from geo.reports.reports import Reports, Silent

WORLDS: Final = {
    "plain": World(ta_share=0.3),
    "false places": World(ta_share=0.3, false_places=0.1),
    "one-sided": World(ta_share=0.3, one_sided=True),
    "two slopes": World(ta_share=0.3, slope_beyond_300_m=1.5),
    "offset 200 m": World(ta_share=1.0, ta_offset_sd_m=200.0),
}
KINDS: Final[tuple[Kind, ...]] = ("levels", "timed", "silent")
#: Towns of so many phones stand for all from a number of devices on.
REPORTING: Final = {0: (5, 10), 15: (20,), 35: (50, 100)}
SEED, CHECK_SEED, APART = 3_000_000, 4_000_000, 10_000
#: The levels were themselves counted on a sample.
SLACK = 0.02


def evidence(town: Episode, kind: Kind) -> tuple[Reports, Silent | None]:
    """What of a town's reports a kind of evidence has."""
    if kind == "levels":
        return without(town.reports, "timing_advance"), None
    return town.reports, town.silent if kind == "silent" else None


def town_scores(kind: Kind, reporting: Sequence[int], episodes: int, seed: int) -> Floats:
    """As `outdoor.scores_by_alpha`, over all worlds: shape (2, alphas, towns)."""
    found = []
    for turn, world in enumerate(WORLDS.values()):
        for phones in reporting:
            for number in range(episodes):
                # The same seed in two worlds is the same town: it would count twice.
                town = episode(seed + turn * APART + number, phones, world)
                reports, silent = evidence(town, kind)
                posterior = locate(reports, silent=silent, alpha=WIDE_ALPHA)
                assert posterior is not None
                place = town.frame.to_latlon(town.x, town.y)
                x, y = (float(value) for value in posterior.frame.to_xy(*place))
                found.append(by_alpha(posterior, x, y))
    return np.array(found).transpose(1, 2, 0)


def every_score(
    episodes: int, seed: int, data: Path | None
) -> Iterator[tuple[Kind, int, Floats, Floats]]:
    """Kind, number of devices from which on, mass needed and log scores by alpha."""
    for kind in KINDS:
        for devices, reporting in REPORTING.items():
            yield (
                kind,
                devices,
                *town_scores(kind, reporting, max(episodes // len(reporting), 1), seed),
            )
    if data is not None:
        yield "receivers", 0, *scores_by_alpha(load(data))


def literal(row: Temper) -> str:
    """The row as it stands in the table."""
    return f'    Temper("{row.kind}", {row.devices}, {row.alpha}, {row.levels}),'


def agrees(row: Temper, needed: Floats) -> bool:
    """Whether regions drawn as a row says hold their share of truths, as far as so few can show.

    `needed` is the mass needed at the row's alpha; the band is that of 99.9 % about the nominal.
    """
    nominal = np.array(NOMINAL)
    held = [(needed <= level).mean() for level in row.levels]
    least, most = binom.ppf([[0.0005], [0.9995]], needed.size, nominal) / needed.size
    return bool(((held >= least - SLACK) & (held <= most + SLACK)).all())


def inside(needed: Floats, levels: Sequence[float]) -> str:
    """Shares of truths, in per cent, that regions drawn at some levels hold."""
    return "/".join(f"{100 * (needed <= level).mean():.0f}" for level in levels)


def main() -> None:
    """Print the table, or with ``--check`` compare it with the shipped one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="Folder of the recording; else without its row.")
    parser.add_argument("--episodes", type=int, default=60, help="Towns of each world and size.")
    parser.add_argument("--check", action="store_true", help="Compare on other seeds.")
    args = parser.parse_args()
    print(f"{'kind':10}{'from':>5}{'alpha':>7}{'by log score':>14}   inside 50/90/95 %: ", end="")
    print("shipped" if args.check else "untempered, tempered, at levels")
    rows, wrong = [], 0
    seed = CHECK_SEED if args.check else SEED
    for kind, devices, needed, log_score in every_score(args.episodes, seed, args.data):
        row = fitted(kind, devices, needed)
        rows.append(row)
        best = ALPHAS[int(np.argmax(log_score.mean(axis=1)))]
        line = f"{kind:10}{devices:5}{row.alpha:7.2f}{best:14.2f}   "
        if args.check:
            shipped = temper_of(kind, devices)
            own = needed[ALPHAS.index(shipped.alpha)]
            held, same = inside(own, shipped.levels), agrees(shipped, own)
            wrong += not same
            print(f"{line}{held}{'' if same else f'  differs from {shipped}'}", flush=True)
        else:
            plain, own = needed[-1], needed[ALPHAS.index(row.alpha)]
            held = f"{inside(plain, NOMINAL)}  {inside(own, NOMINAL)}  {inside(own, row.levels)}"
            print(line + held, flush=True)
    if args.check:
        print("the shipped table agrees" if not wrong else f"{wrong} rows of it differ")
        sys.exit(int(wrong > 0))
    if args.data is None:
        rows += [row for row in TABLE if row.kind == "receivers"]
    print("\nTABLE: Final[tuple[Temper, ...]] = (")
    print("\n".join(map(literal, rows)))
    print(")")


if __name__ == "__main__":
    main()
