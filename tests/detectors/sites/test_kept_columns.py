"""Sites and cells in columns keep what one entry after the other would, and forget the oldest."""

from collections.abc import Iterable

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows.placed_reports import ROW, Rows
from detectors.sites.kept import columns
from detectors.sites.kept.columns import KeptCells, KeptSites, keys_of, place_of
from detectors.sites.kept.kept_reports import KeptReports

NORTH, EAST = st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)
#: Of one window: which site each report is of, and by which phone.
REPORTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=8)


def rows_of(reports: Iterable[tuple[int, int]]) -> Rows:
    """Each site has one cell, and lies on the equator."""
    rows = np.zeros(len(list(reports)), dtype=ROW)
    for place, (site, phone) in enumerate(reports):
        rows[place]["site_lon"] = rows[place]["lon"] = rows[place]["cell"] = site
        rows[place]["phone"] = phone
    return rows


@given(st.lists(st.tuples(NORTH, EAST), max_size=5))
def test_a_key_says_the_place(places: list[tuple[int, int]]) -> None:
    rows = np.zeros(len(places), dtype=ROW)
    for row, (lat, lon) in zip(rows, places, strict=True):
        row["site_lat"], row["site_lon"] = lat, lon
    north, east = place_of(keys_of(rows))
    assert list(zip(north.tolist(), east.tolist(), strict=True)) == places


@given(st.lists(REPORTS, max_size=12), st.integers(1, 12))
def test_the_sites_and_cells_reported_last_stay(
    windows: list[list[tuple[int, int]]], most: int
) -> None:
    found = KeptReports(turns=[])
    sites: dict[int, dict[int, None]] = {}
    seen: dict[int, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MOST_SITES", most)
        patch.setattr(columns, "MOST_CELLS", most)
        for number, reports in enumerate(windows):
            found.take(30_000 * (number + 1), rows_of(reports).tobytes())
            found.settle()
            # In the order in which reports of one window are put: by place, then by phone.
            for site, phone in sorted(reports):
                phones = sites.pop(site, {})
                phones.pop(phone, None)
                sites[site] = phones | {phone: None}
                seen[site] = seen.get(site, 0) + 1
            for site in list(sites)[: max(len(sites) - most, 0)]:
                del sites[site], seen[site]
            found = msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=KeptReports)
    kept = [(count, rows["phone"].tolist()) for count, rows in found.by_site()]
    assert kept == [(seen[site], list(phones)) for site, phones in sites.items()]
    assert found.keys().tolist() == found.cells().tolist() == sorted(sites)
    for site in range(10):
        assert found.site_key(site) == (site if site in sites else None)
        assert found.seen(site) == seen.get(site, 0)
        assert found.of(site)["phone"].tolist() == list(sites.get(site, {}))


def test_what_releases_before_stored_is_taken_up() -> None:
    one, other = rows_of([(7, 1), (7, 2)]), rows_of([(3, 5)])
    before = {"sites": {7: [one.tobytes(), 9], 3: [other.tobytes(), 1]}, "site_of": {7: 7, 4: 3}}
    found = msgspec.convert(before, KeptReports)
    assert [(n, rows.tobytes()) for n, rows in found.by_site()] == [
        (9, one.tobytes()),
        (1, other.tobytes()),
    ]
    assert [found.site_key(cell) for cell in (7, 4, 5)] == [7, 3, None]
    assert found.of(7).tobytes() == one.tobytes()
    assert not found.sites
    assert not found.site_of


def test_nothing_is_known_of_what_nobody_reported() -> None:
    assert KeptSites().rows_of(3).tolist() == KeptSites().in_turn() == []
    assert KeptSites().seen_of(3) == 0
    assert KeptCells().site_of(3) is None
