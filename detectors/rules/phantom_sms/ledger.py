"""What a zone knows of each operator's short messages, and how seldom honest ones go unrecorded.

Messages are counted in groups of one sender and like content. A message without a record of the
centre's may be honest: the group's sender is on a route that passes the centre by, the centre's
input has a hole or has stopped, or single records get lost. `Operator.chance` says how likely that
is for all of a group at once, from how complete the operator's other records are.

Where many transmitters send at once, most groups without records are theirs, and must not become
what is normal. An honest group is spread as all messages are, whatever its reason; one whose phones
are together at a place is left out of what is learned of the others. Nor does one phone decide
what is normal (`detectors.rules.phantom_sms.fair_share`), or a few records what the centre sent: a
group counts as recorded while it has enough such phones (`detectors.features.witnesses`).
"""

from math import exp, log
from typing import Final

import msgspec

from detectors.features.memory.lateness import ENOUGH, Delays
from detectors.features.memory.lru import keep
from detectors.features.sms.join import alike
from detectors.features.sms.pending import Queue
from detectors.rules.phantom_sms.fair_share import FairShare
from detectors.rules.phantom_sms.group import MOST_DEVICES, Group, RecentMessage
from detectors.rules.phantom_sms.spread import Spot, is_together

#: Groups of like messages that a zone remembers of each operator, and of each sender of it.
_GROUPS: Final = 1024
_GROUPS_OF_A_SENDER: Final = 32
#: Operators that a zone remembers: far more than serve one place, so only a liar names more.
_OPERATORS: Final = 64
#: Messages a phone and hour that count for what is near in time, and those without a record that
#: count for what is usual.
_NOTICED: Final = 8
_MISSED: Final = 1
#: Recent messages and signs of life kept of each operator.
_RECENT: Final = 256
_SIGNS: Final = 64
#: A group that was silent for so long (ms) begins anew: senders change their routes.
_IDLE_MS: Final = 3_600_000
#: Messages this near in time (ms) would go missing in the same hole of the input.
_NEAR_MS: Final = 120_000
#: So many groups about a message show whether the input had a hole just there.
_NEIGHBOURS: Final = 8
#: Before anything is known: shares of senders past the centre, of single records that are missing,
#: and of moments with a hole in the input; each worth so many observations.
_PAST_SHARE: Final = 0.1
_LOST_SHARE: Final = 0.1
_HOLE_SHARE: Final = 0.05
_PRIOR: Final = 4.0
#: How likely a record gets through a hole all the same.
_LEAK: Final = 0.1
#: Joins that make their delays worth believing, and the share of them that is waited for.
_ENOUGH_DELAYS: Final = 20
_WAITED_SHARE: Final = 0.995


