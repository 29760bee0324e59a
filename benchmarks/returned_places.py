"""How well a transmitter is located from nothing but where its victims came back.

The town: sites of an honest network, 500 to 1000 m apart, whose registered range is 1.2 to 1.7
times that; a transmitter that stands still and takes phones about it, either all within 300 to
1000 m ("disc") or by the levels of a log-distance law ("levels"). People are spread evenly
("even"), live in spots ("spots"), or on one side of the transmitter's neighbourhood ("edge").
Each victim is seen again some seconds to minutes later, having stood, walked or driven, at the
strongest honest cell ("cells") or at a place of its own ("places"). No level is reported.
Run it: ``python benchmarks/returned_places.py --episodes 60``.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from geo.earth.frame import Frame, frame_at
from geo.earth.sphere import Floats
from geo.fix.locate import Posterior, locate
from geo.posterior.posterior import area_m2
from geo.reports.reports import Reports

PLACE = (39.91, 116.40)
HALF_SIDE_M = 3_500.0
DRAWN = 4_000  # people drawn at a time, until enough of them were taken
ROUNDS = 30
COVERS, CROWDS, SEEN = ("disc", "levels"), ("even", "spots", "edge"), ("cells", "places")


@dataclass(frozen=True)
class Town:
    """What was reported, and the truth in the frame (metres)."""

    frame: Frame
    reports: Reports
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


def town(seed: int, victims: int, cover: str, crowd: str, seen: str) -> Town:
    """A town with so many victims; the same arguments give the same town."""
    world = [COVERS.index(cover), CROWDS.index(crowd), SEEN.index(seen)]
    rng = np.random.default_rng([seed, victims, *world])
    at = rng.uniform(-700.0, 700.0, 2)
    people = _crowd(rng, crowd)
    taken = _disc(rng, at) if cover == "disc" else _levels(rng, at)
    x, y = np.empty(0), np.empty(0)
    for attempt in range(ROUNDS):
        drawn_x, drawn_y = people()
        inside = taken(drawn_x, drawn_y, 0.1 * attempt)
        x, y = np.r_[x, drawn_x[inside]], np.r_[y, drawn_y[inside]]
        if x.size >= victims:
            break
    else:
        raise RuntimeError(f"too few people about the transmitter; choose another seed than {seed}")
    delay_s = 5.0 + rng.exponential(60.0, victims)
    moved_m = delay_s * rng.choice([0.0, 1.4, 8.0], victims, p=[0.6, 0.25, 0.15])
    course = rng.uniform(0.0, 2.0 * np.pi, victims)
    x, y = x[:victims] + moved_m * np.cos(course), y[:victims] + moved_m * np.sin(course)
    frame = frame_at(*PLACE)
    if seen == "places":
        lat, lon = frame.to_latlon(*(np.array([x, y]) + rng.normal(0.0, 15.0, (2, victims))))
        return Town(frame, Reports.of(lat, lon, accuracy_m=20.0, place_sigma_m=800.0), *at)
    cell_x, cell_y, range_m = _serving(rng, x, y)
    lat, lon = frame.to_latlon(cell_x, cell_y)
    return Town(frame, Reports.of(lat, lon, place_sigma_m=800.0 + range_m), *at)


def _crowd(rng: np.random.Generator, crowd: str) -> Callable[[], tuple[Floats, Floats]]:
    spots = rng.uniform(-2_500.0, 2_500.0, (2, 25))
    course = rng.uniform(0.0, 2.0 * np.pi)

    def people() -> tuple[Floats, Floats]:
        x, y = rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, (2, DRAWN))
        if crowd == "spots":
            home = rng.integers(0, spots.shape[1], DRAWN)
            about = spots[:, home] + rng.normal(0.0, 150.0, (2, DRAWN))
            return tuple(np.where(rng.random(DRAWN) < 0.4, [x, y], about))
        if crowd == "edge":
            inwards = x * np.cos(course) + y * np.sin(course)
            kept = rng.random(DRAWN) < 0.5 + 0.5 * np.tanh(inwards / 600.0)
            return x[kept], y[kept]
        return x, y

    return people


def _disc(rng: np.random.Generator, at: Floats) -> Callable[[Floats, Floats, float], Floats]:
    radius_m = rng.uniform(300.0, 1_000.0)
    return lambda x, y, grown: np.hypot(x - at[0], y - at[1]) < radius_m * (1.0 + grown)


def _levels(rng: np.random.Generator, at: Floats) -> Callable[[Floats, Floats, float], Floats]:
    power, exponent = rng.normal(-60.0, 8.0), rng.normal(3.3, 0.4)

    def taken(x: Floats, y: Floats, grown: float) -> Floats:
        decades = np.log10(np.maximum(np.hypot(x - at[0], y - at[1]), 8.0) / 100.0)
        level = power + 10.0 * grown - 10.0 * exponent * decades + rng.normal(0.0, 7.5, x.size)
        return np.asarray(level > rng.normal(-88.0, 6.0, x.size))

    return taken


def _serving(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Place and registered range of the honest cell that each phone finds strongest."""
    spacing_m = rng.uniform(500.0, 1_000.0)
    axis = np.arange(-6_000.0, 6_001.0, spacing_m)
    site_x, site_y = (grid.ravel() for grid in np.meshgrid(axis, axis))
    site_x = site_x + spacing_m * rng.uniform(-0.25, 0.25, site_x.size)
    site_y = site_y + spacing_m * rng.uniform(-0.25, 0.25, site_y.size)
    range_m = 1.3 * spacing_m * rng.uniform(0.9, 1.3, site_x.size)
    apart = np.hypot(x[:, None] - site_x, y[:, None] - site_y)
    level = -33.0 * np.log10(np.maximum(apart, 30.0) / 100.0) + rng.normal(0.0, 6.0, apart.shape)
    best = level.argmax(axis=1)
    return site_x[best], site_y[best], range_m[best]


