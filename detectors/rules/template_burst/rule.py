"""One form of text comes to many within an hour, as no honest bulk does."""

from typing import ClassVar, Final

import msgspec

from detectors.features.calls.links import links_of
from detectors.features.facts import Facts, Origin
from detectors.features.memory.waiting import Waiting, let_wait
from detectors.features.rule import Rule, Screened
from detectors.features.sms.join import bits_of
from detectors.features.witnesses import explains
from detectors.model.columns import Sms
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, HashBits, Nats, Seconds, Switch
from detectors.rules.template_burst.recent import Form, Forms
from detectors.rules.template_burst.sent import Texts, Topics, What, joined, unpacked
from detectors.rules.template_burst.taken import texts_of
from detectors.rules.template_burst.templates import (
    Learned,
    Template,
    Templates,
    Window,
    name_of,
    note,
    receivers,
)

_HOUR_MS: Final = 3_600_000
#: The kind of observations of a half-minute's texts.
_TEXTS: Final = "texts"
#: Receivers of a form whose texts are all judged; of more, those at each doubling.
_ALL_PASSED: Final = 32
#: Each receiver of whom the centre has a record speaks for so many of whom it has none.
_EACH_SPEAKS_FOR: Final = 8
#: Classes of numbers that firms give in their texts, too.
_OF_FIRMS: Final = ("400", "service")


