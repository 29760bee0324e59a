"""What our library does of screening, and what NumPy does without it, are the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.features.phones.phones import Phones
from detectors.features.phones.upload_habits import UploadHabits
from detectors.features.plan import listed_cells, spatial_counts
from detectors.features.rows.device_rows import Numbers, device_rows
from detectors.features.rows.report_numbers import are_drawn
from detectors.model.codes import GSM, LTE, NR
from detectors.native import library, orders, sound
from detectors.native.library import NativeError
from detectors.native.numbered import names, numbers, places
from detectors.native.planned import cells, codes, cubes, far, listed
from detectors.native.screened import last, layout, news, uploads
from detectors.register.register import Register
from detectors.rules.held_back.rule import HeldBack
from detectors.screen.screening import Screening
from streams.config.settings import load_settings

ALL: Final[tuple[ModuleType, ...]] = (
    *(orders, cells, codes, cubes, far, listed),
    *(last, layout, names, news, numbers, places, sound, uploads),
)
SEEDS = pytest.mark.parametrize("seed", range(4))
MINUTE_MS: Final = 60_000
#: What comes of the drawn reports at least.
SHOWN: Final = {
    *(("held_back", kind) for kind in ("ground", "late", "near", "misplaced", "odd")),
    *(("odd_level", "levels"), ("samples", "samples"), ("sudden_cell", "odd")),
    *(("unplanned_code", "unplanned"), ("wrong_channel", "off_plan"), ("unknown_cell", "")),
}


@pytest.fixture(autouse=True)
def _is_compiled() -> None:
    if library.OURS is None:
        pytest.skip("the library wasn't compiled")


@contextmanager
def worked(is_native: bool) -> Iterator[None]:
    """With the library or without it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in () if is_native else ALL:
            patch.setattr(module, "OURS", None)
        yield


def report(make: Any, rng: Any, number: int) -> dict[str, Any]:
    """One of few phones, mostly ordinary, on some of the town's cells or on one of nobody."""
    lat, lon = make.at(float(rng.normal(100.0, 900.0)), float(rng.normal(0.0, 900.0)))
    if rng.random() < 0.05:
        lat, lon = make.at(30_000.0) if rng.random() < 0.5 else (None, None)
    at_s = float(number * 4)
    late_s = float(rng.choice([0.5, 2.0, 30.0, 200.0, 900.0, -100.0, 5000.0], p=_LATE))
    near = [_neighbour(rng) for _ in range(rng.integers(0, 4))]
    return {
        "device": f"d{rng.integers(0, 9)}" + "long" * 9 * int(rng.random() < 0.05),
        **{"at_s": at_s, "rx_s": at_s, "lat": lat, "lon": lon, "neighbours": near},
        **({"at_s": at_s - late_s} if late_s > 0 else {}),
        "rat": int(rng.choice([LTE, GSM, NR], p=[0.8, 0.15, 0.05])),
        **({"cell": int(rng.integers(1, 1 << 20))} if rng.random() < 0.1 else {}),
        "signal_dbm": float(rng.normal(-85.0, 12.0)),
        "speed_mps": float(rng.choice([0.0, 20.0, np.nan])),
        "accuracy_m": float(rng.choice([10.0, np.nan, -5.0, 500.0])),
        "position_source": int(rng.choice([1, 3])),
        "serving": bool(rng.random() < 0.9),
        "arfcn": float(rng.choice([60.0, 1850.0, np.nan, -1.0, 1e12])),
        "pci": float(rng.choice([20.0, 21.0, 99.0, np.nan, 2000.0])),
    }


_LATE: Final = [0.5, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02]


def _neighbour(rng: Any) -> dict[str, Any]:
    bare = {"rat": LTE, "arfcn": 1850.0, "pci": float(rng.integers(0, 40)), "signal_dbm": -90.0}
    if rng.random() < 0.6:
        return bare
    full = {"mcc": 460.0, "mnc": 0.0, "area": 4100.0, "cell": float(rng.integers(1, 1 << 12))}
    return bare | full | {"signal_dbm": float(rng.normal(-70.0, 20.0))}


