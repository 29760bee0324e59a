"""From revisions of alerts to proposals for the operator's own systems, by the settings' table.

A proposal is made once and again when half of its time is over and the alert still goes on. What
lasts is taken back (`restore`) when it expires, when a verdict finds the numbers honest, and when
a number turns out to be somebody's who is impersonated. Numbers that the operator's list protects
or trusts, that others impersonate, and those of emergencies and services are left alone. One at
home that may only be shown by somebody else (what it says, or where it came in, is odd) is not
blocked: its owner would be.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

import msgspec

from detectors.acting.notice import VictimNotice
from detectors.acting.record import LASTING, Deed, FraudAction
from detectors.acting.settings import ActingSettings, When
from detectors.alert.record import Alert

#: What lasts, in the order in which a reason names it.
_LASTING: Final[tuple[Deed, ...]] = tuple(sorted(LASTING))
#: Proposals that are remembered; the oldest of more expire with whoever read them.
MOST_STANDING: Final = 100_000
#: Classes of numbers that no single subscriber has: to block one would hit what it stands for.
OF_NOBODY: Final = frozenset({"short", "service", "400"})


class Suspect(NamedTuple):
    """A number of an alert. ``spared``: the operator's list protects or trusts it;
    ``is_spoofed``: what it says, or where it came in, speaks against it. ``chance`` gives the
    probability that it takes part itself, which is worked out where it matters."""

    number: str
    role: str
    number_class: str | None
    prefix: str | None
    spared: bool
    is_spoofed: bool
    chance: Callable[[], float]


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """A proposal that has not expired: until when (ms), and what it rests on."""

    expires: int
    lasts_ms: int
    alert_id: str


class Proposals:
    """Makes proposals, and remembers those that stand in ``standing``, by action and whom it is
    about, which it changes in place."""

    def __init__(self, settings: ActingSettings, standing: dict[str, Standing]) -> None:
        self._settings, self._standing = settings, standing
        self._ends = [(one.expires, name) for name, one in standing.items()]
        heapify(self._ends)

    def of_alert(
        self, alert: Alert, suspects: Iterable[Suspect], families: int, is_spoofed: bool
    ) -> list[FraudAction]:
        """What a revision of an alert gives reason for; ``families`` is how many of evidence speak
        for it, ``is_spoofed`` whether one of them is what numbers say or where they came in. A
        closed one gives none: what stands expires."""
        made: list[FraudAction] = []
        for one in suspects:
            if is_left_alone(one):
                made += self.restored([one.number], alert.ts, "it is to be left alone")
            elif alert.status != "closed":
                for action in self._of_number(one, alert, families):
                    made += self._propose(action, one.number, alert)
        if alert.status != "closed" and is_spoofed and alert.calls:
            when = self._settings.trace
            if alert.probability >= when.at_least and families >= when.families:
                made += self._propose("trace", alert.calls[-1], alert, alert.alert_id)
        return made

    def of_victim(self, notice: VictimNotice) -> list[FraudAction]:
        """What a notice gives reason for: of somebody who rings the bank, to hold payments."""
        if notice.level != "deep":
            return []
        lasts_ms = int(self._settings.stop_payment_s * 1000)
        reason = f"victim at level deep: {', '.join(notice.reasons)}".rstrip(": ")
        standing = Standing(notice.ts + lasts_ms, lasts_ms, next(iter(notice.alert_ids), ""))
        return self._stand("stop_payment", notice.subscriber, notice.ts, standing, reason)

    def restored(self, about: Iterable[str], ts: int, why: str) -> list[FraudAction]:
        """Takes back what stands about some numbers or people."""
        made = []
        for one in about:
            stood = [deed for deed in _LASTING if self._forget(deed, one)]
            if stood:
                made.append(self._restore(one, ts, stood, why))
        return made

    def next_due_ms(self) -> int | None:
        """When the next proposal expires."""
        while self._ends and self._is_stale(*self._ends[0]):
            heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def expired(self, now_ms: int) -> list[FraudAction]:
        """What has expired by ``now_ms``: of each what lasted is taken back."""
        made = []
        while (due_ms := self.next_due_ms()) is not None and due_ms <= now_ms:
            _, name = heappop(self._ends)
            del self._standing[name]
            deed, _, about = name.partition(" ")
            lasted = [each for each in _LASTING if each == deed]
            if lasted:
                made.append(self._restore(about, due_ms, lasted, "it has expired"))
        return made

    def _of_number(self, one: Suspect, alert: Alert, families: int) -> Iterator[Deed]:
        settings = self._settings

        def holds(when: When) -> bool:
            enough = alert.probability >= when.at_least and families >= when.families
            return enough and one.chance() >= when.at_least

        if self._is_due("label", one.number, alert.ts) and holds(settings.label):
            yield "label"
        has_owner = one.is_spoofed and self._may_be_at_home(one)
        if not has_owner and self._is_due("block", one.number, alert.ts) and holds(settings.block):
            yield "block"
        # Who only shows somebody's number isn't found by asking its owner.
        is_own = alert.kind == "sim_box" or (not one.is_spoofed and self._is_at_home(one))
        if is_own and self._is_due("reverify", one.number, alert.ts) and holds(settings.reverify):
            yield "reverify"

    def _may_be_at_home(self, one: Suspect) -> bool:
        """Whether somebody here may own the number, who would be blocked in a fraud's place."""
        is_nobodys = one.number_class == "unallocated"
        return not is_nobodys and (one.prefix is None or self._is_at_home(one))

    def _is_at_home(self, one: Suspect) -> bool:
        home = self._settings.home_code
        return bool(home) and (one.prefix or "").startswith(home)

    def _propose(
        self, deed: Deed, about: str, alert: Alert, key: str | None = None
    ) -> list[FraudAction]:
        lasts_ms = int(getattr(self._settings, deed).lasts_s * 1000)
        standing = Standing(alert.ts + lasts_ms, lasts_ms, alert.alert_id)
        return self._stand(deed, about, alert.ts, standing, reason_of(alert), key)

    def _stand(
        self,
        deed: Deed,
        about: str,
        ts: int,
        standing: Standing,
        reason: str,
        key: str | None = None,
    ) -> list[FraudAction]:
        key = key or about
        if not self._is_due(deed, key, ts):
            return []
        name = f"{deed} {key}"
        self._standing.pop(name, None)
        self._standing[name] = standing
        heappush(self._ends, (standing.expires, name))
        if len(self._standing) > MOST_STANDING:
            del self._standing[next(iter(self._standing))]
        return [self._action(deed, about, ts, standing.expires, reason)]

    def _is_due(self, deed: Deed, key: str, ts: int) -> bool:
        standing = self._standing.get(f"{deed} {key}")
        return standing is None or standing.expires - ts <= standing.lasts_ms // 2

    def _forget(self, deed: Deed, about: str) -> bool:
        return self._standing.pop(f"{deed} {about}", None) is not None

    def _is_stale(self, expires: int, name: str) -> bool:
        standing = self._standing.get(name)
        return standing is None or standing.expires != expires

    def _restore(self, about: str, ts: int, stood: Iterable[Deed], why: str) -> FraudAction:
        expires = ts + int(self._settings.restore_s * 1000)
        return self._action("restore", about, ts, expires, f"{', '.join(stood)}: {why}")

    def _action(self, deed: Deed, about: str, ts: int, expires: int, reason: str) -> FraudAction:
        by = "automatic" if deed in self._settings.automatic else "rule"
        return FraudAction(
            action=deed,
            about=about,
            reason=reason,
            by=f"{by}:{deed}",
            ts=ts,
            expires=expires,
            appeal=self._settings.appeal,
        )


def is_left_alone(one: Suspect) -> bool:
    """Whether nothing may be proposed about a number, whatever it is found in."""
    return one.spared or one.role == "impersonated" or one.number_class in OF_NOBODY


def reason_of(alert: Alert) -> str:
    """What a proposal rests on, in one line."""
    rules = ", ".join(one.detector for one in alert.evidence if one.weight > 0.0)
    return f"{alert.kind} {alert.alert_id} at {alert.probability:.2f}: {rules}"
