"""Findings about calls, numbers and texts that are taken to be of one campaign.

All is bounded: of what a campaign has more of than is kept, the newest stays, and counts go on.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from detectors.calls.links import ties
from detectors.features.memory.lru import keep
from detectors.model.finding import Family, Finding, Role
from detectors.rules import ROOMS

#: References of calls in an alert, and those that are kept to know repeats.
MOST_CALLS: Final = 200
MOST_KNOWN_CALLS: Final = 1_024
MOST_NUMBERS: Final = 2_048
MOST_PEOPLE: Final = 4_096
MOST_LINKS: Final = 512
#: Findings that name an alert: as many as of a station.
NAMING: Final = 8


class Share(msgspec.Struct):
    """What one detector found in a campaign. ``best`` is the weightiest finding about each number,
    or the newest where findings sum up; ``group`` the weightiest of those that name none, or what
    it weighs that numbers took turns (nats)."""

    version: int
    family: Family
    cap: float
    first_ts: int
    last_ts: int
    count: int = 0
    best: dict[str, float] = {}
    group: float = 0.0
    values: dict[str, str | int | float | None] = {}
    top: float = 0.0

    def take(self, finding: Finding, number: str | None) -> None:
        """Takes one finding in."""
        self.version, self.cap = finding.version, finding.cap
        self.count += 1
        self.first_ts = min(self.first_ts, finding.ts)
        self.last_ts = max(self.last_ts, finding.ts)
        if finding.weight >= self.top:
            self.top, self.values = finding.weight, finding.values
        if number is None:
            self.group = max(self.group, finding.weight)
            return
        before = self.best.pop(number, 0.0)
        weight = finding.weight if sums_up(finding.detector) else max(finding.weight, before)
        keep(self.best, number, weight, MOST_NUMBERS)


class Known(msgspec.Struct):
    """A number of a campaign; ``listed`` says that the newest revision of an alert names it in its
    role, and ``spoken_with`` that its calls end as honest ones do. ``against`` is what speaks
    against a fraud in how many people ring it, and in how long it lasts (nats, negative), as of the
    newest finding about it. ``only_shown`` is of what comes in from abroad and may be another's: a
    line of home that the operator's list lacks, or a mobile one of which the home register wasn't
    asked; ``None`` until anything was found about the number itself."""

    role: Role
    last_rx: int
    prefix: str | None = None
    kind: str | None = None
    spared: bool = False
    listed: bool = False
    spoken_with: bool = False
    against: float = 0.0
    only_shown: bool | None = None


class CallIncident(msgspec.Struct):
    """One campaign, with an alert or still a candidate. ``*_rx`` are arrival times, ``*_ts`` event
    times (ms). ``links`` are by when they were borne last. ``accuses_nobody`` says
    that a candidate was sure enough for an alert when it was looked at last, but none of its
    numbers: then only a finding about one of them can change that. ``presses`` says that it
    accuses a number which no revision names yet."""

    number: int
    opened_rx: int
    last_rx: int
    first_ts: int
    last_ts: int
    shares: dict[str, Share] = {}
    numbers: dict[str, Known] = {}
    calls: dict[str, int] = {}
    calls_in_all: int = 0
    people: dict[str, int] = {}
    links: dict[str, int] = {}
    naming: list[bytes] = []
    alert_id: str | None = None
    revision: int = 0
    revised_rx: int = 0
    peak: float = float("-inf")
    changed: bool = False
    accuses_nobody: bool = False
    presses: bool = False
    new_calls: int = 0
    verdict: str | None = None
    judged_ms: int = 0
    #: The name that its alerts share, once it is fixed; and how many closed ones bear it already.
    campaign: str | None = None
    closed_parts: int = 0

    def add(self, finding: Finding, rx: int, against: float = 0.0) -> None:
        """Takes a finding in, which arrived at ``rx``; ``against`` as in `Known`."""
        about = finding.of_calls
        number = about.number if about is not None else None
        share = self.shares.get(finding.detector)
        if share is None:
            share = self.shares[finding.detector] = Share(
                finding.version, finding.family, finding.cap, finding.ts, finding.ts
            )
        share.take(finding, number)
        self.first_ts, self.last_ts = min(self.first_ts, finding.ts), max(self.last_ts, finding.ts)
        self.last_rx, self.changed = max(self.last_rx, rx), True
        if len(self.naming) < NAMING and self.alert_id is None:
            self.naming.append(finding.digest())
        if about is None:
            return
        fresh = [call for call in about.calls if call not in self.calls]
        for call in about.calls:
            _renew(self.calls, call, finding.ts, MOST_KNOWN_CALLS)
        self.calls_in_all += len(fresh)
        self.new_calls += len(fresh)
        for person in about.people:
            _renew(self.people, person, rx, MOST_PEOPLE)
        # What honest numbers bring as well ties nothing together.
        for link in sorted(ties(finding)):
            _renew(self.links, link, rx, MOST_LINKS)
        if number is not None:
            known = self.numbers.pop(number, None) or Known(about.role, rx)
            only_shown = known.only_shown
            if finding.family == "number":
                only_shown = about.only_shown and only_shown is not False
            this = Known(
                role=known.role if known.role == "impersonated" else about.role,
                last_rx=rx,
                # Complaints say no more of a number than its digits.
                prefix=about.prefix or known.prefix,
                kind=about.number_class or known.kind,
                spared=about.spared or known.spared,
                listed=known.listed,
                spoken_with=about.spoken_with or known.spoken_with,
                against=against,
                only_shown=only_shown,
            )
            keep(self.numbers, number, this, MOST_NUMBERS)

    def nats_of(self, number: str) -> dict[str, float]:
        """What each detector found about one number itself (nats)."""
        found = ((name, share.best.get(number, 0.0)) for name, share in self.shares.items())
        return {name: weight for name, weight in found if weight > 0.0}

    def _is_newer(self, number: str, other: "CallIncident") -> bool:
        """Whether what was found of a number here is newer than what another campaign knows."""
        here, there = self.numbers.get(number), other.numbers.get(number)
        return here is not None and (there is None or here.last_rx > there.last_rx)

    def absorb(self, other: "CallIncident") -> None:
        """Takes in all of another campaign, which turned out to be this one, and leaves that as it
        is: its last revision is still to be made.

        It was as sure as the surer of the two, and what was found out last about either holds.
        """
        self.peak = max(self.peak, other.peak)
        if other.judged_ms > self.judged_ms:
            self.verdict, self.judged_ms = other.verdict, other.judged_ms
        for name, theirs in other.shares.items():
            mine = self.shares.get(name)
            if mine is None:
                self.shares[name] = replace(theirs, best=dict(theirs.best))
                continue
            mine.count += theirs.count
            mine.first_ts = min(mine.first_ts, theirs.first_ts)
            mine.last_ts = max(mine.last_ts, theirs.last_ts)
            mine.group, mine.cap = max(mine.group, theirs.group), max(mine.cap, theirs.cap)
            if theirs.top > mine.top:
                mine.top, mine.values = theirs.top, theirs.values
            newest = sums_up(name)
            for number, weight in theirs.best.items():
                before = mine.best.pop(number, None)
                if before is not None and newest:
                    weight = before if self._is_newer(number, other) else weight
                mine.best[number] = weight if newest else max(weight, before or 0.0)
            _cut(mine.best, MOST_NUMBERS)
        fresh = [call for call in other.calls if call not in self.calls]
        self.calls_in_all += other.calls_in_all - (len(other.calls) - len(fresh))
        self.new_calls += len(fresh)
        self.calls = _newest(self.calls, other.calls, MOST_KNOWN_CALLS)
        self.people = _newest(self.people, other.people, MOST_PEOPLE)
        self.links = _newest(self.links, other.links, MOST_LINKS)
        for number, theirs_of_it in other.numbers.items():
            known = replace(theirs_of_it)
            mine_of_it = self.numbers.get(number)
            if mine_of_it is not None:
                if mine_of_it.role == "impersonated":
                    known.role = mine_of_it.role
                if mine_of_it.last_rx > known.last_rx:
                    known.last_rx, known.against = mine_of_it.last_rx, mine_of_it.against
                known.prefix = known.prefix or mine_of_it.prefix
                known.kind = known.kind or mine_of_it.kind
                known.spared |= mine_of_it.spared
                known.listed |= mine_of_it.listed
                known.spoken_with |= mine_of_it.spoken_with
                both = {known.only_shown, mine_of_it.only_shown} - {None}
                known.only_shown = all(both) if both else None
            self.numbers[number] = known
        in_order = sorted(self.numbers.items(), key=lambda item: item[1].last_rx)
        self.numbers = dict(in_order[-MOST_NUMBERS:])
        self.first_ts, self.last_ts = (
            min(self.first_ts, other.first_ts),
            max(self.last_ts, other.last_ts),
        )
        if self.alert_id is None:
            self.opened_rx = min(self.opened_rx, other.opened_rx)
        self.last_rx, self.changed = max(self.last_rx, other.last_rx), True
        self.accuses_nobody = False


def sums_up(detector: str) -> bool:
    """Whether the newest finding of a detector about a number says what the earlier ones did."""
    return detector in ROOMS and ROOMS[detector].rule.sums_up


def _renew(kept: dict[str, int], name: str, at: int, most: int) -> None:
    """Puts a name in as the newest; of too many the oldest goes."""
    keep(kept, name, max(at, kept.pop(name, at)), most)


def _newest(one: dict[str, int], other: dict[str, int], most: int) -> dict[str, int]:
    """Both, the newest last, at most so many."""
    both = dict(one)
    for name, at in other.items():
        both[name] = max(at, both.get(name, at))
    return dict(sorted(both.items(), key=lambda item: item[1])[-most:])


def _cut(kept: dict[str, float], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]