def measured(towns: list[Town]) -> tuple[Floats, Floats, Floats]:
    """Errors (m), mass needed to reach the truth, and radius (m) of a circle as large as the
    90 % region, one a town."""
    errors, needed, radii = [], [], []
    for one in towns:
        posterior = locate(one.reports)
        assert posterior is not None
        errors.append(one.error_m(posterior))
        needed.append(one.mass_needed(posterior))
        radii.append(np.sqrt(area_m2(posterior.p, posterior.cell_area_m2, 0.9) / np.pi))
    return np.array(errors), np.array(needed), np.array(radii)


def main() -> None:
    """Print one line for each kind of town and number of victims, and one for all kinds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--victims", type=int, nargs="+", default=[4, 10, 25, 60])
    parser.add_argument("--seed", type=int, default=2_000_000)
    args = parser.parse_args()
    head = f"{'50 %':>6}{'67 %':>6}{'95 %':>6}   inside 50/90 %   radius m"
    print(f"{'seen at':9}{'cover':8}{'people':8}{'N':>4}{head}")
    for victims in args.victims:
        parts = []
        for seen, cover, crowd in product(SEEN, COVERS, CROWDS):
            towns = [town(args.seed + k, victims, cover, crowd, seen) for k in range(args.episodes)]
            parts.append(measured(towns))
            print(f"{seen:9}{cover:8}{crowd:8}{victims:4}{_line(*parts[-1])}", flush=True)
        pooled = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        print(f"{'all':25}{victims:4}{_line(*pooled)}\n", flush=True)


def _line(errors: Floats, needed: Floats, radii: Floats) -> str:
    quantiles = "".join(f"{e:6.0f}" for e in np.quantile(errors, [0.5, 0.67, 0.95]))
    inside = "/".join(f"{100 * (needed <= level).mean():.0f}" for level in (0.5, 0.9))
    return f"{quantiles}   {inside:>14}{np.median(radii):11.0f}"


if __name__ == "__main__":
    main()