def planned(make: Any) -> Register:
    """The town's cells, beside some with channels and codes, one twice and one that goes."""
    rows = []
    for number in range(40):
        lat, lon = make.at(150.0 * number)
        row = {"rat": LTE, "area": 4100, "cell": 100 + number, "lat": lat, "lon": lon}
        row |= {
            "arfcn": 1850.0,
            "pci": float(number % 30),
            "range_m": 800.0 if number % 3 else None,
        }
        rows.append({**row, "changeable": float(number % 2), "kind": 5 if number == 7 else 1})
    found: Register = make.register(*rows)
    return found


@SEEDS
@pytest.mark.parametrize("all_serve", [True, False])
def test_all_that_is_let_through_is_the_same(make: Any, seed: int, all_serve: bool) -> None:
    register, found = planned(make), []
    own = HeldBack(sample_one_in=2)
    rules = tuple(own if rule.name == own.name else rule for rule in load_settings(env={}).rules)
    for is_native in (True, False):
        rng = np.random.default_rng(seed)
        rows = [report(make, rng, number) for number in range(600)]
        every = {"serving": True} if all_serve else {}
        with worked(is_native):
            screening, let_through = Screening(rules, Origin("town", 0)), list[Any]()
            for begin in range(0, len(rows), 150):
                batch = make.measurements(*(row | every for row in rows[begin : begin + 150]))
                step = screening.step(batch, register)
                let_through += [*step.findings, *step.sent()]
            found.append([*let_through, *screening.counted(1 << 60)])
    assert list(map(repr, found[0])) == list(map(repr, found[1]))
    kinds = {(each.detector, getattr(each, "kind", "")) for each in found[0]}
    assert kinds >= SHOWN


@SEEDS
def test_habits_are_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    device = rng.integers(0, 15, 1200)
    rx_ms = np.sort(rng.choice(rng.integers(0, 180 * MINUTE_MS, 400), 1200)) + 1_780_000_000_000
    rx_ms += rng.integers(-1500, 1500, 1200)
    late_ms = rng.choice([-5, 2_000, 10_000, 40_000, 60_000, 361_000, 1 << 40], 1200)
    usual, found = rng.random(1200) < 0.8, []
    for is_native in (True, False):
        habits, shown = UploadHabits(), list[int]()
        habits.make_room(15)
        with worked(is_native):
            for begin in range(0, 1200, 100):
                some = slice(begin, begin + 100)
                columns = rx_ms[some], late_ms[some], usual[some]
                asked = np.flatnonzero(np.arange(100) % 3 > 0)
                phones = device_rows(device[some])
                shown += habits.step(phones, *columns, asked, 45 * MINUTE_MS).tolist()
        found.append(shown)
    assert found[0] == found[1]
    assert len(set(found[0])) == 5


@SEEDS
def test_names_have_the_same_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = []
    for size in (1, 3000, 40, 5000, 0, 1):
        drawn = [f"name {number}" for number in rng.integers(0, 4000, size)]
        drawn += [] if size != 40 else ["ä", "", "a" * 32, "a" * 31, "b" * 100, "\ud800"]
        columns.append(np.array(drawn, dtype=object))
    # Names as one text: of all lengths, with ends of lines in them, and what is no name.
    lengths = ["a" * length for length in (*range(1, 36), 100)]
    for more in ([], ["\n"], ["a\na", "", "\n\n"], ["a\0", "a"], [None]):
        columns.append(np.array(["", *lengths, *more], dtype=object))
    numbered = []
    for is_native in (True, False):
        numbers, found = Numbers(), []
        with worked(is_native):
            for column in columns:
                found.append(numbers.of(column).tolist())
            numbers.keep(np.arange(0, len(numbers), 3))
            found += [numbers.of(column).tolist() for column in columns]
        numbered.append((found, len(numbers)))
    assert numbered[0] == numbered[1]


@SEEDS
def test_rows_of_phones_are_laid_out_the_same(seed: int) -> None:
    rng, found = np.random.default_rng(seed), []
    columns = [rng.integers(0, 900, size) for size in (1, 3000, 40, 5000, 0, 1)]
    for is_native in (True, False):
        phones, shown = Phones(), []
        with worked(is_native):
            for column in columns:
                rows = phones.rows(np.array([f"d{one}" for one in column], dtype=object), 0)
                shown.append([rows.device.tolist(), rows.before.tolist(), sorted(rows.last)])
        found.append(shown)
    assert found[0] == found[1]


