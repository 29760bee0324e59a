"""How fast the register is built, updated and searched, and how much memory it takes.

A country of a million cells: 3 operators, LTE mostly, areas of a few hundred cells. Queries repeat
cells as phones do, a tenth are unknown. Run it: ``python benchmarks/register.py --cells 1000000``.
"""

import argparse
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

import numpy as np

from detectors.model.columns import RegisterRows
from detectors.register.register import Register

T = TypeVar("T")


def country(count: int, rng: np.random.Generator) -> RegisterRows:
    """Rows in no order, no two of one key, with positions over 10 by 10 degrees."""
    rat = rng.choice(np.array([1, 2, 3, 4], dtype=np.uint8), count, p=[0.2, 0.1, 0.5, 0.2])
    site = rng.integers(0, max(count // 20, 1), count)
    grid = int(np.ceil(np.sqrt(count / 20)))
    lat = 30.0 + 10.0 * (site // grid) / grid + rng.normal(0, 0.005, count)
    lon = 110.0 + 10.0 * (site % grid) / grid + rng.normal(0, 0.005, count)
    nothing = np.full(count, np.nan)
    numbers = np.arange(count, dtype=np.int64)
    return RegisterRows(
        ts_ms=np.zeros(count, dtype=np.int64),
        rx_ms=np.zeros(count, dtype=np.int64),
        offset=numbers,
        index=np.full(count, -1, dtype=np.int64),
        rat=rat,
        mcc=np.full(count, 460, dtype=np.int64),
        mnc=rng.choice(np.array([0, 1, 11]), count),
        area=1 + site // 20 % 60000,
        cell=np.where(rat == 1, rng.integers(1, 65000, count), 256 * site + numbers % 256),
        lat=lat,
        lon=lon,
        range_m=rng.integers(200, 5000, count).astype(np.float64),
        samples=rng.integers(1, 500, count).astype(np.float64),
        changeable=np.ones(count),
        average_signal_dbm=nothing,
        arfcn=nothing,
        pci=rng.integers(0, 503, count).astype(np.float64),
        azimuth_deg=nothing,
        eirp_dbm=nothing,
        antenna_m=nothing,
        valid_from_ms=np.where(rng.random(count) < 0.05, 1.7e12, np.nan),
        valid_to_ms=np.where(rng.random(count) < 0.05, 1.75e12, np.nan),
        kind=np.ones(count, dtype=np.uint8),
        deleted=np.zeros(count, dtype=np.bool_),
    )


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=4096)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    rows = country(given.cells, rng)
    register = timed("build", given.cells, lambda: Register.from_rows(rows))
    print(f"{'memory':28} {register.nbytes / 1e6:9.1f} MB for {len(register.rows)} rows")
    few = rows.take(rng.integers(0, given.cells, 1000))
    timed("update by 1,000 rows", 1000, lambda: register.updated(few))

    cells = rng.integers(0, given.cells, max(given.queries // 20, 1))
    asked = rows.take(rng.choice(cells, given.queries))
    unknown = rng.random(given.queries) < 0.1
    cell = np.where(unknown, asked.cell + 7, asked.cell)
    ts_ms = np.full(given.queries, 1_760_000_000_000)
    rat, mcc, mnc, area = asked.rat, asked.mcc, asked.mnc, asked.area
    anyhow = np.zeros_like(rat)
    lat, lon = asked.lat, asked.lon
    questions: dict[str, Callable[[slice], object]] = {
        "find": lambda s: register.find(rat[s], mcc[s], mnc[s], area[s], cell[s], ts_ms[s]),
        "find_in_plmn": lambda s: register.find_in_plmn(rat[s], mcc[s], mnc[s], cell[s], ts_ms[s]),
        "knows_area": lambda s: register.knows_area(rat[s], mcc[s], mnc[s], area[s], ts_ms[s]),
        "knows_plmn": lambda s: register.knows_plmn(rat[s], mcc[s], mnc[s]),
        "covers": lambda s: register.covers(anyhow[s], mcc[s], mnc[s], lat[s], lon[s]),
    }
    for name, ask in questions.items():
        timed(f"{name}, at once", given.queries, lambda ask=ask: ask(slice(None)))
        starts = range(0, given.queries, given.batch)
        timed(
            f"{name}, by {given.batch}",
            given.queries,
            lambda ask=ask, starts=starts: [ask(slice(a, a + given.batch)) for a in starts],
        )
    places = min(given.queries, 10_000)
    some = slice(places)
    timed(
        "place_of_area, first time",
        places,
        lambda: register.place_of_area(rat[some], mcc[some], mnc[some], area[some]),
    )


def timed(name: str, count: int, work: Callable[[], T]) -> T:
    """Do the work once; print how long it took and the rate."""
    start = perf_counter()
    result = work()
    seconds = perf_counter() - start
    print(f"{name:28} {seconds:9.3f} s {count / seconds / 1e6:9.2f} M/s")
    return result


if __name__ == "__main__":
    main()
