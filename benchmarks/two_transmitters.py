"""How surely `geo.separate.split` distinguishes two transmitters from one, on simulated towns.

Towns as in `benchmarks/location.py`, with two transmitters so far apart (or one, or one that
moves): every phone receives the stronger, at least 15 % of the rows are of each. The two differ in
power by some 3 dB each. Reports come evenly over ten minutes. A mover drives along blocks of 200 m
with stops ("blocks"), round one block ("loop"), to and fro between two places to park ("shuttle"),
or from one place to another once ("once"). Errors: of each transmitter to what `geo.fix.locate`
finds from its part's rows, against the one fix from all rows; over towns that were split. Run it:
``python benchmarks/two_transmitters.py --episodes 60``.
"""

import argparse
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from geo.earth.frame import Frame, frame_at
from geo.earth.sphere import Floats
from geo.fix.locate import locate
from geo.reports.reports import Reports
from geo.separate.split import Split, split

PLACE = (39.91, 116.40)
SPAN_S = 600.0
START_S = 1_700_000_000.0
ROUNDS = 400
LEAST_SHARE = 0.15
MOVES = ("blocks", "loop", "shuttle", "once")


@dataclass(frozen=True)
class Town:
    """What phones reported, and the truth in the frame: places (transmitters, 2) in metres (None
    where one moves), and whose each row is."""

    frame: Frame
    reports: Reports
    at: Floats | None
    source: Floats

    def errors_m(self, found: Split) -> tuple[float, float]:
        """Mean distance of the two from the fixes of the parts, and from the one fix of all."""
        assert self.at is not None
        fixes = [locate(self.reports.take(found.part == side)) for side in (0, 1)]
        all_rows = locate(self.reports)
        assert all_rows is not None
        assert fixes[0] is not None
        assert fixes[1] is not None
        to = np.array([self.frame.to_xy(*fix.mode) for fix in fixes])
        single = np.array(self.frame.to_xy(*all_rows.mode))
        straight = np.hypot(*(to - self.at).T).mean()
        crossed = np.hypot(*(to[::-1] - self.at).T).mean()
        return min(straight, crossed), float(np.hypot(*(single - self.at).T).mean())


def standing(
    seed: int,
    reporting: int,
    separation_m: float = 0.0,
    false_places: float = 0.0,
    one_sided: bool = False,
) -> Town:
    """A town with two transmitters so far apart, or with one where `separation_m` is 0."""
    rng = np.random.default_rng([seed, reporting, int(separation_m)])
    for _ in range(ROUNDS):
        town = _standing(rng, reporting, separation_m, false_places, one_sided)
        if town is not None:
            return town
    raise RuntimeError(f"no town where both are reporting; choose another seed than {seed}")


def _standing(
    rng: np.random.Generator, reporting: int, apart_m: float, false_places: float, one_sided: bool
) -> Town | None:
    half_m = 1_000.0 + 0.5 * apart_m
    course = rng.uniform(0.0, np.pi)
    along = 0.5 * apart_m * np.array([np.cos(course), np.sin(course)])
    at = rng.uniform(-500.0, 500.0, 2) + (np.array([-along, along]) if apart_m else [[0.0, 0.0]])
    power = rng.normal(-60.0, 8.0) + (rng.normal(0.0, 3.0, 2) if apart_m else np.zeros(1))
    exponent, sigma = rng.normal(3.3, 0.4), rng.uniform(6.0, 8.0)
    count = 8 * reporting + 20
    x, y = rng.uniform(-half_m, half_m, (2, count))
    if one_sided:
        x = -np.abs(x)
        at[:, 0] += rng.uniform(100.0, 400.0) - at[:, 0].min()
    distance = np.sqrt((x - at[:, :1]) ** 2 + (y - at[:, 1:]) ** 2 + 8.0**2)
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    root = np.linalg.cholesky(np.exp(-apart / 50.0) + 1e-9 * np.eye(count))
    levels = power[:, None] - 10.0 * exponent * np.log10(distance / 100.0)
    levels += sigma * rng.standard_normal(levels.shape) @ root.T
    level = levels.max(axis=0) + rng.normal(0.0, 2.9, count)
    rows = np.flatnonzero(level > rng.normal(-88.0, 6.0, count))[:reporting]
    source = levels.argmax(axis=0)[rows]
    counts = np.bincount(source, minlength=len(at))
    if rows.size < reporting or counts.min() < LEAST_SHARE * reporting:
        return None
    stray = rng.random(count) < false_places
    x, y = np.where(stray, rng.uniform(-half_m, half_m, (2, count)), [x, y])
    return _town_of(
        rng, x[rows], y[rows], level[rows], rng.uniform(0.0, SPAN_S, reporting), at, source
    )