@SEEDS
def test_places_have_the_same_numbers(make: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    where = {"lat": rng.uniform(-90.0, 90.0, 400), "lon": rng.uniform(-180.0, 180.0, 400)}
    ends = {"lat": [90.0, -90.0, None, 0.0], "lon": [180.0, -180.0, None, -0.0]}
    columns = [[*ends[name], *where[name].tolist()] for name in ("lat", "lon")]
    rows = [{"lat": lat, "lon": lon} for lat, lon in zip(*columns, strict=True)]
    batch, found = make.measurements(*rows), []
    for is_native in (True, False):
        with worked(is_native):
            found.append([are_drawn(make.facts(batch), one_in).tolist() for one_in in (2, 64)])
    assert found[0] == found[1]
    assert 100 < sum(found[0][0]) < 300


@SEEDS
def test_cells_are_found_in_the_same_rows(make: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(300):
        from_ms, to_ms = (float(each) for each in np.sort(rng.integers(0, 1000, 2)))
        span = {"valid_from_ms": from_ms, "valid_to_ms": to_ms} if rng.random() < 0.7 else {}
        row = {"rat": int(rng.integers(1, 5)), "area": int(rng.integers(0, 6))}
        rows.append({**row, "cell": int(rng.integers(0, 12)), **span})
    asked = [rng.integers(-1, most, 4000) for most in (1002, 3, 7, 14)]
    asked[0] = np.where(asked[0] < 1000, 460, asked[0])
    rat, ts_ms = rng.integers(0, 6, 4000).astype(np.uint8), rng.integers(-5, 1005, 4000)
    asked[3][:4] = [1 << 36, -(1 << 62), (1 << 36) - 1, 1 << 62]
    found = []
    for is_native in (True, False):
        register = make.register_of(*rows)
        with worked(is_native):
            found.append([register.find(rat, *asked, ts_ms).tolist() for _ in range(2)])
    assert found[0] == found[1]
    assert len(set(found[0][0])) > 50


@pytest.mark.parametrize("middle", [(31.0, 121.0), (-89.9, 179.9), (0.0, 0.0), (60.0, -20.0)])
@pytest.mark.parametrize("spread_deg", [0.0, 0.1, 3.0, 200.0])
def test_places_are_in_the_same_cubes(middle: tuple[float, float], spread_deg: float) -> None:
    """At sides of cubes, at poles and where no place is near another, too."""
    rng = np.random.default_rng(1)
    lat = np.clip(middle[0] + rng.normal(0.0, spread_deg / 2.0, 5000), -90.0, 90.0)
    lon = middle[1] + rng.normal(0.0, spread_deg, 5000)
    lat[::97], lon[::89], lon[5] = np.nan, np.inf, 1e300
    for side_m in (400.0, 8_000.0, 60_000.0):
        found = []
        for is_native in (True, False):
            with worked(is_native):
                found.append(spatial_counts.cubes(lat, lon, side_m).tolist())
        assert found[0] == found[1]


@SEEDS
def test_the_register_says_the_same_of_listed_cells(make: Any, seed: int) -> None:
    rng, register = np.random.default_rng(seed), planned(make)
    rows = [report(make, rng, number) | {"cell": 100 + number % 40} for number in range(200)]
    batch, found = make.measurements(*rows), []
    for is_native in (True, False):
        with worked(is_native):
            found.append(listed_cells.listed_in_register(make.facts(batch, register)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(found[0].at_most_m) > 100


def test_what_cannot_be_is_refused() -> None:
    assert uploads.OURS is not None
    assert cubes.OURS is not None
    assert layout.OURS is not None
    habits, one = UploadHabits(), np.zeros(1, dtype=np.int64)
    with pytest.raises(NativeError):
        habits.step(device_rows(one + 7), one, one, one == 0, one, 1000)
    for phone in (-1, 1):
        with pytest.raises(NativeError):
            layout.OURS.rows(np.array([0, phone]), np.full(1, -1, dtype=np.int32))
    with pytest.raises(NativeError):
        cubes.OURS.of(np.zeros(1), np.zeros(1), 1e6, 21)
