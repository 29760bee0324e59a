"""Reports put to their sites, and counted, by our library: to the bit what NumPy makes of them."""

import msgspec
import numpy as np
import pytest

from detectors.features.rows.placed_reports import ROW, SEEN, Rows
from detectors.native.library import NativeError
from detectors.native.reported import reports
from detectors.native.reported.reports import OURS
from detectors.sites.kept import kept_reports
from detectors.sites.kept.kept_reports import KeptReports
from detectors.sites.traffic import listed_reports
from detectors.sites.traffic.listed_reports import ListedReports
from detectors.sites.traffic.tally import SAMPLE

pytestmark = pytest.mark.skipif(OURS is None, reason="the library wasn't compiled")


def drawn(rng: np.random.Generator, count: int, distinct: int, kind: np.dtype) -> Rows:
    """Rows of so many distinct values a column, of which some lie at the ends of its type."""
    rows = np.zeros(count, dtype=kind)
    for name in kind.names or ():
        column = kind[name]
        if name == "window_ms":
            rows[name] = np.sort(rng.integers(0, 9, count)) * 30_000
            continue
        ends = np.iinfo(column)
        values = rng.integers(-distinct * 2_000, distinct * 2_000, distinct).astype(column)
        if distinct % 2:
            values[:2] = ends.min, ends.max
        rows[name] = rng.choice(values, count)
    if "site_lat" in rows.dtype.names and len(rows):
        rows["site_lon"] = rows["site_lat"]
    return rows


def kept(rows: Rows, windows: int, is_native: bool) -> KeptReports:
    """Rows in some windows, settled twice."""
    with pytest.MonkeyPatch.context() as patch:
        if not is_native:
            patch.setattr(reports, "OURS", None)
        found = KeptReports(turns=[])
        parts = np.array_split(rows, windows)
        for number, part in enumerate(parts):
            found.take(30_000 * (number + 1), part.tobytes())
            if number == windows // 2:
                found.settle()
        found.settle()
    return found


@pytest.mark.parametrize("most", [3, 64])
@pytest.mark.parametrize("distinct", [2, 5, 40, 301])
@pytest.mark.parametrize(("count", "windows"), [(0, 1), (1, 1), (50, 4), (900, 3), (900, 200)])
def test_sites_keep_what_they_keep_by_numpy(
    count: int, windows: int, distinct: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_reports, "MOST_ROWS", most)
    monkeypatch.setattr(kept_reports, "_ALL_ROWS", 20 * most)
    rows = drawn(np.random.default_rng(count + distinct), count, distinct, ROW)
    ours, theirs = (kept(rows, windows, is_native) for is_native in (True, False))
    assert msgspec.msgpack.encode(ours) == msgspec.msgpack.encode(theirs)
    assert sum(seen for seen, _ in ours.by_site()) == count


@pytest.mark.parametrize("most", [1, 32])
@pytest.mark.parametrize("distinct", [2, 5, 40, 301])
@pytest.mark.parametrize("count", [0, 1, 50, 2_000])
def test_cells_have_the_counts_and_phones_that_they_have_by_numpy(
    count: int, distinct: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed_reports, "SAMPLE", most)
    rows = drawn(np.random.default_rng(count + distinct), count, distinct, SEEN)
    ours, theirs = ListedReports(), ListedReports()
    for part in np.array_split(rows[::-1].copy(), 3):
        ours.take(part)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reports, "OURS", None)
            theirs.take(part)
        assert ours == theirs
    assert bool(ours.cells) == bool(count)


def test_rows_of_sites_that_are_none_are_refused() -> None:
    assert OURS is not None
    rows, site = np.zeros(3, dtype=ROW), np.array([0, 1, 0])
    with pytest.raises(NativeError):
        OURS.settled(rows, [0], site, rows[:0], np.zeros(3), 64)
    assert OURS.settled(rows, [0], site, rows[:0], np.zeros(2), 64).ends.tolist() == [1, 2]


def test_phones_of_cells_that_have_fewer_are_refused() -> None:
    assert OURS is not None
    known = ListedReports()
    known.take(drawn(np.random.default_rng(5), 50, 5, SEEN))
    given = (known.cells, listed_reports.CELL), (b"", listed_reports.PHONE)
    with pytest.raises(NativeError):
        OURS.counted(drawn(np.random.default_rng(6), 50, 5, SEEN), *given, SAMPLE)
