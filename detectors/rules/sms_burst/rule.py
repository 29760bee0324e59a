"""Many phones of one place received the same SMS, and nobody elsewhere."""

import re
from functools import lru_cache
from math import log
from typing import ClassVar, Final

import msgspec

from detectors.features.facts import Facts, Origin
from detectors.features.memory.waiting import Waiting
from detectors.features.rows.registrations import seen_identity
from detectors.features.rule import Rule, Screened
from detectors.features.sms.join import Gates, Join, JoinedMessage, bits_of, is_every_second, join
from detectors.features.sms.named_cells import against_one_transmitter, may_be_of_many, naming_of
from detectors.model.codes import GSM
from detectors.model.columns import Sms
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, HashBits, Metres, Nats, Seconds, Switch
from detectors.rules.sms_burst.template_places import Receipt, Template, Town, is_about, log_tail

#: Share of the town's traffic about one place, for want of an eye on it.
_PLACE_SHARE: Final = 0.02
#: A message of which more receivers may tell is looked at again so often (ms), arrival time.
_AGAIN_MS: Final = 10_000
#: With so much (nats) against one transmitter it says nothing.
_SURELY_MANY: Final = 4.0
#: What a finding shows of its message: the registered domain also ties incidents together.
_SHOWN: Final = ("sender", "content", "domain", "callback")


