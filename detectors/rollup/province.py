"""What a province puts up: its alerts about calls, summed up, and counts by hour and kind.

All is made of the revisions of alerts alone, so that reading them again gives the same.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from detectors.acting.marks import FRAUD, HOLDS_MS
from detectors.alert.record import Alert
from detectors.context.verdicts import HONEST, WITHDRAWN
from detectors.model.finding import CALL_ALERTS
from detectors.model.rare_messages import OURS
from detectors.rollup.records import Campaign, Mark, Suspect, Window
from detectors.rollup.sketch import Sketch

_ACCUSED: Final = 0.5
_WINDOW_MS: Final = 3_600_000
#: Alerts that are remembered; of more the oldest are forgotten.
_MOST_ALERTS: Final = 20_000
_MOST_NUMBERS: Final = 1_000_000
#: An accusation that rests on marks itself would come back as one.
_MADE_OF_MARKS: Final = "reputation"

Named = Callable[[str], str | None]


class _Counts(msgspec.Struct):
    suspects: Sketch
    calls: Sketch
    alerts: set[str]
    people: int = 0


class _Seen(msgspec.Struct):
    revision: int
    people: int
    numbers: frozenset[str]
    calls: frozenset[str]
    #: National names, as they were when the number was new: a key may change after.
    named: dict[str, str | None]


class Province:
    """Takes revisions of alerts; ``named`` gives the national name of a number, if it has one."""

    def __init__(self, name: str, keep_ms: int) -> None:
        self.name, self._keep_ms = name, keep_ms
        self._seen: dict[str, _Seen] = {}
        #: What each alert says of a number.
        self._accusing: dict[str, dict[str, Mark]] = {}
        self._windows: dict[tuple[int, str], _Counts] = {}
        #: When any alert was seen last.
        self.newest_ms = 0
        self._changed: set[tuple[int, str]] = set()

    def take(self, alert: Alert, named: Named) -> tuple[Campaign, list[Mark]] | None:
        """One revision: what is to be said of it, and of the numbers that it accuses; ``None`` for
        what is no news, or not about calls."""
        before = self._seen.pop(alert.alert_id, None)
        if before is not None and before.revision >= alert.revision:
            self._seen[alert.alert_id] = before
            return None
        if alert.kind not in CALL_ALERTS:
            return None
        known = {} if before is None else before.named
        suspects = [one for one in alert.numbers if one.role != "impersonated"]
        names = {
            one.number: known[one.number] if one.number in known else named(one.number)
            for one in suspects
        }
        numbers = [
            Suspect(national, one.prefix, one.kind, one.role)
            for one in suspects
            if (national := names[one.number]) is not None
        ]
        self._count(alert, before, frozenset(one.number for one in numbers))
        self._seen[alert.alert_id] = _Seen(
            alert.revision,
            alert.devices,
            frozenset(one.number for one in numbers),
            frozenset(alert.calls),
            names,
        )
        if len(self._seen) > _MOST_ALERTS:
            del self._seen[next(iter(self._seen))]
        campaign = self._campaign(alert, numbers)
        return campaign, [self._of_all(campaign.alert_id, mark) for mark in marks_of(campaign)]

    def _of_all(self, alert_id: str, mark: Mark) -> Mark:
        """What all alerts say of a number of which one says something new."""
        given = self._accusing.pop(mark.number, {})
        given[alert_id] = mark
        given = {name: one for name, one in given.items() if one.count > 0}
        if given:
            self._accusing[mark.number] = given
            if len(self._accusing) > _MOST_NUMBERS:
                del self._accusing[next(iter(self._accusing))]
        return max(given.values(), key=lambda one: one.ts, default=mark)

    def windows(self, versions: dict[tuple[int, str], int], now_ms: int) -> list[Window]:
        """The windows that have changed since this was asked last; ``versions`` are those that
        were put up before, which it brings up to date."""
        self._forget()
        changed = []
        for place in sorted(self._changed):
            counts = self._windows[place]
            versions[place] = versions.get(place, 0) + 1
            changed.append(
                Window(
                    province=self.name,
                    start=place[0],
                    length_s=_WINDOW_MS // 1000,
                    group=place[1],
                    version=versions[place],
                    as_of=now_ms,
                    alerts=len(counts.alerts),
                    people=counts.people,
                    suspects=counts.suspects.bytes(),
                    calls=counts.calls.bytes(),
                )
            )
        self._changed.clear()
        return changed

    def _count(self, alert: Alert, before: _Seen | None, numbers: frozenset[str]) -> None:
        """Counts what is new in a revision into the hour of its newest evidence, unless that is
        long over."""
        self.newest_ms = max(self.newest_ms, alert.last_seen)
        start = alert.last_seen // _WINDOW_MS * _WINDOW_MS
        if start < self.newest_ms - self._keep_ms:
            return
        place = (start, alert.kind)
        calls, people = frozenset(alert.calls), alert.devices
        if before is not None:
            numbers, calls = numbers - before.numbers, calls - before.calls
            people -= before.people
        if not numbers and not calls and people <= 0:
            return
        counts = self._windows.get(place)
        if counts is None:
            counts = self._windows[place] = _Counts(Sketch(), Sketch(), set())
            self._forget()
        counts.suspects.add(sorted(numbers))
        counts.calls.add(sorted(calls))
        counts.alerts.add(alert.alert_id)
        counts.people += max(0, people)
        self._changed.add(place)

    def _forget(self) -> None:
        """Forgets hours that are long over."""
        first = self.newest_ms - self._keep_ms
        for old in [one for one in self._windows if one[0] < first]:
            del self._windows[old]
            self._changed.discard(old)

    def _campaign(self, alert: Alert, numbers: list[Suspect]) -> Campaign:
        return Campaign(
            province=self.name,
            alert_id=alert.alert_id,
            revision=alert.revision,
            status=alert.status,
            kind=alert.kind,
            probability=alert.probability,
            ts=alert.ts,
            first_seen=alert.first_seen,
            last_seen=alert.last_seen,
            calls=alert.reports,
            people=alert.devices,
            numbers=numbers,
            honest=alert.verdict in HONEST or alert.verdict == WITHDRAWN,
            rules=[one.detector for one in alert.evidence],
        )


def marks_of(campaign: Campaign) -> list[Mark]:
    """What an alert says of the numbers that it accuses; with a count of 0, that it says nothing
    any more. One that rests on marks gives none: a mark would come back as its own witness."""
    if _MADE_OF_MARKS in campaign.rules:
        return []
    holds = campaign.probability >= _ACCUSED and not campaign.honest
    return [
        Mark(
            province=campaign.province,
            number=one.number,
            by=OURS,
            mark=FRAUD,
            ts=campaign.last_seen,
            count=int(holds),
            valid_until=campaign.last_seen + HOLDS_MS,
            prefix=one.prefix,
        )
        for one in campaign.numbers
    ]
