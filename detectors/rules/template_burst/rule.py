"""One form of text comes to many within an hour, as no honest bulk does."""

from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.features.calls.links import links_of
from detectors.features.domains.brands import brands_of
from detectors.features.domains.looks import Look, look_of
from detectors.features.facts import Facts
from detectors.features.memory.waiting import Waiting, let_wait
from detectors.features.rule import Rule, Screened, source_of
from detectors.features.sms.join import bits_of
from detectors.features.sms.texts import about_text, has_domain, has_foreign_number
from detectors.features.witnesses import explains
from detectors.model.codes import SMS_SMSC
from detectors.model.columns import Bool, Sms
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, HashBits, Nats, Seconds, Switch
from detectors.rules.template_burst.recent import Form, Topics
from detectors.rules.template_burst.templates import (
    Learned,
    Template,
    Templates,
    name_of,
    note,
    receivers,
)

_HOUR_MS: Final = 3_600_000
#: How often the first half shows that the centre's records come (ms).
_ALIVE_MS: Final = 1_800_000
#: Receivers of a form whose texts are all passed on; of more, those at each doubling.
_ALL_PASSED: Final = 32
#: Each receiver of whom the centre has a record speaks for so many of whom it has none.
_EACH_SPEAKS_FOR: Final = 8
#: Classes of numbers that firms give in their texts, too.
_OF_FIRMS: Final = ("400", "service")
_NOBODY: Final = ""


class TemplateBurst(Rule[Sms, Topics, Templates], frozen=True, kw_only=True):
    """Like texts to many, with one number to call or one link, unrecorded or of many senders.

    What it sees: texts whose similarity hashes (64 bits) are at most `hash_bits` apart, to
    `least_devices` receivers or more within an hour. It weighs that the centre has no record of
    them though its records come (`unrecorded_weight`; `record_wait_s` is waited for them),
    that the sender shows a brand's number but the text asks to ring one that is no short one
    (`callback_weight`, half for numbers that firms have as well; both less below `sure_devices`
    receivers, whose records may all have got lost), and that `least_senders` senders
    or more share the form and what is in it (`senders_weight`). The first half looks only at texts
    with a number or a link that is no brand's own, and passes on forms of `least_here` receivers in
    its partition that the centre doesn't record or many send.

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
        """Observations of texts that may be of a burst, of the centre's records of such forms, and
        that records come at all."""
        batch, topic = facts.batch, facts.origin.topic
        if not len(batch):
            return Screened()
        foreign, forms = has_foreign_number(facts), state.of(topic)
        linked = np.flatnonzero(has_domain(facts))
        domains = batch.url_domain[linked].tolist()
        looks = {name: look_of(name, brands_of()) for name in set(domains)}
        things = foreign.copy()
        things[linked] |= np.array([looks[name].kind != "own" for name in domains], np.bool_)
        observations = self._alive(state, facts, things)
        rows = np.flatnonzero(things | (batch.source == SMS_SMSC))
        windows = (batch.rx_ms[rows] // self.horizon_ms).tolist()
        for row, window, is_thing in zip(
            rows.tolist(), windows, things[rows].tolist(), strict=True
        ):
            if not is_thing and forms.passed != window:
                continue  # a record that nobody asks for, as most are
            bits = bits_of(batch.content_hash[row])
            if bits is None or not 0 <= bits < 1 << 64:
                continue
            form = forms.of(bits, self.hash_bits, window, is_thing)
            if form is None or not (is_thing or form.passed):
                continue
            look = looks.get(batch.url_domain[row])
            count = self._counted(form, batch, row, bool(foreign[row]), look)
            if count:
                observations.append(self._text(facts, row, look, count))
            if form.passed:
                forms.passed = window
        return Screened(observations=observations)

    def _alive(self, state: Topics, facts: Facts[Sms], things: Bool) -> list[Observation]:
        """Signs that records come of texts with a number or link: if those had none, bursts would
        lack them."""
        batch = facts.batch
        rows = np.flatnonzero(things & (batch.source == SMS_SMSC))
        first = state.shows_life(facts.origin.topic, batch.rx_ms[rows], _ALIVE_MS)
        return [
            self.observation(
                "alive",
                batch,
                row,
                source_of(batch, row, facts.origin),
                space="number",
                who=_NOBODY,
            )
            for row in rows[first].tolist()
        ]

    def _counted(
        self, form: Form, batch: Sms, row: int, is_foreign: bool, look: Look | None
    ) -> int:
        """Which receiver of its form a row shows, if the text is passed on, else 0."""
        sender = str(batch.sender[row])
        form.sent_by(sender)
        if batch.source[row] == SMS_SMSC:
            count = form.record(str(batch.device[row]))
            is_due = count == self.least_here or count & (count - 1) == 0
            return count if count >= self.least_here and is_due else 0
        count = form.phone(str(batch.device[row]))
        is_odd = is_foreign and brands_of().claimed_by(sender) is not None
        is_odd = is_odd or (look is not None and look.is_odd)
        is_many = len(form.senders) >= self.least_senders
        is_honest = self.excuse_recorded and not is_many
        is_honest = is_honest and explains(form.recorded, form.received, _EACH_SPEAKS_FOR)
        if is_honest or not (is_odd or count >= self.least_here):
            return 0
        form.passed = True
        return count if count <= _ALL_PASSED or count & (count - 1) == 0 else 0

    def _text(self, facts: Facts[Sms], row: int, look: Look | None, count: int) -> Observation:
        batch, origin = facts.batch, facts.origin
        domain = batch.url_domain[row]
        about = about_text(facts, row, domain if _is_ones_own(look, batch, row) else None)
        return self.observation(
            "record" if batch.source[row] == SMS_SMSC else "text",
            batch,
            row,
            source_of(batch, row, origin),
            space="number",
            who=about.number or _NOBODY,
            of_calls=about,
            values={
                "content": batch.content_hash[row],
                "sender": batch.sender[row],
                "domain": domain,
                "claimed": brands_of().claimed_by(batch.sender[row]),
                "count": count,
            },
        )

    def observe(self, state: Templates, observation: Observation) -> None:
        rx_ms = observation.rx_ts
        if observation.kind == "alive":
            state.alive_ms = rx_ms
            return
        form = self._form(state, observation)
        form.last_rx = rx_ms
        form.forget(rx_ms - self.horizon_ms)
        values, about = observation.values, observation.of_calls
        source, count = observation.source, int(values["count"] or 0)
        where = f"{source.topic}/{source.partition}/{rx_ms // self.horizon_ms}"
        note(form.senders, str(values["sender"]), rx_ms)
        if about is not None and (about.number or values.get("domain")):
            note(form.things, about.number or str(values["domain"]), rx_ms)
        if observation.kind == "record":
            form.centre[where] = count, rx_ms
            state.record(form, rx_ms)
            return
        form.phones[where] = count, rx_ms
        let_wait(state.waiting, observation, rx_ms + int(self.record_wait_s * 1000))

    def next_due_ms(self, state: Templates) -> int | None:
        return state.waiting[0].due if state.waiting else None

    def evaluate(self, state: Templates, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0].due <= until_ms:
            pending = state.next_waiting()
            form = self._form(state, pending.observation)
            weight = self._weigh(state, form, pending)
            if weight > 0.0:
                findings.append(self._finding(pending, form, min(weight, self.cap)))
        return findings

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


def _is_ones_own(look: Look | None, batch: Sms, row: int) -> bool:
    """Whether the domain of a text's link is the sender's own, not a brand's or a service's."""
    if look is None or look.is_odd:
        return look is not None
    return look.kind not in ("own", "short") and batch.short_url[row] != 1.0