def moving(
    seed: int, reporting: int, speed_mps: float, way: str, false_places: float = 0.0
) -> Town:
    """A town in which one transmitter drives about."""
    rng = np.random.default_rng([seed, reporting, round(10 * speed_mps), MOVES.index(way)])
    path = _path(rng, way, speed_mps)
    power, exponent = rng.normal(-60.0, 8.0), rng.normal(3.3, 0.4)
    sigma = np.hypot(rng.uniform(6.0, 8.0), 2.9)
    ts_s = rng.uniform(0.0, SPAN_S, 60 * reporting)
    here = path[ts_s.astype(int)]
    x, y = here.T + rng.uniform(-1_500.0, 1_500.0, (2, ts_s.size))
    distance = np.maximum(np.hypot(x - here[:, 0], y - here[:, 1]), 8.0)
    level = power - 10.0 * exponent * np.log10(distance / 100.0)
    level += rng.normal(0.0, sigma, ts_s.size)
    rows = np.argsort(level < rng.normal(-88.0, 6.0, ts_s.size), kind="stable")[:reporting]
    x, y, level, ts_s = x[rows], y[rows], level[rows], ts_s[rows]
    stray = rng.random(reporting) < false_places
    x, y = np.where(stray, rng.permutation(np.array([x, y]), axis=1), [x, y])
    return _town_of(rng, x, y, level, ts_s, None, np.zeros(reporting))


def _path(rng: np.random.Generator, way: str, speed_mps: float) -> Floats:
    """Places second by second, shape (seconds, 2)."""
    seconds = np.arange(int(SPAN_S) + 1)
    course = rng.uniform(0.0, 2.0 * np.pi)
    ends = rng.uniform(250.0, 600.0) * np.array([np.cos(course), np.sin(course)])
    if way == "loop":
        side_m = rng.uniform(250.0, 600.0)
        gone = (seconds * speed_mps + rng.uniform(0.0, 4.0 * side_m)) % (4.0 * side_m)
        corner = side_m * np.array([0.0, 1.0, 2.0, 3.0, 4.0])
        return np.column_stack([
            np.interp(gone, corner, side_m * np.array([0.0, 1.0, 1.0, 0.0, 0.0])),
            np.interp(gone, corner, side_m * np.array([0.0, 0.0, 1.0, 1.0, 0.0])),
        ])  # fmt: skip
    if way == "once":
        start_s = rng.uniform(0.3, 0.6) * SPAN_S
        part = np.interp(seconds, [start_s, start_s + 2.0 * np.hypot(*ends) / speed_mps], [-1, 1])
        return part[:, None] * ends
    when, where = [0.0], [np.array([-ends, rng.uniform(-500.0, 500.0, 2)][way == "blocks"])]
    course = 0.5 * np.pi * rng.integers(4)
    while when[-1] < SPAN_S:
        if way == "shuttle":
            stop_s, to = rng.uniform(60.0, 180.0), -where[-1]
        else:
            stop_s = rng.uniform(10.0, 60.0) if rng.random() < 0.3 else 0.0
            course += 0.5 * np.pi * rng.choice([-1, 0, 1], p=[0.25, 0.5, 0.25])
            to = where[-1] + 200.0 * np.array([np.cos(course), np.sin(course)])
        when += [when[-1] + stop_s, when[-1] + stop_s + np.hypot(*(to - where[-1])) / speed_mps]
        where += [where[-1], to]
    along = np.array(where)
    return np.column_stack([np.interp(seconds, when, axis) for axis in along.T])


