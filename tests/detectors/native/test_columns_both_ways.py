"""What our library does of a batch's columns, and what NumPy does without it, are the same."""

from typing import Any

import numpy as np
import pytest

from detectors.features.levels.level_rows import ROW, LevelRows, can_travel
from detectors.features.plan import site_distance
from detectors.features.rows import report_numbers
from detectors.features.rows.travelling import as_texts
from detectors.model.codes import LTE
from detectors.native import library, sound
from detectors.native.library import NativeError
from detectors.native.numbered import numbers
from detectors.native.planned import far
from detectors.native.screened import news
from detectors.rules.odd_shape import rule as odd_shape

SEEDS = pytest.mark.parametrize("seed", range(4))


@pytest.fixture(autouse=True)
def _is_compiled() -> None:
    if library.OURS is None:
        pytest.skip("the library wasn't compiled")


def both(monkeypatch: pytest.MonkeyPatch, module: Any, ask: Any) -> list[Any]:
    """What is answered with a module's part of the library, and what without."""
    found = [ask()]
    with monkeypatch.context() as patch:
        patch.setattr(module, "OURS", None)
        found.append(ask())
    return found


@SEEDS
def test_cells_and_tiles_have_the_same_numbers(
    make: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(500):
        lat, lon = float(rng.uniform(-90.0, 90.0)), float(rng.uniform(-180.0, 180.0))
        row = {"rat": int(rng.integers(1, 5)), "mcc": int(rng.integers(0, 1025))}
        row |= {"lat": lat, "lon": lon} if rng.random() < 0.9 else {"lat": None, "lon": None}
        rows.append({**row, "area": int(rng.choice([7, (1 << 24) - 1, 1 << 24, -1]))})
    rows += [{"lat": lat, "lon": 180.0} for lat in (90.0, -90.0, 0.0)]
    batch = make.measurements(*rows)
    for asked in (report_numbers.cell_numbers, report_numbers.level_tiles):
        one, other = both(monkeypatch, numbers, lambda ask=asked: ask(make.facts(batch)).tolist())
        assert one == other


def test_places_beyond_the_poles_have_numbers_too(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make.measurements({"lat": 95.0}, {"lat": -90.5})
    one, other = both(
        monkeypatch, numbers, lambda: report_numbers.level_tiles(make.facts(batch)).tolist()
    )
    assert one == other


def test_bands_are_as_wide_alone_as_among_others() -> None:
    widths = report_numbers._widths()
    alone = [report_numbers._width(np.array([band]))[0] for band in range(0, len(widths), 997)]
    assert widths[::997].tolist() == alone


def level_rows(rng: Any) -> LevelRows:
    sizes = np.zeros(20, dtype=ROW)
    for name in ("lat", "lon", "signal_dbm", "accuracy_m", "pci"):
        sizes[name] = rng.uniform(-80.0, 80.0, 20)
    sizes["rat"], sizes["ts"] = LTE, rng.integers(-(1 << 40), 1 << 40, 20)
    names = as_texts(["d"] * 20)
    return LevelRows((("town", 0),), sizes, names, as_texts([""] * 20))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("lat", np.nan), ("lat", 90.1), ("lon", -181.0), ("lon", np.inf)),
        *(("signal_dbm", 1001.0), ("pci", np.inf), ("pci", -np.inf), ("pci", np.nan)),
        *(("ts", 253_402_387_200_000), ("ts", 253_402_387_200_001), ("cell", -(1 << 63))),
        *(("rat", 4), ("rat", 5), ("lat", -90.0), ("pci", 1e300)),
    ],
)
def test_the_same_rows_are_sound(name: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    rows = level_rows(rng)
    assert both(monkeypatch, sound, lambda: can_travel(rows)) == [True, True]
    rows.numbers[name][rng.integers(0, 20)] = value
    one, other = both(monkeypatch, sound, lambda: can_travel(rows))
    assert one == other


def far_reports(make: Any, rng: Any) -> list[dict[str, Any]]:
    rows = []
    for number in range(400):
        lat, lon = make.at(float(rng.exponential(3_000.0)), float(rng.normal(0.0, 500.0)))
        row = {"lat": lat, "lon": lon, "cell": 100 + number % 40, "area": 4100, "rat": LTE}
        row |= {"accuracy_m": float(rng.choice([10.0, np.nan, -5.0, 900.0]))}
        row |= {"speed_mps": float(rng.choice([0.0, 30.0, np.nan]))}
        row |= {"position_source": int(rng.choice([1, 3])), "serving": bool(rng.random() < 0.9)}
        near = [{"rat": LTE, "arfcn": 1850.0, "pci": 3.0, "signal_dbm": -90.0}]
        rows.append({**row, "signal_dbm": float(rng.normal(-75.0, 15.0)), "neighbours": near})
    return rows


@SEEDS
def test_the_same_phones_are_far_or_strong(
    make: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, cells = np.random.default_rng(seed), []
    for number in range(40):
        lat, lon = make.at(150.0 * number)
        row = {"rat": LTE, "area": 4100, "cell": 100 + number, "lat": lat, "lon": lon}
        row |= {"range_m": 800.0 if number % 3 else None, "changeable": float(number % 2)}
        cells.append({**row, "samples": float(number % 20), "kind": 5 if number == 7 else 1})
    batch, register = make.measurements(*far_reports(make, rng)), make.register(*cells)

    def distances() -> site_distance.Distances:
        return site_distance.distances(make.facts(batch, register), 30.0, 10.0, 300.0)

    one, other = both(monkeypatch, far, distances)
    for name in site_distance.Distances.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert len(one.rows) > 50
    strong, same = both(
        monkeypatch, far, lambda: odd_shape._comparable(make.facts(batch, register)).tolist()
    )
    assert strong == same
    assert len(strong) > 20


def test_reports_of_phones_that_there_are_not_are_refused() -> None:
    assert news.OURS is not None
    one, level = np.zeros(1, dtype=np.int64), np.zeros(1)
    columns = one + 5, one - 1, one, one, one, one, level, level, None, np.zeros(1, np.uint8)
    reports, limits = news.Reports(*columns), news.Limits(1, 1, 1, 1.0, 1.0, 3)
    nobody = np.zeros(1, np.bool_)
    maybe = news.MaybeNews(one, nobody, nobody, level)
    kept = np.zeros(16, dtype=[("where", "u4"), ("half", "i4"), ("rx", "u4"), ("dbm", "f4")])
    with pytest.raises(NativeError):
        news.OURS.levels(reports, maybe, one, (kept, 8), limits)
