"""A phone received an SMS that the operator never sent."""

from math import log
from typing import ClassVar

import msgspec

from detectors.features.facts import Facts, Origin
from detectors.features.memory.lru import keep
from detectors.features.memory.waiting import Waiting
from detectors.features.rows.registrations import seen_identity
from detectors.features.rule import Rule, Screened
from detectors.features.sms.join import Gates, Join, JoinedMessage, bits_of, is_every_second, join
from detectors.features.sms.named_cells import Naming, cell_named, may_be_of_many, naming_of
from detectors.features.sms.pending import name_of
from detectors.model.columns import Sms
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Chance, Count, HashBits, Nats, Seconds, Share, Switch
from detectors.model.text import SENT_FROM
from detectors.rules.phantom_sms.group import (
    MOST_DEVICES,
    MOST_SENT_TO,
    Group,
    RecentMessage,
    all_miss,
)
from detectors.rules.phantom_sms.ledger import Ledger, Operator
from detectors.rules.phantom_sms.receivers import named_about
from detectors.rules.phantom_sms.spread import spot_of

#: A message whose record may just be late is looked at again so often, arrival time.
_AGAIN_MS = 5_000
#: How far before a complaint's remembered time the input's last sign of life may lie.
_REMEMBERED_MS = 600_000
#: What findings show of a message.
_SHOWN = ("sender", "content", "domain", "callback", "by")
#: The chance of an innocent cause that isn't considered.
_NIL = 1e-9
#: What it costs (nats) that the centre has records of a text that it didn't send: they are forged,
#: or the text is a copy; one in twenty phantoms, say.
_COPIED = 3.0
#: With so much (nats) against it a text's receivers were not held, and it says nothing.
_SURELY_SERVED = 4.0


