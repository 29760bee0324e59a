"""The state of one incident: what was found, by whom, of which identities, and where.

Plain records without behaviour beyond their own bookkeeping; how findings join is in
`detectors.incident.association`, what they weigh in `detectors.incident.fusion`, what is published
in `detectors.alert.alert`.

Long because what is derived of an incident must be forgotten with each change of it, in one place.
"""

from collections.abc import Collection, Iterator, Set
from functools import cached_property
from itertools import chain
from math import isnan
from operator import attrgetter
from statistics import median
from typing import Final

import msgspec

from detectors.incident.position import Standing
from detectors.incident.report import Report, about, fewer, mean_of, recent, report_of
from detectors.incident.tally import Affected, Tally, Vote, Voters, campaign, is_posing, of_many
from detectors.model.finding import STRONG_WEIGHT, Code, Family, Finding, Identity, Place
from detectors.model.text import Text, remember, text_of
from detectors.register.identity_keys import cell_key
from geo.earth.bounds import Bounds
from geo.earth.sphere import great_circle_m

#: Reports kept for locating, and devices kept by tally: bounds of the state, far above what either
#: estimate gains from.
MOST_REPORTS: Final = 200
MOST_DEVICES: Final = 256
#: Reports kept of one device where there are too many: a tenth, so that few can't flood the rest.
MOST_OF_ONE: Final = 20
#: Reports are forgotten so many at once, so that what is made of them stays valid in between.
_FORGOTTEN: Final = 25
#: Detectors times claimed identities: one hostile phone may claim a new identity each second.
MOST_TALLIES: Final = 128
#: Of these such of texts: a crowd whose messages' records are lost has hundreds of texts.
_TEXT_TALLIES: Final = 32
#: Moments whose reports are kept at hand.
_MOMENTS_KEPT: Final = 64
#: How far off a transmitter is received is known from so many phones on: it is the distance of such
#: a share of reports, at most so far (m), since phones may be wrong about their places.
_ENOUGH_RECEIVERS: Final = 8
_HOSTILE: Final = 3
_LATELY_MS: Final = 300_000
_MOST_RECEIVERS: Final = 0.9
_FARTHEST_RECEIVED_M: Final = 3000.0
#: What is so much older than anything that arrived (ms) may be of a clock that is behind: one of so
#: many phones may have such.
_BEHIND_MS: Final = 60_000
_SEVERAL: Final = 3
#: So many received texts for each who found a registered cell out of place by chance.
_TEXTS_OF_ONE: Final = 4
#: Names of divisions that are kept.
_MOST_NAMES: Final = 16
#: Findings that name an alert.
NAMING: Final = 8
#: What is derived of an incident by what it rests on: which identities are claimed, which of them
#: by strong findings, and whose findings these are. All else changes with each finding, but for
#: what is kept up to date vote by vote.
_OF_CLAIMS: Final = frozenset(
    {
        "claims",
        "claims_by_area",
        "claimed_channels",
        "claimed_codes",
        "bare_codes",
        "claimed_domains",
        "is_of_texts",
    }
)
_OF_STRENGTH: Final = frozenset({"_strong_claims", "received"})
_OF_ALL_VOTES: Final = frozenset({"_voters", "_affected"})
_OF_VOTERS: Final = frozenset(
    {"devices_by_detector", "_enough_devices", "_voters_by_detector", "campaign"}
)


class Fix(msgspec.Struct, array_like=True):
    """One position of the track: event time (ms), degrees, 68 % radius (m)."""

    ts: int
    lat: float
    lon: float
    sigma_m: float


