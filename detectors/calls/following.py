"""What follows from campaigns: notices of those who were called, proposals of what to do, marks."""

from collections.abc import Callable, Iterable, Mapping

from detectors.acting.marks import Marks, OwnMark
from detectors.acting.notice import VictimNotice
from detectors.acting.proposals import Proposals, Suspect
from detectors.acting.record import FraudAction
from detectors.acting.reminders import Reminders
from detectors.acting.victims import DETECTOR, notices
from detectors.alert.record import Alert
from detectors.calls.fusion import contributions, families, odds_of_number, role_of, spoken
from detectors.calls.incident import CallIncident
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.context.verdicts import CONFIRMED
from detectors.incident.fusion import probability
from detectors.model.finding import Finding


class Following:
    """Gathers them until they are taken (`drain`, `drain_marks`); remembers in the state of the
    zone of calls."""

    def __init__(self, settings: CallSettings, state: CallsState) -> None:
        self._settings = settings
        self._noticed = state.noticed
        self._reminders = Reminders(state.reminded)
        self._proposals = Proposals(settings.acting, state.standing)
        self._marks = Marks(state.marked)
        self._notices: list[VictimNotice] = []
        self._made_marks: list[OwnMark] = []
        self._actions: list[FraudAction] = []

    def found(self, finding: Finding, accusing: Callable[[], str | None]) -> None:
        """A finding in its turn; ``accusing`` gives the alert that accuses its number."""
        about = finding.of_calls
        if finding.detector != DETECTOR or about is None:
            return

        def alerts_of(_: Finding) -> tuple[str, ...]:
            alert_id = accusing()
            return () if alert_id is None else (alert_id,)

        for made in notices(self._noticed, [finding], alerts_of):
            notice = self._reminders.given(made)
            self._notices.append(notice)
            self._actions += self._proposals.of_victim(notice)
        if (number := about.number) is not None:
            for person in about.people:
                self._reminders.called(person, number, finding.rx_ts)

    def revised(self, alert: Alert, one: CallIncident) -> None:
        """A revision of an alert, made of a campaign."""
        numbers = [each.number for each in alert.numbers]
        if alert.status != "closed":
            self._notices += self._reminders.accused(alert.alert_id, numbers, alert.ts)
        given = contributions(one.shares)
        by_family = families(given, one.shares, self._settings)
        of_all = sum(by_family.values())
        suspects = [self._suspect(one, number, of_all) for number in numbers]
        is_spoofed = by_family.get("number", 0.0) >= self._settings.least_family_nats
        counted = spoken(given, one.shares, self._settings)
        self._actions += self._proposals.of_alert(alert, suspects, counted, is_spoofed)
        if alert.verdict == CONFIRMED:
            marked = to_be_marked(one, numbers, self._settings)
            self.confirmed(alert.alert_id, marked, alert.ts)

    def confirmed(self, alert_id: str, numbers: Mapping[str, str | None], rx: int) -> None:
        """An alert that accuses some numbers is confirmed; each with its first digits."""
        self._made_marks += self._marks.confirmed(alert_id, numbers, rx)

    def doubted(self, alert_id: str, rx: int) -> None:
        """An alert is no longer confirmed by its newest verdict."""
        self._made_marks += self._marks.doubted(alert_id, rx)

    def honest(self, numbers: Iterable[str], rx: int) -> None:
        """A verdict finds some numbers honest."""
        numbers = list(numbers)
        self._actions += self._proposals.restored(numbers, rx, "found to be honest")
        self._made_marks += self._marks.honest(numbers, rx)

    def next_due_ms(self) -> int | None:
        """When the next proposal or mark expires."""
        dues = (self._proposals.next_due_ms(), self._marks.next_due_ms())
        return min((due for due in dues if due is not None), default=None)

    def pass_time(self, now_ms: int) -> None:
        """Takes back what has expired."""
        self._actions += self._proposals.expired(now_ms)
        self._made_marks += self._marks.expired(now_ms)

    def drain_marks(self) -> list[OwnMark]:
        """Marks made and taken back since this was asked last, in order."""
        made, self._made_marks = self._made_marks, []
        return made

    def drain(self) -> tuple[list[VictimNotice], list[FraudAction]]:
        """Notices and proposals since this was asked last, in order."""
        notices, self._notices = self._notices, []
        actions, self._actions = self._actions, []
        return notices, actions

    def _suspect(self, one: CallIncident, number: str, of_all: float) -> Suspect:
        known = one.numbers[number]

        def chance() -> float:
            return probability(odds_of_number(one, number, self._settings, of_all))

        own = families(one.nats_of(number), one.shares, self._settings)
        is_spoofed = own.get("number", 0.0) >= self._settings.least_family_nats
        role = role_of(one, number, self._settings)
        what = (number, role, known.kind, known.prefix)
        return Suspect(*what, known.spared, is_spoofed, chance)


def to_be_marked(
    one: CallIncident, numbers: Iterable[str], settings: CallSettings
) -> dict[str, str | None]:
    """Of the numbers that an alert accuses those that others may be warned of, with their first
    digits: neither impersonated ones nor those that the operator's list protects or trusts."""
    known = {number: one.numbers[number] for number in numbers}
    return {
        number: each.prefix
        for number, each in known.items()
        if role_of(one, number, settings) != "impersonated" and not each.spared
    }
