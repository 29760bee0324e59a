"""The life of campaigns: begun by a finding, published as an alert, updated, closed, forgotten.

The counterpart of `detectors.correlate.lifecycle` for the zone of calls. All times are arrival
times of messages, so the same findings give the same alerts at any speed.
"""

from typing import Final

from msgspec.structs import replace

from detectors.alert.record import Alert, Ending
from detectors.alert.rights import MOST_MUTE_S, mutes_alone
from detectors.calls.alert import accused, alert_id, build, named, part_of
from detectors.calls.dues import Dues
from detectors.calls.following import Following, to_be_marked
from detectors.calls.fusion import (
    being_rung,
    is_accused,
    is_of_absent_line,
    is_of_surge,
    is_rung_anyway,
    lasting,
    log_odds,
    nats,
    role_of,
    total,
    weighed,
    weighs_unrung,
)
from detectors.calls.incident import CallIncident
from detectors.calls.joining import join
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallIndex, CallsState, Past
from detectors.context.verdicts import CONFIRMED, HONEST, WITHDRAWN, Outcome, Verdict
from detectors.model.finding import Finding

_MINUTE_MS: Final = 60_000
#: Log-odds that are beyond doubt above those of an alert, however they were rounded.
_ROUNDED: Final = 1e-9


class CallLifecycle:
    """Steps over campaigns, which they change in place, by an index over their state."""

    def __init__(self, settings: CallSettings, state: CallsState) -> None:
        self._settings, self.state = settings, state
        self._index = CallIndex(state)
        self._dues = Dues(self._due_of, state.incidents)
        self._least = nats(settings.open_probability)
        #: What is made beside alerts.
        self.following = Following(settings, state)
        #: When time alone next has an effect on what the last finding went to.
        self.due_ms = 0

    def take(self, finding: Finding, rx: int) -> list[Alert]:
        """One finding in its turn: the revisions that it brings, if any."""
        about = finding.of_calls
        if about is not None and self.state.muted.get(about.number or "", 0) > rx:
            return []
        against = 0.0
        if about is not None and about.number is not None and about.role == "caller":
            finding, against = self._weighed(finding, about.number, rx)
            if is_of_absent_line(finding) and self.state.both_ways.calls_at_home(about.number, rx):
                about = replace(about, role="impersonated")
                finding = replace(finding, of_calls=about)
        one, merged = join(self._index, finding, rx, self._settings, against)
        alerts = self._make_room(one, rx)
        for gone in merged:
            if gone.alert_id is not None:
                part_of(one, gone)
                alerts.append(self._close(gone, rx, "joined"))
        self._press(one, finding)
        if one.alert_id is None or self._update_ms(one) <= rx:
            alerts += self._revise(one, rx, None if about is None else about.number)
        self._dues.note(one.number)
        self.following.found(finding, lambda: self._accusing(one, finding))
        dues = (self._due_ms(one), self.following.next_due_ms())
        self.due_ms = min(due for due in dues if due is not None)
        return alerts

    def _weighed(self, finding: Finding, number: str, rx: int) -> tuple[Finding, float]:
        """A finding about a number, with what it weighs more where nobody rings that; and what
        speaks against a fraud in who rings it and how long it lasts (nats).

        A number that was rung before it rang others is somebody's. That excuses nothing, since
        people's SIMs are sold.
        """
        one, both_ways = self._index.of_number(number), self.state.both_ways
        made, people, in_all = both_ways.of_late(number, rx)
        rung = being_rung(made, people, self._settings)
        if rung > 0.0:
            rung = round(rung * both_ways.watched(rx), 3)
        against = min(0.0, rung) + lasting(in_all, self._settings)
        nats_of_it = {} if one is None else one.nats_of(number)
        if rung <= 0.0 or not weighs_unrung(finding, nats_of_it):
            return finding, against
        somebodys = not is_rung_anyway(nats_of_it) and both_ways.is_somebodys(number, rx)
        return finding if somebodys else weighed(finding, rung), against

    def take_verdict(self, verdict: Verdict, rx: int) -> tuple[list[Alert], Outcome]:
        """What somebody found out about an alert: honest numbers are quiet from then on. The rules
        are those of `detectors.correlate.lifecycle.Lifecycle.take_verdict`."""
        kind = verdict.kind
        one = next((i for i in self._index if i.alert_id == verdict.alert_id), None)
        about = one or self.state.past.get(verdict.alert_id)
        if about is None:
            return [], "unknown"
        if verdict.given_ms < about.judged_ms:
            return [], "repeated"
        about.judged_ms, former = verdict.given_ms, about.verdict
        about.verdict = None if kind == WITHDRAWN else kind
        self._mark(about, verdict, former, rx)
        if former == about.verdict:
            if kind in HONEST and one is None and mutes_alone(verdict.role):
                # A dispatcher agrees with a team, whose own mute is a short one.
                self._mute(about, verdict, rx)
            return [], "repeated"
        if kind in (WITHDRAWN, CONFIRMED) and one is None:
            self.state.lift(about.numbers)
        if kind not in HONEST:
            return [], "taken"
        self._mute(about, verdict, rx)
        if one is None:
            return [], "taken"
        closed = [self._close(one, rx, "verdict")]
        self._index.remove((one.number,))
        return closed, "taken"

    def _mark(
        self, about: CallIncident | Past, verdict: Verdict, former: str | None, rx: int
    ) -> None:
        """Our own marks of the numbers that an alert accuses, by its newest verdict."""
        if about.verdict == CONFIRMED:
            numbers = about.to_mark if isinstance(about, Past) else self._to_mark(about)
            self.following.confirmed(verdict.alert_id, numbers, rx)
        elif former == CONFIRMED:
            self.following.doubted(verdict.alert_id, rx)

    def _to_mark(self, one: CallIncident) -> dict[str, str | None]:
        settings = self._settings
        return to_be_marked(one, list(accused(one, settings))[::-1], settings)

    def _mute(self, about: CallIncident | Past, verdict: Verdict, rx: int) -> None:
        """Keeps the numbers of an alert quiet, for as long as whoever gave the verdict may."""
        settings, alone = self._settings, mutes_alone(verdict.role)
        until_ms = verdict.until_ms
        if until_ms is None:
            until_ms = rx + int(settings.mute_s * 1000)
        most_s = MOST_MUTE_S if alone else settings.mute_field_s
        self.state.mute(about.numbers, min(until_ms, rx + int(most_s * 1000)))
        self.following.honest(about.numbers, rx)

    def next_due_ms(self) -> int | None:
        """Arrival time at which time alone next has an effect."""
        dues = (self._dues.next_ms(), self.following.next_due_ms())
        return min((due for due in dues if due is not None), default=None)

    def pass_time(self, now_ms: int) -> list[Alert]:
        """What is due at ``now_ms``: held-back updates, closings, candidates to forget."""
        alerts: list[Alert] = []
        for one in map(self.state.incidents.__getitem__, self._dues.take(now_ms)):
            if now_ms < self._end_ms(one):
                alerts += self._revise(one, one.last_rx)
                self._dues.note(one.number)
                continue
            if one.alert_id is not None:
                alerts.append(self._close(one, now_ms, "silent"))
            self._index.remove((one.number,))
        self.following.pass_time(now_ms)
        return alerts

    def flush(self) -> list[Alert]:
        """Publishes updates that were held back: nothing more is to come for now."""
        alerts: list[Alert] = []
        for one in self._index:
            if one.changed and one.alert_id is not None:
                alerts += self._revise(one, one.last_rx)
        return alerts

    def _revise(self, one: CallIncident, rx: int, number: str | None = None) -> list[Alert]:
        """The next revision, if there is one; ``number`` is that of a finding that brings it."""
        odds = log_odds(one, self._settings)
        one.peak = max(one.peak, odds)
        if one.alert_id is None:
            if not self._accuses(one, odds, number):
                return []
            one.alert_id, one.opened_rx = alert_id(one), rx
        named(one)
        alert = build(one, "update" if one.revision else "open", rx, self._settings)
        self._published(one, alert)
        return [alert]

    def _make_room(self, newest: CallIncident, rx: int) -> list[Alert]:
        """Where there are too many campaigns, the longest silent go; their alerts are closed."""
        gone = self._index.too_many(newest)
        alerts = [self._close(one, rx, "room") for one in gone if one.alert_id is not None]
        self._index.remove([one.number for one in gone])
        return alerts

    def _close(self, one: CallIncident, rx: int, why: Ending) -> Alert:
        alert = build(one, "closed", rx, self._settings, why)
        self._published(one, alert)
        self.state.remember(one, alert.alert_id, self._to_mark(one))
        return alert

    def _published(self, one: CallIncident, alert: Alert) -> None:
        self.following.revised(alert, one)
        one.revision, one.revised_rx = alert.revision, alert.ts
        one.changed, one.presses, one.new_calls = False, False, 0
        for each in alert.numbers:
            known = one.numbers[each.number]
            known.listed = each.role == known.role

    def _press(self, one: CallIncident, finding: Finding) -> None:
        """Notes whether a finding makes its number one that is accused and not yet named."""
        number = finding.of_calls.number if finding.of_calls is not None else None
        known = one.numbers.get(number or "")
        if number is None or one.alert_id is None or known is None or known.listed:
            return
        is_named_anew = role_of(one, number, self._settings) == known.role
        one.presses |= is_named_anew and is_accused(one, number, self._settings)

    def _accuses(self, one: CallIncident, odds: float, number: str | None) -> bool:
        """Whether a candidate is sure enough for an alert, and so is one of its numbers, or that
        they are a machine's.

        What a sure campaign brings to a number counts by what is known of the number itself alone
        (`detectors.calls.fusion.odds_of_number`). So where none was accused before, only the one
        that something was found about can be now.
        """
        numbers = [number] if one.accuses_nobody else list(one.numbers)
        one.accuses_nobody = False
        if odds < self._least:
            return False
        settings, of_all = self._settings, total(one, self._settings)
        for each in numbers:
            if each not in one.numbers:
                continue
            if is_accused(one, each, settings, of_all) or is_of_surge(one, each, settings):
                return True
        one.accuses_nobody = odds > self._least + _ROUNDED
        return False

    def _accusing(self, one: CallIncident, finding: Finding) -> str | None:
        """The alert that accuses the number of a finding which is of this campaign."""
        number = finding.of_calls.number if finding.of_calls is not None else None
        if one.alert_id is None or number not in one.numbers:
            return None
        return one.alert_id if is_accused(one, number, self._settings) else None

    def _update_ms(self, one: CallIncident) -> int:
        settings = self._settings
        if one.new_calls >= settings.update_calls:
            return one.revised_rx
        is_calm = one.revised_rx - one.opened_rx >= settings.calm_after_s * 1000
        is_held = is_calm and not one.presses
        every_s = settings.calm_update_every_s if is_held else settings.update_every_s
        return one.revised_rx + int(every_s * 1000)

    def _end_ms(self, one: CallIncident) -> int:
        ends_ms = one.last_rx + int(self._settings.close_after_s * 1000)
        # Candidates are forgotten at full minutes, since there may be many of them.
        return ends_ms if one.alert_id is not None else -(-ends_ms // _MINUTE_MS) * _MINUTE_MS

    def _due_of(self, number: int) -> int | None:
        one = self.state.incidents.get(number)
        return None if one is None else self._due_ms(one)

    def _due_ms(self, one: CallIncident) -> int:
        if one.changed and one.alert_id is not None:
            return min(self._update_ms(one), self._end_ms(one))
        return self._end_ms(one)
