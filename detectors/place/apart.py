"""What an alert took for another name of its transmitter, but is received elsewhere meanwhile.

A new identity near an alert is most often the next one of its transmitter, and where few phones
have received it nothing says more (`detectors.incident.identity_change`). Later many have. Two
identities on the air side by side, of which phones of the same moments stand surely and far apart,
are two transmitters, whatever it looked like at first.
"""

from itertools import compress
from math import pi, sqrt
from typing import Final

import numpy as np

from detectors.incident.incident import Incident
from detectors.model.finding import Identity
from detectors.place.location_input import strong_reports
from detectors.place.report_groups import Group, grouped, side_by_side
from geo.earth.frame import frame_at
from geo.earth.sphere import Floats

#: So many phones of each must have received it while others received the other.
_LEAST_PHONES: Final = 4
#: Reports within so much of each other are of the same moment (ms): what drives is at one place.
_MOMENT_MS: Final = 45_000
#: How far the middles must lie apart (m), in standard deviations of the phones' places, since one
#: transmitter's carriers reach phones on different sides of it, and in standard errors.
_APART_M: Final = 500.0
_SHARE_OF_SPREAD: Final = 0.75
_STANDARD_ERRORS: Final = 3.0
#: Median deviation of a normal distribution from its median, in standard deviations.
_NORMAL_MAD: Final = 0.6745


def elsewhere(incident: Incident, cell: Identity | None) -> list[bool]:
    """Of each tally whether it names what another transmitter has than the incident's first.

    ``cell`` is the registered cell that the incident is about, if about one; others are received
    somewhere in any crowd.
    """
    reports = [report for report in strong_reports(incident) if report.claimed is not None]
    some = [
        group
        for group in grouped(incident, reports)
        if len(group.phones) >= _LEAST_PHONES
        and (not group.is_registered or (cell is not None and group.has(cell)))
    ]
    none = [False] * len(incident.tallies)
    if len(some) < 2:
        return none
    first = min(some, key=_begun)
    others = [group for group in some if group is not first and _are_apart(first, group)]
    if not others:
        return none
    leaving = {claimed for group in others for claimed in group.claims}
    return [tally.claimed in leaving for tally in incident.tallies]


def _begun(group: Group) -> int:
    """When several phones had received it (ms): one may have a wrong clock."""
    return sorted(report.ts for report in group.reports)[_LEAST_PHONES - 1]


def _are_apart(first: Group, other: Group) -> bool:
    """Whether phones that received the two within the same moments stood surely far apart."""
    if not side_by_side(first, other):
        return False
    here, there = first.reports, other.reports
    times, moments = (np.array([r.ts for r in reports]) for reports in (here, there))
    at_once = np.abs(moments[:, None] - times) <= _MOMENT_MS
    in_both = at_once.any(axis=0), at_once.any(axis=1)
    phones = [
        len({report.who for report in compress(reports, some)})
        for reports, some in zip((here, there), in_both, strict=True)
    ]
    if min(phones) < _LEAST_PHONES:
        return False
    frame = frame_at(here[0].lat, here[0].lon)
    ours, theirs = (
        np.stack(frame.to_xy([r.lat for r in reports], [r.lon for r in reports]), axis=1)[some]
        for reports, some in zip((here, there), in_both, strict=True)
    )
    # Medians, since some phones misplace themselves by kilometres.
    at_once = at_once[in_both[1]][:, in_both[0]]
    then = np.nanmedian(np.where(at_once[:, :, None], ours, np.nan), axis=1)
    far_m = np.hypot(*np.median(theirs - then, axis=0))
    of_each = zip((ours, theirs), phones, strict=True)
    error_m = sqrt(sum(_spread_m(rows) ** 2 / n for rows, n in of_each))
    spread_m = error_m / sqrt(sum(1.0 / n for n in phones))
    least_m = max(_APART_M, _SHARE_OF_SPREAD * spread_m, _STANDARD_ERRORS * error_m)
    return bool(far_m >= least_m)


def _spread_m(places: Floats) -> float:
    """Standard deviation of places along an axis (m), by the median deviation from the median; as
    much larger as the median of many is less sure than their mean."""
    deviation_m = np.median(np.abs(places - np.median(places, axis=0)))
    return float(deviation_m) / _NORMAL_MAD * sqrt(pi / 2.0)
