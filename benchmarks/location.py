"""How well and how fast `geo.locate` finds a transmitter, on simulated towns.

The town: 2 km x 2 km, phones spread evenly, one transmitter within 500 m of the middle. Levels
follow the log-distance law with power, slope and noise drawn anew for each episode, shadowing
correlated over 50 m (Gudmundson), a spread between phones, GSM's 2 dB steps and its top at
-51 dBm; a phone camps where the level beats its own threshold. Phones that don't are the silent
ones. Advances are rounded to steps, lengthened by reflections and shifted by one offset of the
transmitter. Run it: ``python benchmarks/location.py --episodes 100``.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from geo.frame import Frame, frame_at
from geo.locate import Posterior, Reports, Silent, locate
from geo.sphere import Floats
from geo.timing import TA_STEP_M

HALF_SIDE_M = 1000.0
PLACE = (39.91, 116.40)
ROUNDS = 60  # of drawing a town anew when its transmitter reaches too few phones


@dataclass(frozen=True)
class World:
    """What may differ between towns; the defaults are the plain one."""

    ta_share: float = 0.0
    ta_offset_sd_m: float = 100.0
    ta_step_m: float = TA_STEP_M["gsm"]
    false_places: float = 0.0
    one_sided: bool = False
    slope_beyond_300_m: float = 0.0


@dataclass(frozen=True)
class Episode:
    """One town: what phones reported, who was silent, and the truth in the frame (metres)."""

    frame: Frame
    reports: Reports
    silent: Silent
    x: float
    y: float

    def error_m(self, posterior: Posterior) -> float:
        """How far the posterior's best answer is from the truth."""
        x, y = posterior.frame.to_xy(*self.frame.to_latlon(self.x, self.y))
        return float(np.hypot(posterior.mode_xy[0] - x, posterior.mode_xy[1] - y))

    def mass_needed(self, posterior: Posterior) -> float:
        """Level of the smallest highest-density region that holds the truth, 0..1."""
        x, y = posterior.frame.to_xy(*self.frame.to_latlon(self.x, self.y))
        column = int(np.rint((x - posterior.x[0]) / (posterior.x[1] - posterior.x[0])))
        row = int(np.rint((y - posterior.y[0]) / (posterior.y[1] - posterior.y[0])))
        if not (0 <= column < posterior.x.size and 0 <= row < posterior.y.size):
            return 1.0
        here = posterior.p[row, column]
        return float(posterior.p[posterior.p > here].sum() + 0.5 * here)

    def weighted_centroid_error_m(self) -> float:
        """The baseline: mean place of the phones, weighted by received amplitude."""
        x, y = self.frame.to_xy(self.reports.lat, self.reports.lon)
        weight = 10.0 ** (self.reports.level_dbm / 20.0)
        return float(
            np.hypot(weight @ x / weight.sum() - self.x, weight @ y / weight.sum() - self.y)
        )


def episode(seed: int, heard: int, world: World | None = None) -> Episode:
    """A town in which exactly `heard` phones report; the same seed gives the same town."""
    world = world or World()
    rng = np.random.default_rng([seed, heard])
    for _ in range(ROUNDS):
        drawn = _drawn(rng, heard, world)
        if drawn is not None:
            return drawn
    raise RuntimeError(f"no town with {heard} phones in reach; choose another seed than {seed}")


