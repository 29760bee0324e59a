"""What forged reports do to the place: does the region stay honest when some of the crowd lies?

The towns are those of `location.py`, thirty phones each. In turn all advances are forged, a tenth
of the phones lie about where they are or agree on one wrong place, or one phone floods. An
episode holds where the 90 % region has the truth in it and is no smaller than 0.7 of the region
of the same town without the forgery, or where `ta_conflict` is set. Run it:
``python benchmarks/forged.py --episodes 60``.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.measuring.location import towns
from geo.fix.locate import Posterior, Reports, locate
from geo.posterior.posterior import area_m2
from geo.radio.timing_advance import TA_STEP_M

REPORTING = 30
LEVEL = 0.9
LEAST_AREA = 0.7  # of the honest region
LIARS = 0.1  # of the phones
WRONG_M = 1_000.0  # from the truth to where liars say it is
STRONG_DBM = -55.0
FLOOD = 100

#: Forges the reports of a town; draws from the generator it is given only.
Forger = Callable[[towns.Episode, np.random.Generator], Reports]


@dataclass(frozen=True)
class Outcome:
    """One episode: is the truth in the region, how large is it compared, was a conflict seen?"""

    inside: bool
    honest_inside: bool
    area_share: float
    levels_area_share: float
    conflict: bool

    @property
    def holds(self) -> bool:
        """What must be true of four in five episodes."""
        return self.conflict or (self.inside and self.area_share >= LEAST_AREA)


def all_advances(steps: float) -> Forger:
    """Every phone is given the same advance."""
    return lambda town, _: replace(
        town.reports, timing_advance=_where_timed(town.reports, np.full(REPORTING, steps))
    )


def shifted_advances(metres: float) -> Forger:
    """Every advance is wrong by the same way, as an SDR's delay or a careful liar makes it."""

    def forge(town: towns.Episode, _: np.random.Generator) -> Reports:
        shifted = np.rint(town.reports.timing_advance + metres / town.reports.ta_step_m)
        return replace(town.reports, timing_advance=np.maximum(shifted, 0.0))

    return forge


def advances_about_a_wrong_place(town: towns.Episode, rng: np.random.Generator) -> Reports:
    """The transmitter gives each phone the advance it would have from somewhere else."""
    x, y = town.frame.to_xy(town.reports.lat, town.reports.lon)
    wrong_x, wrong_y = _wrong_place(town, rng)
    steps = np.rint(np.hypot(x - wrong_x, y - wrong_y) / town.reports.ta_step_m)
    return replace(town.reports, timing_advance=_where_timed(town.reports, steps))


def places_anywhere(town: towns.Episode, rng: np.random.Generator) -> Reports:
    """A tenth of the phones say they were somewhere in the town."""
    liars = _liars(rng)
    return _moved(town, liars, *rng.uniform(-towns.HALF_SIDE_M, towns.HALF_SIDE_M, (2, liars.size)))


def colluders(town: towns.Episode, rng: np.random.Generator) -> Reports:
    """A tenth of the phones report a strong level from about one wrong place."""
    liars = _liars(rng)
    wrong_x, wrong_y = _wrong_place(town, rng)
    spread = rng.normal(0.0, 20.0, (2, liars.size))
    return _strong(_moved(town, liars, wrong_x + spread[0], wrong_y + spread[1]), liars)


def flood_from_a_spot(town: towns.Episode, rng: np.random.Generator) -> Reports:
    """One phone repeats a strong level at one wrong place."""
    wrong_x, wrong_y = _wrong_place(town, rng)
    return _flood(town, np.full(FLOOD, wrong_x), np.full(FLOOD, wrong_y))


def flood_on_the_move(town: towns.Episode, rng: np.random.Generator) -> Reports:
    """One phone claims strong levels all around one wrong place."""
    wrong_x, wrong_y = _wrong_place(town, rng)
    spread = rng.normal(0.0, 200.0, (2, FLOOD))
    return _flood(town, wrong_x + spread[0], wrong_y + spread[1])


