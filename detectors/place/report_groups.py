"""Reports of an incident by what they claim: those of agreeing identities, or of one channel and
code, together; with the phones that bore witness to it."""

from typing import Final

from detectors.incident.incident import Incident
from detectors.incident.report import Report
from detectors.incident.tally import Tally, is_posing
from detectors.model.finding import STRONG_WEIGHT, Identity

#: A group of fewer phones may be any stray's.
FEWEST: Final = 3
#: Share of a group's reports that is left out at either end for when it was on the air: some phones
#: report late, and some clocks are wrong.
_TAIL: Final = 0.15
#: Longest that phones are held, and so still report what was given up (ms).
HELD_MS: Final = 60_000
#: What a mast that the register lacks gives rise to by itself, unless strong: of a whole area that
#: it lacks ..
_UNLISTED: Final = "unknown_cell"
#: .. and what one does of which the row is wrong, besides where it stands (`is_posing`).
_WRONG_ROW: Final = ("unplanned_code", "wrong_channel")


class Group:
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

    def absorb(self, other: "Group") -> None:
        """Takes all of another group in. Only claims are there yet when groups are made."""
        self.claims += other.claims

    def has(self, cell: Identity) -> bool:
        """Whether some identity of the group agrees with that of a cell."""
        return any(claimed.agrees(cell) for claimed in self.claims)

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The higher, the likelier that it is what the incident is about."""
        return len(self.phones) >= FEWEST, len(self.witnesses), len(self.phones)

    @property
    def is_registered(self) -> bool:
        """Whether it is about a registered cell, out of place or with another code."""
        return len(self.wrong_row) > len(self.witnesses)


def side_by_side(group: Group, other: Group) -> bool:
    """Whether the two were on the air at once, and not one after the other."""
    return _mostly_during(group, other) or _mostly_during(other, group)


def _mostly_during(group: Group, other: Group) -> bool:
    """Whether most reports of a group were made while the other was on the air, and before it may
    have been given up for this one."""
    times = sorted(report.ts for report in other.reports)
    cut = int(_TAIL * len(times))
    begin, end = times[cut], times[-1 - cut]
    end -= min(HELD_MS, (end - begin) // 2)
    during = sum(begin <= report.ts <= end for report in group.reports)
    return 2 * during > len(group.reports)


def grouped(incident: Incident, reports: list[Report]) -> list[Group]:
    """Reports by what they claim. A claim without cell and channel makes no two groups one."""
    groups: list[Group] = []
    claims = dict.fromkeys(report.claimed for report in reports if report.claimed is not None)
    for claimed in sorted(claims, key=lambda one: not _is_whole(one)):
        alike = [group for group in groups if any(_are_one(claimed, own) for own in group.claims)]
        group = alike[0] if alike else Group()
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