class TemplateBurst(Rule[Sms, Topics, Templates], frozen=True, kw_only=True):
    """Like texts to many, with one number to call or one link, unrecorded or of many senders.

    What it sees: texts whose similarity hashes (64 bits) are at most `hash_bits` apart, to
    `least_devices` receivers or more within an hour. It weighs that the centre has no record of
    them though its records come (`unrecorded_weight`; `record_wait_s` is waited for them),
    that the sender shows a brand's number but the text asks to ring one that is no short one
    (`callback_weight`, half for numbers that firms have as well; both less below `sure_devices`
    receivers, whose records may all have got lost), and that `least_senders` senders
    or more share the form and what is in it (`senders_weight`). Each partition sends its texts with
    a number or a link that is no brand's own, and forms and receivers of centres' records, by
    half-minutes; where all come together, forms of `least_here` receivers are looked at that the
    centre doesn't record or many send.

    Why a rogue station does it: it sends its text to all whom it captures, past the centre, often
    in a bank's name and with a number at which the fraud goes on. Frauds that send by gateways or
    SIM boxes rotate their senders, since each is closed soon.

    Why an honest network may: bulk of banks and firms and codes come from one stable sender, and
    the centre has their records (`excuse_recorded`); a form that many senders share, such as a
    gateway's for codes, comes day after day (`excuse_established`); an input of records that
    stopped or is not had leaves all texts without one (`excuse_stopped_feed`); some senders pass
    the centre by, so that a missing record alone weighs little.

    References: docs/science.md, E1, E6, F5, F39; NCSU, IEEE S&P 2024 (campaigns of texts share
    forms, links and numbers).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.template_burst.samples import rogue
    >>> findings = TOWN.findings(TemplateBurst(excuse_stopped_feed=False), TOWN.sms(*rogue(5)))
    >>> findings[0].of_calls.number, findings[0].of_calls.links[0], findings[0].of_calls.links[-1]
    ('n1', 'callback:n1', 'template:ff00ff00ff00ff00')
    """

    name: ClassVar[str] = "template_burst"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "message"
    alert_kind: ClassVar[AlertKind | None] = "phishing"
    horizon_ms: ClassVar[int] = _HOUR_MS
    learned_type: ClassVar[type[Learned] | None] = Learned

    hash_bits: HashBits = 6
    least_here: Count = 3
    least_devices: Count = 4
    sure_devices: Count = 8
    least_senders: Count = 3
    record_wait_s: Seconds = 120.0
    unrecorded_weight: Nats = 0.9
    callback_weight: Nats = 2.0
    senders_weight: Nats = 1.5
    cap: Cap = 4.5
    established_days: Count = 7
    excuse_recorded: Switch = True
    excuse_established: Switch = True
    excuse_stopped_feed: Switch = True

    def screen(self, state: Topics, facts: Facts[Sms]) -> Screened:
        """Takes in texts with a number or a link, and all records of centres, which are sent by
        half-minutes."""
        if len(facts.batch):
            texts = texts_of(facts)
            if len(texts.numbers):
                state.put(facts.origin.topic, texts)
        return Screened()

    def sums_due(self, state: Topics, until_ms: int, origin: Origin) -> list[Observation]:
        windows = state.of(origin.topic)
        return [
            windows.observation(self.name, _TEXTS, number, part, origin, {"texts": packed})
            for number, parts in windows.due(until_ms)
            for part, packed in enumerate(joined(parts).packed())
        ]

    def observe(self, state: Templates, observation: Observation) -> None:
        packed = str(observation.values["texts"])
        unpacked(packed)  # refuses what no worker sends
        topic = observation.source.topic.removesuffix(f"/{self.name}")
        state.windows.append(Window(observation.rx_ts, topic, packed))

    def next_due_ms(self, state: Templates) -> int | None:
        return min(state.dues(), default=None)

    def evaluate(self, state: Templates, until_ms: int) -> list[Finding]:
        findings = []
        while (due := min(state.dues(), default=until_ms + 1)) <= until_ms:
            window = state.next_window(due)
            if window is not None:
                topic, parts = window
                self._take(state, topic, joined(unpacked(each.packed) for each in parts))
                continue
            pending = state.next_waiting()
            form = self._form(state, pending.observation)
            weight = self._weigh(state, form, pending)
            if weight > 0.0:
                findings.append(self._finding(pending, form, min(weight, self.cap)))
        return findings

    def _take(self, state: Templates, topic: str, texts: Texts) -> None:
        """Takes in the texts of one half-minute, of all partitions."""
        forms = state.recent.setdefault(topic, Forms())
        for row, numbers in enumerate((ordered := texts.in_order()).numbers.tolist()):
            rx, *_, bits, device, at, is_record = numbers
            window, what = rx // self.horizon_ms, texts.whats[at] if at >= 0 else None
            if is_record and what is not None:
                state.alive_ms = max(rx, state.alive_ms or 0)
            if what is None and forms.passed != window:
                continue  # a record that nobody asks for, as most are
            form = forms.of(bits, self.hash_bits, window, what is not None)
            if form is None or not (what is not None or form.passed):
                continue
            count = self._counted(form, what, device, bool(is_record))
            if count:
                self._judge_later(state, ordered.observation(row, self.name, topic), count)
            if form.passed:
                forms.passed = window

    def _counted(self, form: Form, what: What | None, device: int, is_record: bool) -> int:
        """Which receiver of its form a text shows, if it is judged, else 0."""
        if what is not None:
            form.sent_by(what.sender)
        if is_record or what is None:
            count = form.record(device)
            is_due = count == self.least_here or count & (count - 1) == 0
            return count if count >= self.least_here and is_due else 0
        count = form.phone(device)
        is_many = len(form.senders) >= self.least_senders
        is_honest = self.excuse_recorded and not is_many
        is_honest = is_honest and explains(form.recorded, form.received, _EACH_SPEAKS_FOR)
        if is_honest or not (what.is_odd or count >= self.least_here):
            return 0
        form.passed = True
        return count if count <= _ALL_PASSED or count & (count - 1) == 0 else 0

    def _judge_later(self, state: Templates, observation: Observation, count: int) -> None:
        """Notes a text of what may be a burst; one that a phone reported is judged once its record
        has had time to come."""
        rx_ms, form = observation.rx_ts, self._form(state, observation)
        form.last_rx = max(form.last_rx, rx_ms)
        form.forget(rx_ms - self.horizon_ms)
        values, about = observation.values, observation.of_calls
        where = f"{observation.source.topic}/{rx_ms // self.horizon_ms}"
        if values.get("sender"):
            note(form.senders, str(values["sender"]), rx_ms)
        if about is not None and (about.number or values.get("domain")):
            note(form.things, about.number or str(values["domain"]), rx_ms)
        if observation.kind == "record":
            form.centre[where] = count, rx_ms
            state.record(form, rx_ms)
            return
        form.phones[where] = count, rx_ms
        let_wait(state.waiting, observation, rx_ms + int(self.record_wait_s * 1000))

    def _form(self, state: Templates, observation: Observation) -> Template:
        bits = bits_of(observation.values["content"])
        assert bits is not None
        return state.of(bits, self.hash_bits, observation.rx_ts)

    def _weigh(self, state: Templates, form: Template, pending: Waiting) -> float:
        phones, recorded = receivers(form.phones), receivers(form.centre)
        if phones + recorded < self.least_devices:
            return 0.0
        if self.excuse_established and state.days_of(form) > self.established_days:
            return 0.0
        weight = 0.0
        if len(form.senders) >= self.least_senders and 0 < len(form.things) <= self.least_senders:
            weight += self.senders_weight
        if self.excuse_recorded and explains(recorded, phones, _EACH_SPEAKS_FOR):
            return weight
        about, missing = pending.observation.of_calls, 0.0
        if pending.observation.values.get("claimed") and about is not None and about.number:
            is_firms = about.number_class in _OF_FIRMS
            missing += self.callback_weight / (2.0 if is_firms else 1.0)
        if form.things and self._is_alive(state, pending):
            missing += self.unrecorded_weight
        return weight + missing * min(1.0, phones / self.sure_devices)

    def _is_alive(self, state: Templates, pending: Waiting) -> bool:
        """Whether records of the centre came of late, so that missing ones mean something."""
        if not self.excuse_stopped_feed:
            return True
        since_ms = pending.observation.rx_ts - self.horizon_ms
        return state.alive_ms is not None and state.alive_ms >= since_ms

    def _finding(self, pending: Waiting, form: Template, weight: float) -> Finding:
        observation = pending.observation
        about = observation.of_calls
        assert about is not None
        links = (*about.links, *links_of(template=name_of(form)))
        return self.finding_about(
            observation,
            round(weight, 3),
            rx_ts=pending.due,
            of_calls=msgspec.structs.replace(about, links=links),
            values={
                "sender": observation.values["sender"],
                "domain": observation.values.get("domain"),
                "claimed": observation.values.get("claimed"),
                "receivers": receivers(form.phones),
                "recorded": receivers(form.centre),
                "senders": len(form.senders),
            },
        )
