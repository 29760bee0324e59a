"""Which notices of victims go out: one of a level within its time, a higher level at once, and
again when an alert opens that accuses who called."""

from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.acting.notice import VictimNotice
from detectors.model.codes import LEVELS

#: People that are remembered, those of the newest notices.
MOST_REMINDED: Final = 100_000
#: Numbers that called one of them, the newest.
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

    def take(
        self, notice: VictimNotice, caller: str | None, alert_ids: tuple[str, ...]
    ) -> list[VictimNotice]:
        """A notice as it was found; ``alert_ids`` are those that accuse the caller."""
        former = self._valid(notice.subscriber, notice.ts)
        callers = (caller,) if caller is not None else ()
        if former is not None:
            callers = tuple(dict.fromkeys((*callers, *former.callers)))[:_MOST_CALLERS]
            alert_ids = _with(former.notice.alert_ids, alert_ids)
            if LEVELS.index(notice.level) <= LEVELS.index(former.notice.level):
                same = msgspec.structs.replace(former.notice, ts=notice.ts, alert_ids=alert_ids)
                is_news = alert_ids != former.notice.alert_ids
                kept = same if is_news else former.notice
                self._keep(notice.subscriber, Reminded(kept, callers))
                return [same] if is_news else []
        notice = msgspec.structs.replace(notice, alert_ids=alert_ids)
        self._keep(notice.subscriber, Reminded(notice, callers))
        return [notice]

    def accused(self, alert_id: str, numbers: Iterable[str], ts: int) -> list[VictimNotice]:
        """An alert accuses some numbers: the notices about those whom these called, with it."""
        made = []
        for person in self._called_by(numbers):
            former = self._valid(person, ts)
            if former is None or alert_id in former.notice.alert_ids:
                continue
            alert_ids = _with(former.notice.alert_ids, (alert_id,))
            notice = msgspec.structs.replace(former.notice, ts=ts, alert_ids=alert_ids)
            self._keep(person, Reminded(notice, former.callers))
            made.append(notice)
        return made

    def _called_by(self, numbers: Iterable[str]) -> list[str]:
        people = (person for number in numbers for person in self._called.get(number, ()))
        return list(dict.fromkeys(people))

    def _valid(self, person: str, ts: int) -> Reminded | None:
        one = self._reminded.get(person)
        return one if one is not None and one.notice.valid_until > ts else None

    def _keep(self, person: str, one: Reminded) -> None:
        if person in self._reminded:
            self._forget(person)
        self._reminded[person] = one
        self._note(person, one.callers)
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