class PhantomSms(Rule[Sms, Join, Ledger], frozen=True, kw_only=True):
    """An SMS that a phone has or its owner complains of, without a record of the operator's.

    What it sees: each message that a phone received, joined to the short-message centre's records
    of the same device: by `message_ref` where both have it, else by sender, similar content (64-bit
    similarity hashes at most `hash_bits` apart) and time (`join_window_s`). How long a record may
    take is learned of each operator: nearly the longest of its recent delays and `wait_margin_s`,
    between `least_wait_s` and `most_wait_s` of arrival time. One that stays without is judged
    against how complete the records of that operator otherwise are, in groups of one sender and
    like content. A lone missing message says little (`lone_weight`): among many honest ones some
    always miss theirs. Of several devices' alike that all miss it the weight is the logarithm of
    one over the chance that honest ones do; groups without records whose phones are together at a
    place, as victims are, don't make that usual. A complaint is a rough record of a message, joined
    within `complaint_window_s`: it counts by `complaint_share`, and not beside the phone's own.
    Where most without a record were received on one listed cell, that is whose name the
    transmitter bears, and its registered place says nothing of where phones were.

    Why a rogue station does it: sending SMS in a bank's name past the operator is what it is for.

    Why an honest network may: the input of records has stopped, is slow or has a hole
    (`excuse_stopped_feed`: silent until records of messages received later have come, and the less
    weight the more groups are without records at once; waits grow first); records get lost
    (`excuse_incomplete`); other networks' senders pass the centre by (`excuse_uncovered_sender`);
    a phone with two SIMs received it for the other operator (`excuse_other_sim`: compared by
    subscription, not by cell). Who receives a text on an honest cell can report it at once, whom a
    transmitter holds can't (`excuse_served`). A warning to all in an area comes from a centre of
    its own: its receivers, of all networks, are on many listed cells at a time, and a
    transmitter shows one identity (`excuse_many_cells`: meanwhile texts wait, `most_wait_s` at
    most).

    References: docs/science.md, E1, E3, E6, R5, F14, F29, F71; Polystar's check of spam reports.

    >>> from detectors.rules.sample_town import TOWN
    >>> known = [{"device": "a", "sender": "10086", "source": source} for source in (1, 2)]
    >>> phantoms = [{"device": who, "at_s": 9.0} for who in "bc"]
    >>> rule = PhantomSms(excuse_stopped_feed=False)
    >>> found = TOWN.findings(rule, TOWN.sms(*known, *phantoms))
    >>> [(finding.detector, finding.who) for finding in found]
    [('phantom_sms', 'b'), ('phantom_sms', 'c')]
    """

    name: ClassVar[str] = "phantom_sms"
    version: ClassVar[int] = 8
    family: ClassVar[Family] = "sms"
    alert_kind: ClassVar[AlertKind | None] = "sms_spammer"
    horizon_ms: ClassVar[int] = 3_600_000

    join_window_s: Seconds = 180.0
    complaint_window_s: Seconds = 900.0
    hash_bits: HashBits = 6
    least_wait_s: Seconds = 15.0
    most_wait_s: Seconds = 180.0
    wait_margin_s: Seconds = 5.0
    signs_of_life: Count = 2
    most_doubt: Chance = 0.3
    max_weight: Nats = 3.0
    lone_weight: Nats = 0.3
    complaint_share: Share = 0.6
    cap: Cap = 6.5
    excuse_stopped_feed: Switch = True
    excuse_incomplete: Switch = True
    excuse_uncovered_sender: Switch = True
    excuse_other_sim: Switch = True
    excuse_served: Switch = True
    excuse_many_cells: Switch = True

    def screen(self, state: Join, facts: Facts[Sms]) -> Screened:
        """One observation for each reported message, and one for a record that comes after it; of
        those whose record was there before, every second is enough."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        window_ms, rough_ms = int(self.join_window_s * 1000), int(self.complaint_window_s * 1000)
        gates = Gates(window_ms, rough_ms, self.hash_bits, self.horizon_ms)
        observations: list[Observation] = []
        for message in join(state, batch, register, gates, origin.topic):
            observation = self._observation(message, batch, origin)
            if not message.came_first or message.record.rough or is_every_second(observation):
                observations.append(observation)
        return Screened(observations=observations)

    def _observation(self, message: JoinedMessage, batch: Sms, origin: Origin) -> Observation:
        observation = message.observation(self.name, batch, origin.topic, origin.partition)
        by_cell, record = message.record.cell_operator, message.record
        operator = record.operator or by_cell if self.excuse_other_sim else by_cell
        values: dict[str, str | int | float | None] = {**observation.values, "operator": operator}
        if message.kind == "vouched":
            values["delay_ms"] = message.delay_ms
        if record.rough:
            values["by"] = "complaint"
            values["centre_ts"] = message.centre_ts
        return msgspec.structs.replace(observation, values=values)

    def observe(self, state: Ledger, observation: Observation) -> None:
        name = observation.values.get("operator")
        if name is None:
            return
        operator = state.operator(str(name))
        centre_ts = observation.values.get("centre_ts")
        if centre_ts is not None:
            operator.sign(int(centre_ts), observation.rx_ts)
        if observation.kind == "vouched":
            self._answer(state, operator, observation)
            return
        group = self._group(operator, observation)
        operator.observe(name_of(observation), observation.who, _message(observation, group))
        if not observation.values.get("by"):
            late_ms = observation.rx_ts - observation.ts
            operator.note_lateness(group, observation.who, late_ms)
            keep(group.named, observation.who, naming_of(observation), MOST_DEVICES)
        state.waiting.put(observation, self._due(operator, observation))

    def _answer(self, state: Ledger, operator: Operator, observation: Observation) -> None:
        """The centre's record came before the message was reported (``delay_ms`` <= 0) or after."""
        name, delay_ms = name_of(observation), int(observation.values.get("delay_ms") or 0)
        group = self._group(operator, observation)
        came_after = delay_ms > 0
        late = came_after and not state.waiting.settle(observation)
        operator.answer(group, name, observation.who, late)
        if not came_after:
            operator.observe(name, observation.who, _message(observation, group, vouched=True))
        if not observation.values.get("by"):
            operator.delay(delay_ms / 1000)
            operator.sign(observation.ts, observation.rx_ts + min(0, delay_ms))

    def next_due_ms(self, state: Ledger) -> int | None:
        return state.waiting.next_due_ms()

    def evaluate(self, state: Ledger, until_ms: int) -> list[Finding]:
        findings = []
        while (pending := state.waiting.pop(until_ms)) is not None:
            observation = pending.observation
            operator = state.operator(str(observation.values["operator"]))
            due = self._due(operator, observation)
            named = self._named(state, observation)
            if self._may_be_late(operator, pending, due, named):
                latest = observation.rx_ts + int(self.most_wait_s * 1000)
                state.waiting.put_back(pending, min(max(pending.due + _AGAIN_MS, due), latest))
                continue
            state.waiting.settle(observation)
            weight = self._weigh(operator, pending, named)
            if weight > 0.0:
                sent_from = self._group(operator, observation).sent_from
                findings.append(self._finding(pending, weight, sent_from))
        return findings

    def _due(self, operator: Operator, observation: Observation) -> int:
        """When a record should be there. A complaint's had all the time since the message."""
        wait_s = operator.wait_s(self.least_wait_s, self.most_wait_s, self.wait_margin_s)
        if observation.values.get("by"):
            since_s = max(0, observation.rx_ts - observation.ts) / 1000
            wait_s = max(self.least_wait_s, wait_s - since_s)
        return observation.rx_ts + int(wait_s * 1000)

    def _may_be_late(
        self, operator: Operator, pending: Waiting, due: int, named: list[Naming]
    ) -> bool:
        """Whether to wait on: more receivers may show that no one transmitter sent it; the centre
        is slow (a record is ``due`` later), or silent, or much else is without a record too."""
        observation = pending.observation
        group = self._group(operator, observation)
        if group.is_recorded or pending.due >= observation.rx_ts + int(self.most_wait_s * 1000):
            return False
        if may_be_of_many(named):
            return True
        if not self.excuse_stopped_feed:
            return False
        if pending.due < due or not self._is_alive(operator, observation):
            return True
        near = operator.near(group, observation.ts, self._waited(pending))
        lost = operator.lost_share(near) - operator.usual_loss()
        return operator.hole_chance(near) + lost > self.most_doubt

    def _is_alive(self, operator: Operator, observation: Observation) -> bool:
        """Whether records of messages received later have come, since this one was reported."""
        if observation.values.get("by"):
            since = observation.ts - _REMEMBERED_MS
            return operator.signs_since(since, since) >= self.signs_of_life
        return operator.signs_since(observation.ts, observation.rx_ts) >= self.signs_of_life

    def _waited(self, pending: Waiting) -> int:
        """Messages reported by then have waited for their records as well."""
        return max(pending.observation.rx_ts, pending.due - int(self.least_wait_s * 1000))

    def _weigh(self, operator: Operator, pending: Waiting, named: list[Naming]) -> float:
        """Counts a message as missing; the weight of that, 0 where it means nothing.

        That those of n devices all miss their record has the chance p + h + (1 - p - h) m^n: p that
        the sender passes the centre by, h that the input has a hole, m that one record gets lost.
        Where the centre did send it to others, m^n is the chance that so many of all miss theirs.
        """
        observation = pending.observation
        group = self._group(operator, observation)
        spot, cell = spot_of(observation.place), cell_named(observation)
        devices = operator.miss(group, observation.who, observation.rx_ts, spot, cell)
        if len(group.sent_to) >= MOST_SENT_TO:
            return 0.0
        if self.excuse_stopped_feed and not self._is_alive(operator, observation):
            return 0.0
        share = self.complaint_share if observation.values.get("by") else 1.0
        against = group.against(self.excuse_served, named)
        share *= max(0.0, 1.0 + against / _SURELY_SERVED)
        if devices == 1:
            return 0.0 if group.sent_to else share * self.lone_weight
        past = operator.past_chance(group) if self.excuse_uncovered_sender else 0.0
        # Of a sender with records some routes may pass the centre by: any share of its messages.
        past *= (
            (len(group.sent_to) + 1) / (len(group.sent_to) + devices + 1) if group.sent_to else 1
        )
        near = operator.near(group, observation.ts, self._waited(pending))
        hole, lost = 0.0, operator.usual_loss() if self.excuse_incomplete else _NIL
        if self.excuse_stopped_feed:
            hole = (1.0 - past) * operator.hole_chance(near)
            if self.excuse_incomplete:
                lost = operator.lost_share(near)
        missed = all_miss(lost, devices, len(group.sent_to))
        honest: float = past + hole + (1.0 - past - hole) * missed + _NIL
        doubt = _COPIED if group.sent_to else 0.0
        # Each device brings its own share of what all weigh together.
        return max(0.0, share * min(self.max_weight, -log(lost), -log(honest) - doubt))

    def _named(self, state: Ledger, observation: Observation) -> list[Naming]:
        """The cells of those who received such a text about then, if they count."""
        if not self.excuse_many_cells:
            return []
        bits = bits_of(observation.values.get("content"))
        sender = str(observation.values["sender"])
        return named_about(state, observation.ts, sender, bits, self.hash_bits)

    def _group(self, operator: Operator, observation: Observation) -> Group:
        bits = bits_of(observation.values.get("content"))
        return operator.find(
            str(observation.values["sender"]), bits, self.hash_bits, observation.rx_ts
        )

    def _finding(self, pending: Waiting, weight: float, sent_from: str | None) -> Finding:
        observation = pending.observation
        given = observation.values
        values = {name: given[name] for name in _SHOWN if name in given}
        if sent_from is not None and given.get("seen_on") == sent_from:
            values[SENT_FROM] = sent_from
        return self.finding_about(
            observation,
            round(weight, 3),
            rx_ts=pending.due,
            seen_on=seen_identity(given.get("seen_on")),
            values=values,
        )


def _message(observation: Observation, group: Group, vouched: bool = False) -> RecentMessage:
    spot = spot_of(observation.place)
    return RecentMessage(observation.ts, observation.rx_ts, group.number, vouched, spot)
