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
from detectors.incident.tally import Tally, is_posing
from detectors.model.finding import STRONG_WEIGHT, Identity
from geo.earth.sphere import great_circle_m

#: A group of fewer phones may be any stray's ..
_FEWEST: Final = 3
#: .. and so may one that has less than such a share of the chief one's phones.
_LEAST_SHARE: Final = 0.15
#: Share of a group's reports that is left out at either end for when it was on the air: some phones
#: report late, and some clocks are wrong.
_TAIL: Final = 0.15
#: Longest that phones are held, and so still report what was given up (ms).
_HELD_MS: Final = 60_000
#: How far the middles of groups on the air side by side may lie apart (m), as in
#: `detectors.incident.association.Association.together_m`.
_TOGETHER_M: Final = 750.0
#: Reports without identity count from so long before the first that is linked to so long after the
#: last (ms): phones come back when they have been held and have looked for a cell.
_NAMELESS_MS: Final = 120_000
#: What a mast that the register lacks gives rise to by itself, unless strong: of a whole area that
#: it lacks ..
_UNLISTED: Final = "unknown_cell"
#: .. and what one does of which the row is wrong, besides where it stands (`is_posing`).
_WRONG_ROW: Final = ("unplanned_code", "wrong_channel")


class _Group:
    """Identities that are one cell's or one channel's, with what was reported of them.

    ``witnesses`` are devices of findings that no missing or wrong row of the register explains;
    ``wrong_row`` are those of findings that a wrong one does.
    """

    def __init__(self) -> None:
        self.claims: list[Identity] = []
        self.reports: list[Report] = []
        self.phones: set[str] = set()
        self.witnesses: set[str] = set()
        self.wrong_row: set[str] = set()

    def absorb(self, other: "_Group") -> None:
        """Takes all of another group in. Only claims are there yet when groups are made."""
        self.claims += other.claims

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The higher, the likelier that it is what the incident is about."""
        return len(self.phones) >= _FEWEST, len(self.witnesses), len(self.phones)

    @property
    def is_registered(self) -> bool:
        """Whether it is about a registered cell, out of place or with another code."""
        return len(self.wrong_row) > len(self.witnesses)


def linked(incident: Incident, reports: list[Report]) -> list[Report]:
    """Of some reports of an incident those that are of its transmitter, in their order.

    All of them where no group has enough phones to be taken for the chief one.
    """
    groups = _groups(incident, reports)
    if len(groups) < 2:
        return reports
    chief = max(groups, key=lambda one: one.rank)
    if len(chief.phones) < _FEWEST:
        return reports
    kept, left = [chief], [one for one in groups if one is not chief]
    least = max(_FEWEST, _LEAST_SHARE * len(chief.phones))
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


def _groups(incident: Incident, reports: list[Report]) -> list[_Group]:
    """Reports by what they claim. A claim without cell and channel makes no two groups one."""
    groups: list[_Group] = []
    claims = dict.fromkeys(report.claimed for report in reports if report.claimed is not None)
    for claimed in sorted(claims, key=lambda one: not _is_whole(one)):
        alike = [group for group in groups if any(_are_one(claimed, own) for own in group.claims)]
        group = alike[0] if alike else _Group()
        if not alike:
            groups.append(group)
        for other in alike[1:] if _is_whole(claimed) else ():
            group.absorb(other)
            groups.remove(other)
        group.claims.append(claimed)
    of = {claimed: group for group in groups for claimed in group.claims}
    for report in reports:
        if report.claimed is not None:
            of[report.claimed].reports.append(report)
            of[report.claimed].phones.add(report.who)
    for tally in incident.tallies:
        if tally.claimed is not None and tally.claimed in of:
            group = of[tally.claimed]
            if is_posing(tally) or tally.detector in _WRONG_ROW:
                group.wrong_row.update(tally.votes)
            else:
                group.witnesses.update(_witnesses(tally))
    return groups


def _witnesses(tally: Tally) -> list[str]:
    if tally.detector != _UNLISTED:
        return list(tally.votes)
    return [who for who, vote in tally.votes.items() if vote.weight >= STRONG_WEIGHT]


def _is_whole(claimed: Identity) -> bool:
    return claimed.cell is not None or claimed.arfcn is not None


def _are_one(claimed: Identity, other: Identity) -> bool:
    """Whether identities agree, or are of one channel and code."""
    if claimed.agrees(other):
        return True
    if claimed.arfcn is None or claimed.pci is None:
        return False
    return (claimed.rat, claimed.arfcn, claimed.pci) == (other.rat, other.arfcn, other.pci)


def _belongs(group: _Group, kept: list[_Group], least: float) -> bool:
    """Whether it is of the transmitter of the groups that are kept, the chief one first."""
    if group.is_registered and not (kept[0].is_registered and len(group.witnesses) >= _FEWEST):
        return False  # most often a wrong row of the register, and those are many
    if not any(_side_by_side(group, one) for one in kept):
        # The first phones that receive the next identity show where it is now; one that merely
        # names an area may be a stray.
        return len(group.phones) >= least or any(isfinite(r.level_dbm) for r in group.reports)
    if len(group.phones) < least or len(group.witnesses) < _FEWEST:
        return False
    middle = mean_of(group.reports)
    return any(great_circle_m(*middle, *mean_of(one.reports)) <= _TOGETHER_M for one in kept)


def _side_by_side(group: _Group, other: _Group) -> bool:
    """Whether the two were on the air at once, and not one after the other."""
    return _mostly_during(group, other) or _mostly_during(other, group)


def _mostly_during(group: _Group, other: _Group) -> bool:
    """Whether most reports of a group were made while the other was on the air, and before it may
    have been given up for this one."""
    times = sorted(report.ts for report in other.reports)
    cut = int(_TAIL * len(times))
    begin, end = times[cut], times[-1 - cut]
    end -= min(_HELD_MS, (end - begin) // 2)
    during = sum(begin <= report.ts <= end for report in group.reports)
    return 2 * during > len(group.reports)