class Operator(msgspec.Struct):
    """All that a zone knows of one operator's messages.

    ``groups`` are by sender, the least recent first. ``covered`` and ``bare`` count those
    of which the centre sent some or none, ``covered_seen`` and ``covered_vouched`` the messages of
    the former. ``delays_s`` are how long the centre's records came after the phones'; ``signs`` of
    life the event time of a recorded message and its record's arrival; ``together`` the numbers of
    the groups that are; ``delays`` how late phones report messages.
    """

    groups: dict[str, list[Group]] = {}
    count: int = 0
    born: int = 0
    covered: int = 0
    bare: int = 0
    covered_seen: int = 0
    covered_vouched: int = 0
    delays_s: list[float] = []
    recent: dict[str, RecentMessage] = {}
    signs: list[tuple[int, int]] = []
    together: list[int] = []
    delays: Delays = msgspec.field(default_factory=Delays)
    noticed: FairShare = msgspec.field(default_factory=FairShare)
    missed: FairShare = msgspec.field(default_factory=FairShare)

    def observe(self, key: str, who: str, message: RecentMessage) -> None:
        """Takes notice of a phone's message by its key."""
        known = self.recent.pop(key, None)
        if known is None and not self.noticed.take(who, message.rx, _NOTICED):
            return
        self.recent[key] = message
        if known is None and message.vouched:
            self.delays.learn(message.rx - message.ts)
        if len(self.recent) > _RECENT:
            del self.recent[next(iter(self.recent))]

    def find(self, sender: str, bits: int | None, hash_bits: int, rx: int) -> Group:
        """The group that a message reported at ``rx`` is of, a new one where there is none."""
        own = self.groups.pop(sender, [])
        self.groups[sender] = own
        group = next((g for g in own if alike(g.bits, bits, hash_bits)), None)
        if group is not None and rx - group.last_rx > _IDLE_MS:
            self._forget(own, group)
            group = None
        if group is None:
            group = Group(self.born, sender, bits, rx)
            self.born += 1
            self.count += 1
            own.append(group)
            if len(own) > _GROUPS_OF_A_SENDER:
                self._forget(own, _least(own[:-1]))
            if self.count > _GROUPS:
                oldest = _least(
                    [g for some in self.groups.values() for g in some if g is not group]
                )
                self._forget(self.groups[oldest.sender], oldest)
                if not self.groups[oldest.sender]:
                    del self.groups[oldest.sender]
        group.last_rx = max(group.last_rx, rx)
        return group

    def note_lateness(self, group: Group, who: str, late_ms: int) -> None:
        """Takes how late the phone's own report of a message without a record came."""
        if self.delays.total >= ENOUGH:
            group.lateness.pop(who, None)
            keep(group.lateness, who, self.delays.nats(late_ms), MOST_DEVICES)

    def answer(self, group: Group, key: str, who: str, late: bool = False) -> None:
        """The centre did send a message; ``late`` after it was counted as missing."""
        self._weigh(group, -1)
        group.seen += not late
        group.vouched += 1
        group.seen = max(group.seen, group.vouched)
        group.named.pop(who, None)
        if who in group.missing:
            group.missing.remove(who)
        if who not in group.sent_to:
            group.sent_to.append(who)
            del group.sent_to[:-MOST_DEVICES]
        self._note(group, together=False)
        self._weigh(group, 1)
        recent = self.recent.get(key)
        if recent is not None and not recent.vouched:
            # Only of what the centre sent, so that no campaign becomes what is usual.
            self.delays.learn(recent.rx - recent.ts)
            recent.vouched = True

    def miss(
        self, group: Group, who: str, rx: int, spot: Spot | None = None, cell: str | None = None
    ) -> int:
        """A message reported at ``rx``, received on a cell (register key), went without a record;
        how many devices miss theirs in its group."""
        if cell is not None:
            keep(group.cells, who, cell, MOST_DEVICES)
        self._weigh(group, -1)
        group.seen += self.missed.take(who, rx, _MISSED)
        if who not in group.missing:
            group.missing.append(who)
            del group.missing[:-MOST_DEVICES]
            if spot is not None:
                group.spots.append(spot)
                del group.spots[:-MOST_DEVICES]
        self._judge(group)
        self._weigh(group, 1)
        return len(group.missing)

    def sign(self, ts: int, centre_rx: int) -> None:
        """The centre has a record, arrived at ``centre_rx``, of a message received at ``ts``."""
        self.signs.append((ts, centre_rx))
        del self.signs[:-_SIGNS]

    def delay(self, seconds: float) -> None:
        """How long the centre's record of a message came after the phone's."""
        self.delays_s.append(max(0.0, seconds))
        del self.delays_s[:-_RECENT]

    def wait_s(self, least_s: float, most_s: float, margin_s: float) -> float:
        """How long a record may take: nearly the longest of recent delays, and a margin."""
        if len(self.delays_s) < _ENOUGH_DELAYS:
            return most_s
        longest = sorted(self.delays_s)[int(_WAITED_SHARE * (len(self.delays_s) - 1) + 0.5)]
        return min(most_s, max(least_s, longest + margin_s))

    def signs_since(self, ts: int, rx: int) -> int:
        """Messages received from ``ts`` on whose record arrived from ``rx`` on."""
        return len([at for at, centre_rx in self.signs if at >= ts and centre_rx >= rx])

    def usual_loss(self) -> float:
        """Share of single messages without a record in the long run, of groups that have some."""
        lost = self.covered_seen - self.covered_vouched
        return (lost + _PRIOR * _LOST_SHARE) / (self.covered_seen + _PRIOR)

    def lost_share(self, near: tuple[int, int]) -> float:
        """Share of single messages without a record: in the long run, or just now if higher."""
        vouched, unrecorded = near
        usual = self.usual_loss()
        return max(usual, (unrecorded + _PRIOR * usual) / (unrecorded + vouched + _PRIOR))

    def hole_chance(self, near: tuple[int, int]) -> float:
        """Chance that the input had a hole, by the other groups' messages ``near`` then.

        Each group without a record speaks for it, each that has one against.
        """
        vouched, unrecorded = near
        usual = self.usual_loss()
        odds = log(_HOLE_SHARE / (1.0 - _HOLE_SHARE)) - unrecorded * log(usual)
        odds += vouched * log(_LEAK / (1.0 - usual))
        return 1.0 / (1.0 + exp(-max(-50.0, min(50.0, odds))))

    def past_chance(self, group: Group) -> float:
        """Chance that a sender's messages pass the centre by: by its own other groups, as far as
        there are any, and by those of all senders."""
        bare = self.bare - (not group.vouched and group.seen > 0 and not group.together)
        share = (bare + _PRIOR * _PAST_SHARE) / (bare + self.covered + _PRIOR)
        own = [
            g
            for g in self.groups.get(group.sender, [])
            if g is not group and g.seen and not g.together
        ]
        past = sum(not g.vouched for g in own)
        return (past + 2.0 * share) / (len(own) + 2.0)

    def near(self, group: Group, ts: int, rx: int) -> tuple[int, int]:
        """Of the other groups nearest in time about ``ts``: those with a record, and those without
        any although they were reported by ``rx``. So a second campaign counts once, and
        not at all where its phones are together: a hole in the input is everywhere."""
        together, first, last = set(self.together), ts - _NEAR_MS, ts + _NEAR_MS
        near = [
            one
            for one in self.recent.values()
            if first <= one.ts <= last
            and (one.vouched or (one.rx <= rx and one.group not in together))
            and one.group != group.number
        ]
        near.sort(key=lambda one: (abs(one.ts - ts), one.ts))
        recorded: dict[int, bool] = {}
        for message in near:
            if message.group not in recorded and len(recorded) == _NEIGHBOURS:
                break
            recorded[message.group] = message.vouched or recorded.get(message.group, False)
        vouched = sum(recorded.values())
        return vouched, len(recorded) - vouched

    def _judge(self, group: Group) -> None:
        """Whether a group without records is of one place."""
        spots = [one.spot for one in self.recent.values() if one.spot is not None]
        self._note(group, not group.is_recorded and is_together(group.spots, spots))

    def _note(self, group: Group, together: bool) -> None:
        group.together = together
        if group.number in self.together:
            self.together.remove(group.number)
        if together:
            self.together.append(group.number)
            del self.together[:-_RECENT]

    def _forget(self, own: list[Group], group: Group) -> None:
        self._weigh(group, -1)
        self.count -= 1
        own.remove(group)
        # Whoever still holds it must not count it a second time.
        group.number = -1

    def _weigh(self, group: Group, sign: int) -> None:
        """Takes a group into the sums, or out of them."""
        if group.number < 0:
            return
        self.covered += sign * (group.vouched > 0)
        self.bare += sign * (group.vouched == 0 and group.seen > 0 and not group.together)
        if group.vouched:
            self.covered_seen += sign * group.seen
            self.covered_vouched += sign * group.vouched


def _least(groups: list[Group]) -> Group:
    """The oldest of which nothing counts yet, as of a flood of made-up texts; else the oldest."""
    return next((group for group in groups if not group.seen), groups[0])


class Ledger(msgspec.Struct):
    """Judging state of one zone: the messages that wait, and the operators by PLMN."""

    waiting: Queue = msgspec.field(default_factory=Queue)
    operators: dict[str, Operator] = {}

    def operator(self, name: str) -> Operator:
        """One operator's messages, with room made for a new one."""
        operator = self.operators.setdefault(name, Operator())
        if len(self.operators) > _OPERATORS:
            del self.operators[next(iter(self.operators))]
        return operator