def _drawn(rng: np.random.Generator, heard: int, world: World) -> Episode | None:
    power, exponent = rng.normal(-60.0, 8.0), rng.normal(3.3, 0.4)
    sigma = rng.uniform(6.0, 8.0)
    tx, ty = rng.uniform(-500.0, 500.0, 2)
    count = 8 * heard + 20
    x, y = rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, (2, count))
    if world.one_sided:
        x = -np.abs(x)
        tx = rng.uniform(100.0, 400.0)
    distance = np.sqrt((x - tx) ** 2 + (y - ty) ** 2 + 8.0**2)
    loss = 10.0 * exponent * np.log10(distance / 100.0)
    loss += 10.0 * world.slope_beyond_300_m * np.log10(np.maximum(distance / 300.0, 1.0))
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    root = np.linalg.cholesky(np.exp(-apart / 50.0) + 1e-9 * np.eye(count))
    level = power - loss + sigma * (root @ rng.standard_normal(count)) + rng.normal(0, 2.9, count)
    camps = level > rng.normal(-88.0, 6.0, count)
    last = int(np.searchsorted(np.cumsum(camps), heard))
    if last >= count:
        return None
    rows, quiet = np.flatnonzero(camps[: last + 1]), np.flatnonzero(~camps[: last + 1])
    accuracy = rng.uniform(10.0, 30.0, count)
    seen_x, seen_y = x + rng.normal(0, accuracy / 1.51), y + rng.normal(0, accuracy / 1.51)
    strays = rng.random(count) < world.false_places
    seen_x = np.where(strays, rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, count), seen_x)
    seen_y = np.where(strays, rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, count), seen_y)
    travelled = distance + rng.exponential(60.0, count) + rng.normal(0.0, 30.0, count)
    travelled += rng.normal(0.0, world.ta_offset_sd_m)
    advance = np.maximum(np.rint(travelled / world.ta_step_m), 0.0)
    timed = rng.random(count) < world.ta_share
    frame = frame_at(*PLACE)
    lat, lon = frame.to_latlon(seen_x, seen_y)
    reports = Reports.of(
        lat[rows],
        lon[rows],
        accuracy_m=accuracy[rows],
        level_dbm=np.clip(2.0 * np.rint((level[rows] + 1.0) / 2.0) - 1.0, -113.0, -51.0),
        timing_advance=np.where(timed, advance, np.nan)[rows],
        ta_step_m=world.ta_step_m,
    )
    return Episode(frame, reports, Silent(lat[quiet], lon[quiet], np.ones(quiet.size)), tx, ty)


def without(reports: Reports, column: str) -> Reports:
    """The reports with one column not measured."""
    columns = {name: getattr(reports, name) for name in Reports.__dataclass_fields__}
    columns[column] = np.full(len(reports), np.nan)
    return Reports(**columns)


ESTIMATORS: dict[str, Callable[[Episode], Posterior | None]] = {
    "levels": lambda town: locate(without(town.reports, "timing_advance")),
    "levels+TA": lambda town: locate(town.reports),
    "levels+silent": lambda town: locate(
        without(town.reports, "timing_advance"), silent=town.silent
    ),
    "levels+TA+silent": lambda town: locate(town.reports, silent=town.silent),
}


def measure(
    estimate: Callable[[Episode], Posterior | None], towns: list[Episode]
) -> tuple[Floats, Floats, Floats]:
    """Errors (m), mass needed to reach the truth, and milliseconds, one a town."""
    errors, needed, took_ms = [], [], []
    for town in towns:
        start = perf_counter()
        posterior = estimate(town)
        took_ms.append(1e3 * (perf_counter() - start))
        assert posterior is not None
        errors.append(town.error_m(posterior))
        needed.append(town.mass_needed(posterior))
    return np.array(errors), np.array(needed), np.array(took_ms)


def main() -> None:
    """Print one line for each estimator and number of phones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--heard", type=int, nargs="+", default=[5, 10, 20, 50, 100])
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--ta-share", type=float, default=0.3)
    parser.add_argument("--ta-offset-sd-m", type=float, default=100.0)
    parser.add_argument("--false-places", type=float, default=0.0)
    parser.add_argument("--one-sided", action="store_true")
    parser.add_argument("--slope-beyond-300-m", type=float, default=0.0)
    args = parser.parse_args()
    world = World(
        ta_share=args.ta_share,
        ta_offset_sd_m=args.ta_offset_sd_m,
        false_places=args.false_places,
        one_sided=args.one_sided,
        slope_beyond_300_m=args.slope_beyond_300_m,
    )
    print(f"{'estimator':18}{'N':>5}{'50 %':>7}{'67 %':>7}{'95 %':>7}   inside 50/90/95 %    ms")
    for heard in args.heard:
        towns = [episode(args.seed + k, heard, world) for k in range(args.episodes)]
        baseline = np.quantile([t.weighted_centroid_error_m() for t in towns], [0.5, 0.67, 0.95])
        print(f"{'weighted centroid':18}{heard:5}" + "".join(f"{e:7.0f}" for e in baseline))
        for name, estimate in ESTIMATORS.items():
            errors, needed, took_ms = measure(estimate, towns)
            line = "".join(f"{e:7.0f}" for e in np.quantile(errors, [0.5, 0.67, 0.95]))
            inside = "/".join(f"{100 * (needed <= q).mean():.0f}" for q in (0.5, 0.9, 0.95))
            print(f"{name:18}{heard:5}{line}   {inside:>17}{np.median(took_ms):6.1f}")


if __name__ == "__main__":
    main()