class SmsBurst(Rule[Sms, Join, Town], frozen=True, kw_only=True):
    """One SMS to many receivers about one place within minutes, unlike all else that is sent.

    What it sees: messages without a record of the centre's (yet: `record_wait_s`) of one sender and
    like content (64-bit similarity hashes at most `hash_bits` apart), to at least `least_devices`
    distinct devices within `gate_m` of each other and `window_s` of arrival time. Honest receivers
    are spread as those of all other messages are; the weight grows with the logarithm of one over
    the binomial chance that so many of the template's receivers are in this place, of which the
    number of templates that could have stood out is taken off. A protected sender (`protected`:
    regular expressions of banks', operators' and emergency numbers) on GSM or on a cell that the
    register doesn't have adds `sender_weight`.

    Why a rogue station does it: it sends its texts to all whom it captures, and to nobody else;
    blasters reach a hundred thousand phones an hour.

    Why an honest network may: bulk senders, warnings and banks reach the whole town at once
    (`excuse_everywhere`); a stadium's crowd receives much of everything (`excuse_crowd`); what the
    centre has sent to one receiver in eight is honest (`excuse_recorded`), such as a greeting to
    all who arrive at a station. Where no records are had such greetings remain: the cap keeps it
    from an alert. A warning to all in an area comes in on many listed cells at a time, and a
    transmitter shows one identity (`excuse_many_cells`: while that may be so, texts wait,
    `most_wait_s` at most).

    References: docs/science.md, E3, E6, F22, F71, R5.

    >>> Sms.of(ts_ms=[0], device=["a"], source=[1], sender=["10086"]).sender[0]
    '10086'
    >>> [SmsBurst().is_protected(sender) for sender in ("95588", "10086", "110", "106575258")]
    [True, True, True, False]
    """

    name: ClassVar[str] = "sms_burst"
    version: ClassVar[int] = 5
    family: ClassVar[Family] = "sms"
    alert_kind: ClassVar[AlertKind | None] = "sms_spammer"
    horizon_ms: ClassVar[int] = 3_600_000
    own_cause: ClassVar[bool] = True  # a missing record says nothing of where the others are

    gate_m: Metres = 1500.0
    window_s: Seconds = 600.0
    record_wait_s: Seconds = 30.0
    most_wait_s: Seconds = 180.0
    hash_bits: HashBits = 6
    least_devices: Count = 4
    max_weight: Nats = 1.5
    sender_weight: Nats = 0.5
    cap: Cap = 3.0
    protected: tuple[str, ...] = (r"95\d{3}", r"100\d{2,3}", r"1[12]\d", r"123\d{2}")
    excuse_everywhere: Switch = True
    excuse_crowd: Switch = True
    excuse_recorded: Switch = True
    excuse_many_cells: Switch = True

    def __post_init__(self) -> None:
        for pattern in self.protected:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error

    def is_protected(self, sender: str) -> bool:
        """Whether nobody but its owner may send under that number or name."""
        return bool(_any_of(self.protected).fullmatch(sender))

    def screen(self, state: Join, facts: Facts[Sms]) -> Screened:
        """Observations of placed messages whose record isn't there when they are reported, and of
        records that come later, of which every second is enough."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        gates = Gates(hash_bits=self.hash_bits, horizon_ms=self.horizon_ms)
        observations = [
            self._observation(message, batch, origin)
            for message in join(state, batch, register, gates, origin.topic)
            if message.record.place is not None and not message.came_first
        ]
        return Screened(
            observations=[n for n in observations if n.kind != "vouched" or is_every_second(n)]
        )

    def _observation(self, message: JoinedMessage, batch: Sms, origin: Origin) -> Observation:
        observation = message.observation(self.name, batch, origin.topic, origin.partition)
        record = message.record
        odd = record.rat == GSM or record.claimed is not None
        return msgspec.structs.replace(observation, values={**observation.values, "odd": int(odd)})

    def observe(self, state: Town, observation: Observation) -> None:
        template = self._template(state, observation)
        if observation.kind == "vouched":
            template.send(observation.who)
            state.waiting.settle(observation)
            return
        assert observation.place is not None
        at = observation.place.lat, observation.place.lon
        receipt = Receipt(observation.ts, observation.who, *at, naming_of(observation))
        state.observe(template, receipt, observation.rx_ts, int(self.window_s * 1000))
        state.waiting.put(observation, observation.rx_ts + int(self.record_wait_s * 1000))

    def next_due_ms(self, state: Town) -> int | None:
        return state.waiting.next_due_ms()

    def evaluate(self, state: Town, until_ms: int) -> list[Finding]:
        findings = []
        while (pending := state.waiting.pop(until_ms)) is not None:
            template = self._template(state, pending.observation)
            if self._waits(template, pending):
                state.waiting.put_back(pending, pending.due + _AGAIN_MS)
                continue
            state.waiting.settle(pending.observation)
            finding = self._weigh(state, template, pending)
            if finding is not None:
                findings.append(finding)
        return findings

    def _waits(self, template: Template, pending: Waiting) -> bool:
        """Whether more receivers may show that no one transmitter sent it."""
        latest = pending.observation.rx_ts + int(self.most_wait_s * 1000)
        if not self.excuse_many_cells or pending.due + _AGAIN_MS > latest:
            return False
        return may_be_of_many(template.named(pending.observation.ts, int(self.window_s * 1000)))

    def _weigh(self, state: Town, template: Template, pending: Waiting) -> Finding | None:
        """The weight of the template's receivers about this one, against those of all else."""
        observation = pending.observation
        assert observation.place is not None
        at = observation.place.lat, observation.place.lon
        window_ms = int(self.window_s * 1000)
        recent = [one for one in template.receipts if abs(one.ts - observation.ts) <= window_ms]
        all_receivers = {one.who for one in recent}
        near = [one for one in recent if is_about(*at, one, self.gate_m)]
        here = {one.who for one in near}
        if len(here) < self.least_devices:
            return None
        if self.excuse_recorded and template.is_recorded(len(all_receivers)):
            return None
        others_here, others = state.traffic(*at, self.gate_m)
        others_here, others = max(0, others_here - len(near)), max(0, others - len(recent))
        # Where nothing else is reported, the place is taken for half of the town.
        share = (others_here + 1.0) / (others + 2.0) if self.excuse_crowd else _PLACE_SHARE
        share = min(share, 0.99)
        nats = -log_tail(len(here), len(here), share)
        if self.excuse_everywhere:
            nats = -log_tail(len(all_receivers), len(here), share)
        nats -= log(state.templates_since(observation.rx_ts - window_ms) / share)
        weight = min(self.max_weight, nats / len(here))
        if weight <= 0.0:
            return None
        if observation.values.get("odd") and self.is_protected(str(observation.values["sender"])):
            weight += self.sender_weight
        if self.excuse_many_cells:
            against = against_one_transmitter(template.named(observation.ts, window_ms))
            if against <= -_SURELY_MANY:
                return None
            weight *= 1.0 + against / _SURELY_MANY
        given = observation.values
        return self.finding_about(
            observation,
            round(weight, 3),
            rx_ts=pending.due,
            seen_on=seen_identity(given.get("seen_on")),
            values={
                **{name: given[name] for name in _SHOWN if name in given},
                "here": len(here),
                "all": len(all_receivers),
                "others_here": others_here,
                "others": others,
            },
        )

    def _template(self, state: Town, observation: Observation) -> Template:
        bits = bits_of(observation.values.get("content"))
        return state.template(
            str(observation.values["sender"]), bits, self.hash_bits, observation.rx_ts
        )


@lru_cache(maxsize=16)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")