def _town_of(
    rng: np.random.Generator,
    x: Floats,
    y: Floats,
    level: Floats,
    ts_s: Floats,
    at: Floats | None,
    source: Floats,
) -> Town:
    accuracy = rng.uniform(10.0, 30.0, x.size)
    frame = frame_at(*PLACE)
    noise = rng.normal(0.0, accuracy / 1.51, (2, x.size))
    lat, lon = frame.to_latlon(x + noise[0], y + noise[1])
    reports = Reports.of(
        lat,
        lon,
        accuracy_m=accuracy,
        level_dbm=np.clip(2.0 * np.rint((level + 1.0) / 2.0) - 1.0, -113.0, -51.0),
        ts_s=START_S + ts_s,
    )
    return Town(frame, reports, at, source)


def line(name: str, towns: list[Town], carriers: int = 0) -> str:
    """Share of towns that were split, how many rows went to the right part, errors, time; with
    the keys of so many carriers for each transmitter, if any."""
    found, took_ms = [], []
    for seed, town in enumerate(towns):
        carrier = np.random.default_rng(seed).integers(0, max(carriers, 1), len(town.reports))
        key = (10 * town.source + carrier).astype(np.int64) if carriers else None
        start = perf_counter()
        found.append(split(town.reports, key=key))
        took_ms.append(1e3 * (perf_counter() - start))
    both = [(town, one) for town, one in zip(towns, found, strict=True) if one is not None]
    text = f"{name:32}{100 * len(both) / len(towns):7.1f} %"
    spent = "/".join(f"{q:.0f}" for q in np.quantile(took_ms, [0.5, 0.9]))
    right, errors = [], []
    for town, one in both:
        if town.at is not None and len(town.at) == 2:
            decided = one.part >= 0
            agreed = (one.part == town.source)[decided].mean()
            right.append(max(agreed, 1.0 - agreed))
            errors.append(town.errors_m(one))
    if errors:
        ours, single = np.median(np.array(errors), axis=0)
        text += f"{100 * np.mean(right):9.0f} %{ours:8.0f}{single:8.0f}"
    else:
        text += f"{'-':>11}{'-':>8}{'-':>8}"
    return f"{text}{spent:>10}"


def main() -> None:
    """Print one line for each kind of town and number of reports."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--reporting", type=int, nargs="+", default=[30, 60, 120])
    parser.add_argument("--seed", type=int, default=3_000_000)
    args = parser.parse_args()
    seeds = range(args.seed, args.seed + args.episodes)
    print(f"{'town':32}{'split':>9}{'rows right':>11}{'error m':>8}{'single':>8}{'ms 50/90':>10}")
    for n in args.reporting:
        print(line(f"N={n} one", [standing(s, n) for s in seeds]), flush=True)
        strays = [standing(s, n, false_places=0.1) for s in seeds]
        print(line(f"N={n} one, 10 % false places", strays), flush=True)
        sided = [standing(s, n, one_sided=True) for s in seeds]
        print(line(f"N={n} one, phones on one side", sided), flush=True)
        for way in MOVES:
            movers = [moving(s, n, speed, way) for s in seeds for speed in (8.0, 15.0)]
            print(line(f"N={n} one moves: {way}", movers), flush=True)
        for apart_m in (400.0, 600.0, 800.0, 1200.0, 2400.0):
            pairs = [standing(s, n, apart_m) for s in seeds]
            print(line(f"N={n} two, {apart_m:.0f} m apart", pairs), flush=True)
            print(line(f"N={n} two, {apart_m:.0f} m, by keys", pairs, 1), flush=True)
        one = [standing(s, n) for s in seeds] + [moving(s, n, 10.0, "blocks") for s in seeds]
        print(line(f"N={n} one, two carriers", one, 2), flush=True)
        strays = [standing(s, n, 1200.0, false_places=0.1) for s in seeds]
        print(line(f"N={n} two, 1200 m, 10 % false", strays), flush=True)


if __name__ == "__main__":
    main()
