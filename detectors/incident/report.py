"""One report of a transmitter, as an incident keeps it for locating."""

from bisect import bisect_left, bisect_right
from collections import Counter
from math import hypot, isnan
from typing import Final

import msgspec

from detectors.model.finding import Finding, Identity
from geo.earth.sphere import great_circle_m
from geo.radio.timing_advance import step_m

#: Phones come back within so far of where a transmitter had them (m), beside their cell's reach.
BACK_WITHIN_M: Final = 800.0
#: Reports that show where an incident is now, and how far back in event time (ms) they may lie.
_RECENT: Final = 12
_RECENT_MS: Final = 300_000
#: Of a transmitter that drives, only reports of the same moment are about the same place.
_MOMENTS_MS: Final = (30_000, 60_000)
_ENOUGH: Final = 4


class Report(msgspec.Struct, array_like=True):
    """One report as locating needs it. NaN for what isn't known; units as in `geo`."""

    ts: int
    who: str
    claimed: Identity | None
    lat: float
    lon: float
    accuracy_m: float
    reach_m: float
    level_dbm: float
    timing_advance: float
    ta_step_m: float


def report_of(finding: Finding) -> Report | None:
    """The report in a finding; ``None`` without a place."""
    place = finding.place
    if place is None:
        return None
    nan = float("nan")
    # A place from the register is where the phone came back: the transmitter is near, not there.
    level = finding.signal_dbm if place.reach_m is None else None
    on_it = finding.seen_on is None and level is not None
    reach_m = nan if on_it else BACK_WITHIN_M + (place.reach_m or 0.0)
    return Report(
        finding.ts,
        f"{finding.space}:{finding.who}",
        finding.claimed,
        place.lat,
        place.lon,
        nan if place.accuracy_m is None else place.accuracy_m,
        reach_m,
        nan if level is None else level,
        nan if finding.timing_advance is None or not on_it else finding.timing_advance,
        _step_m(finding),
    )


def _step_m(finding: Finding) -> float:
    rat = finding.claimed.rat if finding.claimed else None
    step = step_m(rat or "", finding.ta_step_m)
    return float("nan") if step is None else step


def mean_of(reports: list[Report]) -> tuple[float, float]:
    """Mean latitude and longitude of some reports; they may lie across the date line."""
    first = reports[0].lon
    lat = sum(report.lat for report in reports) / len(reports)
    lon = sum((report.lon - first + 180.0) % 360.0 - 180.0 for report in reports) / len(reports)
    return lat, (first + lon + 180.0) % 360.0 - 180.0


def error_m(here: list[Report], there: list[Report]) -> float:
    """Standard error of the distance of the middles of two groups of reports (m)."""
    squared = 0.0
    for reports in (here, there):
        middle = mean_of(reports)
        apart = [great_circle_m(*middle, r.lat, r.lon) ** 2 for r in reports]
        # Of one or two reports the scatter isn't known: as wide as a transmitter reaches.
        spread = sum(apart) / (len(apart) - 1) if len(apart) > 2 else 700.0**2
        squared += spread / len(apart)
    return float(squared**0.5)


def unsure_m(here: list[Report], there: list[Report]) -> float:
    """As `error_m`, with what a place from the register is off by: half of its cell's reach, alike
    for all phones that the cell serves."""
    return hypot(error_m(here, there), _cell_m(here) / 2.0, _cell_m(there) / 2.0)


def _cell_m(reports: list[Report]) -> float:
    reaches = [max(0.0, r.reach_m - BACK_WITHIN_M) for r in reports if not isnan(r.reach_m)]
    return sum(reaches) / len(reports)


def fewer(reports: list[Report], most: int, of_one: int) -> list[Report]:
    """The newest of some reports: at most so many of one device where that leaves enough of the
    others, and at most so many in all."""
    left = len(reports) - most
    kept: list[Report] = []
    own = Counter(report.who for report in reports)
    for report in reports:
        if left > 0 and own[report.who] > of_one:
            own[report.who] -= 1
            left -= 1
        else:
            kept.append(report)
    return kept[-most:]


def about(times_ms: list[int], ts: int) -> tuple[int, int] | None:
    """The first report about a moment (ms) and the first after it, of reports in order of their
    ``times_ms``; ``None`` where too few are about it."""
    for within_ms in _MOMENTS_MS:
        begin = bisect_left(times_ms, ts - within_ms)
        end = bisect_right(times_ms, ts + within_ms, begin)
        if end - begin >= _ENOUGH:
            return begin, end
    return None


def recent(reports: list[Report], last_ts: int) -> list[Report]:
    """The newest of the reports, as of a moment (ms)."""
    return [r for r in reports[-_RECENT:] if r.ts >= last_ts - _RECENT_MS] or reports[-1:]
