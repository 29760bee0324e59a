"""What was learned of sites, as it is kept beyond a correlator's state: nobody's phone is in it.

A correlator keeps reports by site with a number of each phone, so that one phone is one witness.
Here the newest few of each phone are left, without its number, in the squares of about a hundred
metres where it was, in order of content. How many phones there were is kept, so that all together
weigh as many witnesses as they did; which reports are of one phone can't be seen any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from detectors.features.rows import runs
from detectors.features.rows.placed_reports import ROW, Reports, joined
from detectors.sites.kept.columns import keys_of
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_places import SitePlaces

#: Sites that are kept of a zone, and reports of each: as many as a correlator keeps.
MOST_SITES, MOST_REPORTS = 20_000, 64
#: Side of the squares, millionths of a degree, and what a middle is off by at most (m).
_SQUARE, _OFF_M = 1_000, 60
#: Reports of one phone that are kept: all together weigh as many phones as there were, so that one
#: that reports often weighs at most so many times what others do.
_OF_A_PHONE: Final = 3
#: Sites that are put back at once.
_AT_ONCE: Final = 32
#: Squares to any place on Earth.
_SQUARES: Final = 360 * DEGREE // _SQUARE


class SiteReport(msgspec.Struct, frozen=True, array_like=True):
    """One phone's report of one cell: the cell's number, how many squares north and east of
    the registered place the phone was; distance by timing advance and half a step (m; 65535 and 0
    for none), accuracy (m), range of the cell (hundreds of metres)."""

    cell: Annotated[int, Meta(ge=0, le=(1 << 32) - 1)]
    north: Annotated[int, Meta(ge=-_SQUARES, le=_SQUARES)]
    east: Annotated[int, Meta(ge=-_SQUARES, le=_SQUARES)]
    advance_m: Annotated[int, Meta(ge=0, le=65_535)]
    half_m: Annotated[int, Meta(ge=0, le=65_535)]
    accuracy_m: Annotated[int, Meta(ge=0, le=255)]
    range_hm: Annotated[int, Meta(ge=1, le=255)]


class LearnedSite(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of the cells of one site, by its registered place (degrees), and how many phones made
    them; ``seen`` counts all reports that there were."""

    lat: Annotated[float, Meta(ge=-90.0, le=90.0)]
    lon: Annotated[float, Meta(ge=-180.0, le=180.0)]
    seen: Annotated[int, Meta(ge=1, le=1 << 53)]
    phones: Annotated[int, Meta(ge=1, le=MOST_REPORTS)]
    reports: Annotated[tuple[SiteReport, ...], Meta(min_length=1, max_length=MOST_REPORTS)]


def learned_sites(places: SitePlaces) -> list[LearnedSite]:
    """What is known of sites, that unreported for longest first."""
    known = [(seen, rows) for seen, rows in places.reports.by_site() if len(rows)]
    rows = joined([rows for _, rows in known], ROW)
    site = np.repeat(np.arange(len(known)), [len(rows) for _, rows in known])
    kept, phones = _newest_of_phones(rows, site)
    rows, site = rows[kept], site[kept]
    columns = np.array(
        [
            rows["cell"],
            np.rint((rows["lat"] - rows["site_lat"]) / _SQUARE),
            np.rint((rows["lon"] - rows["site_lon"]) / _SQUARE),
            rows["advance_m"],
            rows["half_m"],
            np.minimum(rows["accuracy_m"].astype(int) + _OFF_M, 255),
            np.maximum(rows["range"], 1),
        ]
    ).astype(np.int64)
    columns = columns[:, np.lexsort([*columns[::-1], site])]
    begins = np.searchsorted(site, np.arange(len(known) + 1)).tolist()
    reports = [SiteReport(*row) for row in zip(*columns.tolist(), strict=True)]
    return [
        LearnedSite(
            lat=int(first["site_lat"]) / DEGREE,
            lon=int(first["site_lon"]) / DEGREE,
            seen=max(seen, end - begin),
            phones=count,
            reports=tuple(reports[begin:end]),
        )
        for (seen, (first, *_)), count, begin, end in zip(
            known, phones, begins[:-1], begins[1:], strict=True
        )
    ]


def take_up_sites(places: SitePlaces, learned: Sequence[LearnedSite]) -> None:
    """Puts that into a fresh state. What is reported from then on counts as of other phones, since
    nobody knows which it are of: so one phone may be two witnesses for a while."""
    seen: dict[int, int] = {}
    for window, sites in enumerate(_groups(learned), start=1):
        parts = [_rows(site) for site in sites]
        rows = np.concatenate(parts)
        keys = keys_of(np.array([each[0] for each in parts])).tolist()
        seen.update(zip(keys, [site.seen for site in sites], strict=True))
        places.observe(Reports(window, rows.tobytes(), b""))
    places.reports.settle_as_seen(seen)


def _newest_of_phones(
    rows: NDArray[Any], site: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[int]]:
    """Which rows are among the newest few of their phone on their site, and how many phones each
    site has; ``site`` is that of each row, in order."""
    order = np.lexsort([-np.arange(len(rows)), rows["phone"], site])
    whose = (site[order] << 32) + rows["phone"][order]
    kept = np.zeros(len(rows), dtype=np.bool_)
    kept[order] = runs.places(whose) < _OF_A_PHONE
    return kept, np.bincount(site[order][runs.begins(whose)]).tolist()


def _rows(site: LearnedSite) -> NDArray[Any]:
    """Reports as `ROW`, dealt out in their order to as many phones as there were."""
    rows = np.zeros(len(site.reports), dtype=ROW)
    lat, lon = round(site.lat * DEGREE), round(site.lon * DEGREE)
    rows["site_lat"], rows["site_lon"] = lat, lon
    names = ("cell", "north", "east", "advance_m", "half_m", "accuracy_m", "range")
    columns = zip(*(msgspec.structs.astuple(each) for each in site.reports), strict=True)
    given = dict(zip(names, (np.array(column, dtype=np.int64) for column in columns), strict=True))
    rows["lat"] = lat + given.pop("north") * _SQUARE
    rows["lon"] = lon + given.pop("east") * _SQUARE
    for name, column in given.items():
        rows[name] = column
    rows["phone"] = np.arange(len(rows)) * min(site.phones, len(rows)) // len(rows)
    return rows


def _groups(learned: Sequence[LearnedSite]) -> Iterator[Sequence[LearnedSite]]:
    starts: Iterable[int] = range(0, len(learned), _AT_ONCE)
    return (learned[start : start + _AT_ONCE] for start in starts)