GSM, LTE = {"ta_step_m": TA_STEP_M["gsm"]}, {"ta_step_m": TA_STEP_M["lte"]}
#: What the world is like, and who forges what in it.
FORGERIES: dict[str, tuple[towns.World, Forger]] = {
    "GSM advances all 0": (towns.World(ta_share=0.3, **GSM), all_advances(0.0)),
    "GSM advances all 0, from all phones": (towns.World(ta_share=1.0, **GSM), all_advances(0.0)),
    "GSM advances all 1": (towns.World(ta_share=1.0, **GSM), all_advances(1.0)),
    "GSM advances all 4": (towns.World(ta_share=0.3, **GSM), all_advances(4.0)),
    "GSM advances 1.1 km too long": (towns.World(ta_share=1.0, **GSM), shifted_advances(1107.0)),
    "LTE advances all 0": (towns.World(ta_share=0.3, **LTE), all_advances(0.0)),
    "LTE advances all 0, from all phones": (towns.World(ta_share=1.0, **LTE), all_advances(0.0)),
    "LTE advances all 10": (towns.World(ta_share=0.3, **LTE), all_advances(10.0)),
    "LTE advances 390 m too long": (towns.World(ta_share=1.0, **LTE), shifted_advances(390.0)),
    "LTE advances 780 m too long": (towns.World(ta_share=0.3, **LTE), shifted_advances(780.0)),
    "LTE advances 390 m too short": (towns.World(ta_share=1.0, **LTE), shifted_advances(-390.0)),
    "LTE advances of a wrong place": (
        towns.World(ta_share=0.3, **LTE), advances_about_a_wrong_place,
    ),
    "tenth of places anywhere": (towns.World(), places_anywhere),
    "tenth colludes on one place": (towns.World(), colluders),
    "one floods from a spot": (towns.World(), flood_from_a_spot),
    "one floods on the move": (towns.World(), flood_on_the_move),
}  # fmt: skip


def outcomes(name: str, seed: int, episodes: int) -> list[Outcome]:
    """The same towns with and without one of the `FORGERIES`."""
    world, forge = FORGERIES[name]
    return [
        _outcome(towns.episode(seed + k, REPORTING, world), forge, seed + k)
        for k in range(episodes)
    ]


def _outcome(town: towns.Episode, forge: Forger, seed: int) -> Outcome:
    honest, forged = _found(town.reports), _found(forge(town, np.random.default_rng([seed, 1])))
    levels = _found(towns.without(town.reports, "timing_advance"))
    return Outcome(
        inside=town.mass_needed(forged) <= LEVEL,
        honest_inside=town.mass_needed(honest) <= LEVEL,
        area_share=_area_m2(forged) / _area_m2(honest),
        levels_area_share=_area_m2(forged) / _area_m2(levels),
        conflict=forged.ta_conflict,
    )


def _found(reports: Reports) -> Posterior:
    posterior = locate(reports)
    assert posterior is not None
    return posterior


def _area_m2(posterior: Posterior) -> float:
    return area_m2(posterior.p, posterior.cell_area_m2, LEVEL)


def _where_timed(reports: Reports, steps: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(reports.timing_advance), steps, np.nan)


def _liars(rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(REPORTING)[: round(LIARS * REPORTING)]


def _wrong_place(town: towns.Episode, rng: np.random.Generator) -> tuple[float, float]:
    course = rng.uniform(0.0, 2.0 * np.pi)
    return town.x + WRONG_M * np.cos(course), town.y + WRONG_M * np.sin(course)


def _moved(town: towns.Episode, rows: np.ndarray, x: np.ndarray, y: np.ndarray) -> Reports:
    lat, lon = town.reports.lat.copy(), town.reports.lon.copy()
    lat[rows], lon[rows] = town.frame.to_latlon(x, y)
    return replace(town.reports, lat=lat, lon=lon)


def _strong(reports: Reports, rows: np.ndarray) -> Reports:
    level = reports.level_dbm.copy()
    level[rows] = STRONG_DBM
    return replace(reports, level_dbm=level)


def _flood(town: towns.Episode, x: np.ndarray, y: np.ndarray) -> Reports:
    """The first phone's report gives way to many."""
    rows = np.r_[np.zeros(FLOOD, np.intp), np.arange(1, REPORTING)]
    many = replace(town, reports=town.reports.take(rows))
    return _strong(_moved(many, np.arange(FLOOD), x, y), np.arange(FLOOD))


def main() -> None:
    """Print one line for each forgery."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=2_000_000)
    parser.add_argument("--only", default="", help="forgeries whose names hold this")
    args = parser.parse_args()
    print(f"{'forgery':38}holds inside honest conflict   area/honest   area/levels  (median, 10 %)")
    for name in (name for name in FORGERIES if args.only in name):
        seen = outcomes(name, args.seed, args.episodes)

        def share(field: str, seen: list[Outcome] = seen) -> str:
            return f"{100 * np.mean([getattr(one, field) for one in seen]):6.0f}%"

        def spread(field: str, seen: list[Outcome] = seen) -> str:
            return "".join(
                f"{q:7.2f}" for q in np.quantile([getattr(o, field) for o in seen], [0.5, 0.1])
            )

        print(
            f"{name:38}" + "".join(map(share, ("holds", "inside", "honest_inside", "conflict")))
            + f"  {spread('area_share')}{spread('levels_area_share')}"
        )  # fmt: skip


if __name__ == "__main__":
    main()
