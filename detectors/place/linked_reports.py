"""Which reports of an incident are of its transmitter, so that they may pull at its place.

Findings join an incident by what lies near as well as by identity. That is right for weighing
evidence and wrong for the place: a mast that the register lacks or has elsewhere, a stray that
names an area of far off, a second transmitter near by, each pulls at it. So reports are gathered
by what they claim, those of agreeing identities or of one channel and code together. The chief
group is that of which most phones bore witness beyond having received a cell that is out of place,
or unknown in an area that is known. Another counts for the place too where

- it comes before or after one that counts, not beside it: the transmitter has changed its name.
  What poses as a registered cell is likelier another wrong row, unless phones bear such witness;
- or phones bore such witness of it as well, and it is at the same place: several carriers or
  networks.

Reports without any identity are witness to whatever is near, and stay where they are of the time of
what counts.
"""

from math import isfinite
from typing import Final

from detectors.incident.incident import Incident
from detectors.incident.report import Report, mean_of
from detectors.place.report_groups import FEWEST, Group, grouped, side_by_side
from geo.earth.sphere import great_circle_m

#: A group that has less than such a share of the chief one's phones may be any stray's.
_LEAST_SHARE: Final = 0.15
#: How far the middles of groups on the air side by side may lie apart (m), as in
#: `detectors.incident.association.Association.together_m`.
_TOGETHER_M: Final = 750.0
#: Reports without identity count from so long before the first that is linked to so long after the
#: last (ms): phones come back when they have been held and have looked for a cell.
_NAMELESS_MS: Final = 120_000


def linked(incident: Incident, reports: list[Report]) -> list[Report]:
    """Of some reports of an incident those that are of its transmitter, in their order.

    All of them where no group has enough phones to be taken for the chief one.
    """
    groups = grouped(incident, reports)
    if len(groups) < 2:
        return reports
    chief = max(groups, key=lambda one: one.rank)
    if len(chief.phones) < FEWEST:
        return reports
    kept, left = [chief], [one for one in groups if one is not chief]
    least = max(FEWEST, _LEAST_SHARE * len(chief.phones))
    while more := [one for one in left if _belongs(one, kept, least)]:
        kept += more
        left = [one for one in left if one not in more]
    foreign = {claimed for one in left for claimed in one.claims}
    times = [report.ts for one in kept for report in one.reports]
    begin, end = min(times) - _NAMELESS_MS, max(times) + _NAMELESS_MS
    return [
        report
        for report in reports
        if report.claimed not in foreign
        and (report.claimed is not None or begin <= report.ts <= end)
    ]


def _belongs(group: Group, kept: list[Group], least: float) -> bool:
    """Whether it is of the transmitter of the groups that are kept, the chief one first."""
    if group.is_registered and not (kept[0].is_registered and len(group.witnesses) >= FEWEST):
        return False  # most often a wrong row of the register, and those are many
    if not any(side_by_side(group, one) for one in kept):
        # The first phones that receive the next identity show where it is now; one that merely
        # names an area may be a stray.
        return len(group.phones) >= least or any(isfinite(r.level_dbm) for r in group.reports)
    if len(group.phones) < least or len(group.witnesses) < FEWEST:
        return False
    middle = mean_of(group.reports)
    return any(great_circle_m(*middle, *mean_of(one.reports)) <= _TOGETHER_M for one in kept)
