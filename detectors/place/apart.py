"""What an alert took for another name of its transmitter, but is received elsewhere meanwhile.

A new identity near an alert is most often the next one of its transmitter, and where few phones
have received it nothing says more (`detectors.incident.identity_change`). Later many have. Two
identities on the air side by side, of which phones of the same moments stand surely and far apart,
are two transmitters, whatever it looked like at first.
"""

from math import pi, sqrt
from typing import Final

import numpy as np

from detectors.features.baselines.level_profiles import SIGMAS_A_MAD
from detectors.incident.incident import Incident
from detectors.incident.report import Report
from detectors.model.finding import Identity
from detectors.place.location_input import strong_reports
from detectors.place.report_groups import HELD_MS, Group, grouped
from geo.earth.frame import frame_at

#: So many phones of each must have received it while others received the other, for longer than
#: phones are held (`HELD_MS`).
_LEAST_PHONES: Final = 4
#: Share of moments that is left out at either end for that: some clocks are wrong.
_TAIL: Final = 0.1
#: Reports within so much of each other are of the same moment (ms): what drives is at one place.
_MOMENT_MS: Final = 45_000
#: How far the middles must lie apart (m), in standard deviations of how far phones of the two are
#: from each other, since one transmitter's carriers reach phones on different sides of it, and in
#: standard errors.
_APART_M: Final = 500.0
_SHARE_OF_SPREAD: Final = 0.75
_STANDARD_ERRORS: Final = 3.0


def elsewhere(incident: Incident, cell: Identity | None) -> list[bool]:
    """Of each tally whether it names what another transmitter has than the incident's first.

    ``cell`` is the registered cell that the incident is about, if about one; others are received
    somewhere in any crowd.
    """
    reports = [report for report in strong_reports(incident) if report.claimed is not None]
    groups = grouped(incident, reports)
    some = [
        group
        for group in groups
        if len(group.phones) >= _LEAST_PHONES
        and (not group.is_registered or (cell is not None and group.has(cell)))
    ]
    if len(some) < 2:
        return [False] * len(incident.tallies)
    first = _first(incident, some)
    others = [group for group in some if group is not first and _are_apart(first, group)]
    staying = [group for group in groups if group not in others]
    return [_leaves(tally.claimed, others, staying) for tally in incident.tallies]


def _leaves(claimed: Identity | None, leaving: list[Group], staying: list[Group]) -> bool:
    """Whether a claim is one of those that leave, or agrees with these alone."""
    if claimed is None or not any(group.has(claimed) for group in leaving):
        return False
    is_one = any(claimed in group.claims for group in leaving)
    return is_one or not any(group.has(claimed) for group in staying)


def _first(incident: Incident, groups: list[Group]) -> Group:
    """The group by which the incident is known, else the one that was reported first."""
    seed = incident.seed
    own = [group for group in groups if seed is not None and group.has(seed)]
    return min(own or groups, key=lambda group: incident.reported_since(group.claims))


def _are_apart(first: Group, other: Group) -> bool:
    """Whether phones that received the two within the same moments stood surely far apart."""
    here, there = _once_a_moment(first.reports), _once_a_moment(other.reports)
    return _is_off(here, there) and _is_off(there, here)


def _once_a_moment(reports: list[Report]) -> list[Report]:
    """A report of each phone and moment, so that none speaks for others."""
    return list({(report.who, report.ts // _MOMENT_MS): report for report in reports}.values())


def _is_off(here: list[Report], there: list[Report]) -> bool:
    """Whether phones ``there`` are surely far from those ``here`` of the same moments."""
    times, moments = (np.array([r.ts for r in reports]) for reports in (here, there))
    at_once = np.abs(moments[:, None] - times) <= _MOMENT_MS
    beside = at_once.any(axis=1)
    who = [report.who for report, is_beside in zip(there, beside, strict=True) if is_beside]
    met = {report.who for report, is_met in zip(here, at_once.any(axis=0), strict=True) if is_met}
    if min(len(set(who)), len(met)) < _LEAST_PHONES:
        return False
    since, until = np.quantile(moments[beside], (_TAIL, 1.0 - _TAIL))
    if until - since <= HELD_MS:
        return False
    frame = frame_at(here[0].lat, here[0].lon)
    ours, theirs = (
        np.stack(frame.to_xy([r.lat for r in reports], [r.lon for r in reports]), axis=1)
        for reports in (here, there)
    )
    # Medians, of places and of phones: some misplace themselves by kilometres, some report often.
    then = np.nanmedian(np.where(at_once[beside][:, :, None], ours, np.nan), axis=1)
    names, phone = np.unique(who, return_inverse=True)
    off = theirs[beside] - then
    by_phone = np.array([np.median(off[phone == at], axis=0) for at in range(len(names))])
    middle = np.median(by_phone, axis=0)
    far_m = float(np.hypot(*middle))
    if far_m < _APART_M:
        return False
    # Only what differs along that way says how sure it is: on a road phones stand in a row.
    along = by_phone @ (middle / far_m)
    spread_m = float(np.median(np.abs(along - far_m))) * SIGMAS_A_MAD
    error_m = spread_m * sqrt(pi / 2.0 / min(len(names), len(met)))
    return far_m >= max(_SHARE_OF_SPREAD * spread_m, _STANDARD_ERRORS * error_m)
