"""Alerts that become known after a notice of a victim: the notice goes out again, with them.

Which notices there are at all is decided in `detectors.acting.victims`; here is remembered who had
called whom, so that an alert which opens later, and accuses a number, is named to those it called.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.acting.notice import VictimNotice

#: People that are remembered, those of the newest notices.
MOST_REMINDED: Final = 1 << 16
#: Numbers that called one of them, the newest first.
_MOST_CALLERS: Final = 4
_MOST_ALERTS: Final = 8


class Reminded(msgspec.Struct, frozen=True, array_like=True):
    """The newest notice about somebody, and who had called."""

    notice: VictimNotice
    callers: tuple[str, ...]


class Reminders:
    """Remembers in ``reminded``, by person and the newest last, which it changes in place."""

    def __init__(self, reminded: dict[str, Reminded]) -> None:
        self._reminded = reminded
        self._called: dict[str, dict[str, None]] = {}
        for person, one in reminded.items():
            self._note(person, one.callers)

    def given(self, notice: VictimNotice) -> VictimNotice:
        """A notice that is due; also with the alerts that the one before it named, if valid."""
        former = self._valid(notice.subscriber, notice.ts)
        if former is not None:
            alert_ids = _with(former.notice.alert_ids, notice.alert_ids)
            notice = msgspec.structs.replace(notice, alert_ids=alert_ids)
        self._keep(notice, former.callers if former is not None else ())
        return notice

    def called(self, person: str, number: str, ts: int) -> None:
        """Notes that somebody of whom there is a notice was called by a suspect number."""
        former = self._valid(person, ts)
        if former is not None and number not in former.callers:
            self._keep(former.notice, (number, *former.callers)[:_MOST_CALLERS])

    def accused(self, alert_id: str, numbers: Iterable[str], ts: int) -> list[VictimNotice]:
        """An alert accuses some numbers: the notices about those whom these called, with it."""
        made = []
        for person in self._called_by(numbers):
            former = self._valid(person, ts)
            if former is None or alert_id in former.notice.alert_ids:
                continue
            alert_ids = _with(former.notice.alert_ids, (alert_id,))
            notice = msgspec.structs.replace(former.notice, ts=ts, alert_ids=alert_ids)
            self._keep(notice, former.callers)
            made.append(notice)
        return made

    def _called_by(self, numbers: Iterable[str]) -> list[str]:
        people = (person for number in numbers for person in self._called.get(number, ()))
        return list(dict.fromkeys(people))

    def _valid(self, person: str, ts: int) -> Reminded | None:
        one = self._reminded.get(person)
        return one if one is not None and one.notice.valid_until > ts else None

    def _keep(self, notice: VictimNotice, callers: tuple[str, ...]) -> None:
        person = notice.subscriber
        if person in self._reminded:
            self._forget(person)
        self._reminded[person] = Reminded(notice, callers)
        self._note(person, callers)
        if len(self._reminded) > MOST_REMINDED:
            self._forget(next(iter(self._reminded)))

    def _note(self, person: str, callers: Iterable[str]) -> None:
        for caller in callers:
            self._called.setdefault(caller, {})[person] = None

    def _forget(self, person: str) -> None:
        for caller in self._reminded.pop(person).callers:
            people = self._called[caller]
            del people[person]
            if not people:
                del self._called[caller]


def _with(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))[-_MOST_ALERTS:]