class Incident(msgspec.Struct, dict=True):
    """Findings taken to be of one transmitter, as seen from ``zone``.

    ``owner`` is the zone of the first finding, the only one that publishes it; ``middle`` the
    middle of the recent reports (degrees), ``None`` without any place; ``naming`` the digests of
    the first findings; ``number`` counts the incidents of the zone. Once something ``strong`` was
    found, the times are those of strong findings alone. ``peak`` is the highest log-odds so far,
    ``peak_about`` what that was about and ``explaining`` what then spoke for a cell of the
    operator's (nats, `detectors.alert.hypotheses`), ``explained`` how much of the tallies was
    explained when it was last assessed; ``measured`` that
    a team has measured since the newest revision, ``apart`` names the divisions that it came out
    of, itself or what it absorbed, and ``parts`` counts its own; ``doubted`` counts the looks in a
    row in which it seemed to be two transmitters, ``doubted_names`` those by their names, the last
    at ``looked_rx`` with ``looked_taken`` reports. ``verdict`` is a team's newest one,
    ``judged_ms`` the arrival time of the newest that changed it, ``confirmed_rx`` when it was that.
    ``closed`` means that its newest revision is, since what was found is explained for now.
    ``taken`` counts the reports with a place, forgotten ones too; ``standing`` is what the newest
    look at whether it stands has shown.
    ``newest_rx`` is the arrival time of the newest that was taken in, strong or not; ``texts`` are
    the messages that its phones received (`detectors.model.text`). ``likely`` means that it
    has been likely enough for an alert, ``seen_ts`` is the newest evidence (event time) that its
    alert has shown, ``named_odds`` what its log-odds were when it was last assessed, but
    for what names nobody, ``others`` how likely those phones then were another alert's,
    ``gathered_rx`` when it last looked for what is part of it.

    What is derived of tallies and reports is kept until they change, and no part of what is stored:
    whoever changes them from outside calls `renew`.
    """

    zone: str
    owner: str
    first_rx: int
    last_rx: int
    first_ts: int
    last_ts: int
    number: int = 0
    naming: list[bytes] = []
    seed: Identity | None = None
    tallies: list[Tally] = []
    reports: list[Report] = []
    middle: tuple[float, float] | None = None
    track: list[Fix] = []
    peak: float = float("-inf")
    explained: float = 0.0
    alert_id: str | None = None
    revision: int = 0
    strong: bool = False
    changed: bool = False
    measured: bool = False
    apart: list[bytes] = []
    doubted: int = 0
    looked_rx: int = 0
    looked_taken: int = 0
    opened_rx: int = 0
    verdict: str | None = None
    judged_ms: int = 0
    confirmed_rx: int = 0
    closed: bool = False
    revised_rx: int = 0
    taken: int = 0
    standing: Standing | None = None
    newest_rx: int = 0
    texts: list[Text] = []
    likely: bool = False
    seen_ts: int = 0
    peak_about: str = ""
    explaining: float = 0.0
    named_odds: float = float("-inf")
    others: float = 0.0
    gathered_rx: int = 0
    parts: int = 0
    doubted_names: int = 0

    def add(self, finding: Finding, rx: int) -> None:
        """Takes a finding in; ``rx`` is the arrival time at which it counts."""
        bounds: Bounds | None = self.__dict__.get("bounds")
        voter = f"{finding.space}:{finding.who}"
        text = text_of(finding)
        known = self._find(finding.detector, finding.claimed, text)
        self._forget_but(self._untouched_by(finding, voter, known))
        tally = known or self._begun(finding, text)
        vote = tally.votes.get(voter)
        if vote is None:
            if len(tally.votes) >= MOST_DEVICES:
                del tally.votes[next(iter(tally.votes))]
            tally.votes[voter] = Vote(finding.weight, rx, finding.ts, _stayed(finding))
            if "_voters" in self.__dict__:
                self._voters.take(tally, (voter,))
        else:
            vote.take(finding.weight, rx, finding.ts, _stayed(finding))
        for affected in self.__dict__.get("_affected", {}).values():
            affected.take(tally, (voter,))
        if finding.weight >= max(map(_weight_of, tally.votes.values())):
            tally.values = finding.values
        tally.extend(1, finding.cap, finding.ts, finding.ts)
        if finding.is_strong or not self.strong:
            self.last_rx = max(self.last_rx, rx)
            self.first_ts = min(self.first_ts, finding.ts)
            self.last_ts = max(self.last_ts, finding.ts)
        self.newest_rx = max(self.newest_rx, rx)
        self.strong |= finding.is_strong
        if self.alert_id is None and len(self.naming) < NAMING:
            self.naming.append(finding.digest())
            self.seed = self.seed or finding.claimed
        if text is not None:
            remember(self.texts, text)
        report = report_of(finding)
        if text is not None and self._is_void(finding, text):
            report, bounds = None, None
            assert finding.place is not None
            self._leave_out(finding.place)
        if report is not None:
            self.reports.append(report)
            self.taken += 1
            if len(self.reports) > MOST_REPORTS:
                self.reports = fewer(self.reports, MOST_REPORTS - _FORGOTTEN, MOST_OF_ONE)
                bounds = None
            elif bounds is not None:
                bounds = bounds.around(Bounds(report.lat, report.lat, report.lon, report.lon))
            self.middle = mean_of(recent(self.reports, self.last_ts))
        if bounds is not None:
            self.__dict__["bounds"] = bounds
        self.changed = True

    def _is_void(self, finding: Finding, text: Text) -> bool:
        """Whether a text's place is the registered one of the cell in whose name such were sent."""
        place, cell = finding.place, finding.seen_on
        if cell is None or place is None or place.reach_m is None or finding.values.get("by"):
            return False
        return any(
            known.sent_from == cell_key(cell) and known.is_like(text) for known in self.texts
        )

    def _leave_out(self, place: Place) -> None:
        """Leaves out earlier reports of texts that were put at a cell's registered place."""
        left = [
            report
            for report in self.reports
            if report.claimed is not None
            or isnan(report.reach_m)
            or (report.lat, report.lon) != (place.lat, place.lon)
        ]
        if len(left) < len(self.reports):
            self.reports = left
            self.middle = mean_of(recent(left, self.last_ts)) if left else None

    def absorb(self, other: "Incident") -> None:
        """Takes all of another incident in, which then is no more."""
        self.renew()
        for theirs in other.tallies:
            mine = self._find(theirs.detector, theirs.claimed, theirs.text)
            if mine is None:
                self._append(theirs)
                continue
            for voter, vote in theirs.votes.items():
                mine.votes.setdefault(voter, vote).take(*msgspec.structs.astuple(vote))
            for voter in list(mine.votes)[:-MOST_DEVICES]:
                del mine.votes[voter]
            mine.extend(theirs.count, theirs.cap, theirs.first_ts, theirs.last_ts)
        self.strong |= other.strong
        names = [*self.apart, *(name for name in other.apart if name not in self.apart)]
        self.apart = names[-_MOST_NAMES:]
        for text in other.texts:
            remember(self.texts, text)
        self.taken, self.standing = self.taken + other.taken, None
        reports = sorted(self.reports + other.reports, key=_by_time)
        if len(reports) > MOST_REPORTS:
            reports = fewer(reports, MOST_REPORTS, MOST_OF_ONE)
        self.reports = reports
        self.last_rx = max(self.last_rx, other.last_rx)
        self.newest_rx = max(self.newest_rx, other.newest_rx)
        self.first_ts = min(self.first_ts, other.first_ts)
        self.last_ts = max(self.last_ts, other.last_ts)
        if self.reports:
            self.middle = mean_of(recent(self.reports, self.last_ts))
        self.changed = True

    @property
    def alerting(self) -> bool:
        """Whether it has been an alert, here or, since this zone judges as that one does, in the
        zone that publishes it."""
        return self.likely or self.alert_id is not None

    def renew(self) -> None:
        """Forgets what was derived of tallies and reports, since they change."""
        self.__dict__.clear()

    def _forget_but(self, untouched: frozenset[str]) -> None:
        """Forgets what was derived of tallies and reports, but for some."""
        derived = self.__dict__
        for name in [name for name in derived if name not in untouched]:
            del derived[name]

    def _untouched_by(self, finding: Finding, voter: str, tally: Tally | None) -> frozenset[str]:
        """The names of what is derived that a finding, not yet taken into its tally, doesn't
        change."""
        vote = None if tally is None else tally.votes.get(voter)
        if tally is None:
            return _OF_ALL_VOTES
        if vote is None and len(tally.votes) >= MOST_DEVICES:
            return frozenset()
        untouched = _OF_ALL_VOTES | _OF_CLAIMS
        if not finding.is_strong or finding.claimed in self.__dict__.get("_strong_claims", ()):
            untouched |= _OF_STRENGTH
        is_no_stronger = vote is not None and vote.weight >= min(finding.weight, STRONG_WEIGHT)
        return untouched | _OF_VOTERS if is_no_stronger and finding.cap <= tally.cap else untouched

    @cached_property
    def claims(self) -> tuple[Identity, ...]:
        """The claimed identities, each once, in the order of their tallies."""
        return tuple(dict.fromkeys(t.claimed for t in self.tallies if t.claimed is not None))

    @cached_property
    def claims_by_area(self) -> dict[int | None, list[Identity]]:
        """The claims of each area."""
        found: dict[int | None, list[Identity]] = {}
        for one in self.claims:
            found.setdefault(one.area, []).append(one)
        return found

    @cached_property
    def claimed_channels(self) -> set[tuple[str | None, int | None, int | None]]:
        """Technology, channel and code of each claim."""
        return {(one.rat, one.arfcn, one.pci) for one in self.claims}

    @cached_property
    def claimed_domains(self) -> set[str | None]:
        """The technologies of all claims, UMTS with GSM, whose areas are of one kind; empty where
        one isn't known."""
        domains = {one.domain for one in self.claims}
        return set() if None in domains else domains

    @cached_property
    def claimed_codes(self) -> set[Code]:
        """The codes of all claims; those of GSM tell nothing."""
        return {one.code for one in self.claims if one.code is not None}

    @cached_property
    def bare_codes(self) -> set[Code]:
        """The codes of claims that know no channel."""
        return {one.code for one in self.claims if one.arfcn is None and one.code is not None}

    @cached_property
    def received(self) -> list[Tally]:
        """What phones received themselves of identities that are nobody's, where more is strong
        than how they were dealt with."""
        strong = {
            tally.claimed
            for tally in self.tallies
            if tally.family != "protocol"
            and any(vote.weight >= STRONG_WEIGHT for vote in tally.votes.values())
        }
        return [
            tally
            for tally in self.tallies
            if tally.family not in ("signalling", "radio")
            and tally.claimed is not None
            and tally.claimed.cell is not None
            and tally.claimed in strong
        ]

    @cached_property
    def received_by_many(self) -> list[Tally]:
        """As `received`, but for what hardly anybody received."""
        return of_many(self.received)

    @cached_property
    def is_clone(self) -> bool:
        """Whether it is mostly of a registered cell: a row that is wrong, which one phone in five
        found beside a text, doesn't make it one."""
        if not self.poses:
            return False
        posing, texts = set[str](), set[str]()
        for tally in self.tallies:
            if is_posing(tally):
                posing.update(tally.votes)
            elif tally.family == "sms":
                texts.update(tally.votes)
        return _TEXTS_OF_ONE * len(posing) >= len(texts)

    @cached_property
    def campaign(self) -> Text | None:
        """The text that most devices received."""
        return campaign(self.tallies)

    @cached_property
    def devices_by_detector(self) -> dict[str, list[tuple[float, int]]]:
        """The cap and the number of devices of each identity, whatever the texts, by detector."""
        found: dict[str, list[tuple[float, int]]] = {}
        of_texts: dict[tuple[str, Identity | None], list[Tally]] = {}
        for tally in self.tallies:
            if tally.text is None:
                found.setdefault(tally.detector, []).append((tally.cap, len(tally.votes)))
            else:
                of_texts.setdefault((tally.detector, tally.claimed), []).append(tally)
        for (detector, _), tallies in of_texts.items():
            who = set().union(*(tally.votes for tally in tallies))
            found.setdefault(detector, []).append((max(each.cap for each in tallies), len(who)))
        return found

    def voters_of(self, detector: str) -> tuple[str, ...]:
        """Those who found something by a detector, in order."""
        known = self._voters_by_detector.get(detector)
        if known is None:
            who = {v for t in self.tallies if t.detector == detector for v in t.votes}
            known = self._voters_by_detector[detector] = tuple(sorted(who))
        return known

    @cached_property
    def _voters_by_detector(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _voters(self) -> Voters:
        return Voters(self.tallies)

    def affected(self, claimed: Identity) -> Affected:
        """Whom a claimed identity affected."""
        found = self._affected.get(claimed)
        if found is None:
            found = self._affected[claimed] = Affected(claimed, self.tallies)
        return found

    @cached_property
    def _affected(self) -> dict[Identity, Affected]:
        return {}

    @property
    def voters(self) -> Set[str]:
        """All devices and subscribers that found something."""
        return self._voters.everybody

    @property
    def poses(self) -> bool:
        """Whether more devices received a registered cell where it can't be than report identities
        that are nobody's: then it is a clone, or the register is wrong."""
        return self._voters.most_pose

    @cached_property
    def strong_voters(self) -> Set[str]:
        """Those who found what would make an alert of its own accord."""
        return {
            voter
            for tally in self.tallies
            for voter, vote in tally.votes.items()
            if vote.weight >= STRONG_WEIGHT
        }

    def devices(self, family: Family | None = None) -> int:
        """As `Voters.devices`."""
        return self._voters.devices(family)

    @cached_property
    def is_of_texts(self) -> bool:
        """Whether nothing but text messages is known of it, and no cell."""
        return all(tally.family == "sms" and tally.claimed is None for tally in self.tallies)

    @cached_property
    def bounds(self) -> Bounds | None:
        """What all reports lie within; ``None`` without any place."""
        return Bounds.of([(r.lat, r.lon) for r in self.reports]) if self.reports else None

    def newest_ts(self, claimed: Identity | None) -> int:
        """Event time (ms) of the newest finding of an identity, or of any if it is new."""
        own = [tally.last_ts for tally in self.tallies if tally.claimed == claimed]
        return max(own, default=self.last_ts)

    def apart_m(self, other: "Incident") -> float:
        """No report is nearer to any of another incident's (m)."""
        if self.bounds is None or other.bounds is None:
            return 0.0
        return self.bounds.apart_m(other.bounds)

    @cached_property
    def reception(self) -> tuple[float, float, float] | None:
        """The middle of the phones that received it lately (degrees), and how far from it most were
        at most (m), where its victims may be, too; ``None`` where few received it.

        A phone counts once, and those farthest off don't: they may be hostile.
        """
        places: dict[str, list[tuple[float, float]]] = {}
        for report in self.received_at(self.last_ts - _LATELY_MS, self.last_ts):
            places.setdefault(report.who, []).append((report.lat, report.lon))
        if len(places) < _ENOUGH_RECEIVERS + _HOSTILE:
            return None
        phones = [tuple(map(median, zip(*some, strict=True))) for some in places.values()]
        lat, lon = map(median, zip(*phones, strict=True))
        far_m = sorted(great_circle_m(lat, lon, *phone) for phone in phones)[:-_HOSTILE]
        within_m = far_m[int(_MOST_RECEIVERS * (len(far_m) - 1))]
        return lat, lon, min(within_m, _FARTHEST_RECEIVED_M)

    def received_at(self, since_ts: int, until_ts: int) -> Iterator[Report]:
        """Reports of phones that received it themselves, of a span of event time (ms)."""
        return (
            report
            for report in self.reports
            if report.claimed is not None
            and isnan(report.reach_m)
            and since_ts <= report.ts <= until_ts
        )

    @cached_property
    def _first_reported(self) -> dict[Identity | None, dict[str, int]]:
        """When each device first reported each claimed identity (ms), as far as it is kept."""
        found: dict[Identity | None, dict[str, int]] = {}
        reports = ((r.claimed, r.who, r.ts) for r in self.reports)
        votes = ((t.claimed, who, v.seen) for t in self.tallies for who, v in t.votes.items())
        for claimed, who, ts in chain(votes, reports):
            first = found.setdefault(claimed, {})
            first[who] = min(ts, first.get(who, ts))
        return found

    @cached_property
    def _reported_since(self) -> dict[Identity | None, int]:
        return {}

    def one_reported_since(self, claimed: Identity | None) -> int:
        """As `reported_since`, of one identity: it is asked of each by all candidates."""
        since = self._reported_since.get(claimed)
        if since is None:
            since = self._reported_since[claimed] = self.reported_since([claimed])
        return since

    def reported_since(self, claims: Collection[Identity | None]) -> int:
        """When some of the claimed identities were first reported (ms). Where that is long before
        anything arrived, it is the second of several phones that counts: the first may have a clock
        that is behind."""
        own = (tally.first_ts for tally in self.tallies if tally.claimed in claims)
        first_ts = min(own, default=self.first_ts)
        if first_ts >= self.first_rx - _BEHIND_MS:
            return first_ts
        first: dict[str, int] = {}
        for claimed in claims:
            for who, ts in self._first_reported.get(claimed, {}).items():
                first[who] = min(ts, first.get(who, ts))
        if len(first) < _SEVERAL:
            return first_ts
        # The oldest reports may be forgotten.
        return min(sorted(first.values())[1], self.first_rx)

    def moment(self, ts: int) -> tuple[list[Report], tuple[float, float]]:
        """The reports about a moment if there are enough, else the recent ones; and their middle.
        There must be a place."""
        reports, times_ms = self._in_time
        span = about(times_ms, ts)
        if span not in self._moments:
            if len(self._moments) >= _MOMENTS_KEPT:
                self._moments.clear()
            chosen = reports[slice(*span)] if span else recent(self.reports, self.last_ts)
            self._moments[span] = chosen, mean_of(chosen)
        return self._moments[span]

    @cached_property
    def _in_time(self) -> tuple[list[Report], list[int]]:
        """The reports in order of event time, and their times."""
        reports = sorted(self.reports, key=_by_time)
        return reports, [report.ts for report in reports]

    @cached_property
    def _moments(
        self,
    ) -> dict[tuple[int, int] | None, tuple[list[Report], tuple[float, float]]]:
        return {}

    def middle_at(self, ts: int) -> tuple[float, float] | None:
        """The middle of the reports about a `moment`; ``None`` without any place."""
        return self.moment(ts)[1] if self.reports else None

    def identities(self) -> list[Identity]:
        """Claimed identities, the most recent first; merely unknown ones only without others."""
        latest: dict[Identity, int] = {}
        claims = [tally for tally in self.tallies if tally.claimed is not None]
        strong = self.strong_claims()
        for tally in [tally for tally in claims if tally.claimed in strong] or claims:
            if tally.claimed is not None:
                latest[tally.claimed] = max(tally.last_ts, latest.get(tally.claimed, 0))
        return [
            claimed for _, claimed in sorted(((-ts, c) for c, ts in latest.items()), key=_by_ts)
        ]

    def strong_claims(self) -> set[Identity | None]:
        """What was claimed where any finding about it would make an alert of its own accord."""
        return self._strong_claims

    @cached_property
    def _strong_claims(self) -> set[Identity | None]:
        return {
            tally.claimed
            for tally in self.tallies
            if any(vote.weight >= STRONG_WEIGHT for vote in tally.votes.values())
        }

    def _find(self, detector: str, claimed: Identity | None, text: Text | None) -> Tally | None:
        for tally in self.tallies:
            if tally.is_about(detector, claimed, text):
                return tally
        return None

    def _begun(self, finding: Finding, text: Text | None) -> Tally:
        """A new tally for a finding's detector, identity and text, without the finding itself."""
        tally = Tally(
            finding.detector,
            finding.version,
            finding.family,
            finding.claimed,
            finding.cap,
            0,
            finding.ts,
            finding.ts,
            text=text,
        )
        self._append(tally)
        return tally

    def _append(self, tally: Tally) -> None:
        """Makes room by forgetting the tally of fewest devices, as far as they are left; where
        there are many texts, one of them."""
        among = self.tallies
        if tally.text is not None:
            of_texts = [each for each in among if each.text is not None]
            among = of_texts if len(of_texts) >= _TEXT_TALLIES else among
        if among is not self.tallies or len(among) >= MOST_TALLIES:
            self.tallies.remove(min(among, key=self._lasting))
            self.renew()
        self.tallies.append(tally)

    def _lasting(self, tally: Tally) -> tuple[float, int]:
        """How much a tally is worth keeping, and of those that are worth as much, when the newest
        was seen."""
        return len(tally.votes) * tally.left(self.newest_rx), tally.last_ts


_weight_of: Final = attrgetter("weight")
_by_time: Final = attrgetter("ts")


def _by_ts(entry: tuple[int, Identity]) -> tuple[int, str]:
    return entry[0], repr(entry[1])


def _stayed(finding: Finding) -> bool:
    """Whether it says that the core had the phone here just before."""
    return bool(finding.values.get("stayed"))
