"""The link in a text leads to a domain that poses as a brand's."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.domains.brands import Brand, Brands, brands_of
from detectors.features.domains.looks import Look, look_of
from detectors.features.facts import Facts, Origin
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.rule import Screened, source_of
from detectors.features.sms.texts import about_text, has_domain, has_foreign_number
from detectors.model.codes import SMS_SMSC
from detectors.model.columns import Sms
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, Hours, Nats, Switch
from detectors.rules.phishing_domain.acquaintances import Acquaintance, Domains, Learned
from detectors.rules.phishing_domain.passed import (
    LINK,
    Passed,
    Topics,
    is_doubled,
    of_record,
    put_first,
    together,
)

_HOUR_MS: Final = 3_600_000
#: Texts of one domain are counted together for so long (ms, arrival).
_WINDOW_MS: Final = 1_800_000
#: What the senders of all brands that a text may claim are called where there is none.
_NOBODY: Final = ""


class PhishingDomain(PromptRule[Sms, Topics, Domains], frozen=True, kw_only=True):
    """A text's link leads to a domain that poses as a bank's, an operator's or an authority's.

    What it sees: `url_domain`, the registrable domain. A brand's name as a word of it beside a lure
    ("icbc-vip") or beside anything; letters of other scripts that look like its own (Punycode), and
    digits for letters; an address of numbers; and, only beside a lure, below a cheap suffix or one
    where anybody has a name in minutes (vercel.app): the name alone, within a word, or with one
    letter wrong. More weight on such a suffix, where the sender shows a brand's number (95588) and
    the centre hasn't recorded the text, and where the domain is new to this installation; a domain
    that is new and has nothing odd counts only where sender and domain are of different owners.
    Its texts' call-back number, if that is no short one, is what the finding is about. `brands` and
    `own_domains` add to the brands that ship (`detectors/features/domains/brands.toml`).

    Why a rogue station does it: its texts are to be believed, as are those of frauds that send by
    gateways and by SIM boxes; so the link shows a name that people trust.

    Why an honest network may: brands have domains of their own and of subsidiaries, and use
    services that shorten links (`short_url`, and those that the table lists), all of which pass;
    news, clubs and shops name brands (`excuse_media`); what has sent texts day after day is no
    fraud's, whose domains last hours (`excuse_established`); where little was seen yet everything
    is new (`excuse_unwatched`); a text that the centre recorded shows who really sent it
    (`excuse_recorded`).

    References: docs/science.md, E7, F38; Kintis et al., CCS 2017 (names that hold a brand are a
    hundred times as many as misspelt ones); Unicode UTS 39; RFC 3492; publicsuffix.org.

    >>> from detectors.rules.sample_town import TOWN
    >>> texts = [{"url_domain": name} for name in ("icbc.com.cn", "icbc-vip.example", "t.cn")]
    >>> (finding,) = TOWN.findings(PhishingDomain(), TOWN.sms(*texts))
    >>> finding.values["look"], finding.values["brand"], finding.of_calls.links
    ('lure', 'icbc', ('domain:icbc-vip.example', 'sender:95588'))
    """

    name: ClassVar[str] = "phishing_domain"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "message"
    alert_kind: ClassVar[AlertKind | None] = "phishing"
    horizon_ms: ClassVar[int] = _WINDOW_MS
    learned_type: ClassVar[type[Learned] | None] = Learned

    lure_weight: Nats = 3.0
    word_weight: Nats = 2.0
    inside_weight: Nats = 1.5
    suffix_weight: Nats = 1.5
    letters_weight: Nats = 3.0
    typo_weight: Nats = 1.5
    address_weight: Nats = 1.0
    hosted_weight: Nats = 0.5
    sender_weight: Nats = 1.0
    new_weight: Nats = 1.0
    cap: Cap = 5.0
    new_h: Hours = 24.0
    watched_h: Hours = 168.0
    established_days: Count = 7
    brands: dict[str, Brand] | None = None
    own_domains: tuple[str, ...] = ()
    excuse_media: Switch = True
    excuse_established: Switch = True
    excuse_unwatched: Switch = True
    excuse_recorded: Switch = True

    def concerns(self, facts: Facts[Sms]) -> bool:
        return bool(has_domain(facts).any())

    def screen(self, state: Topics, facts: Facts[Sms]) -> Screened:
        """Takes in domains that are no brand's own, each once in half an hour; odd ones with each
        text, by sender and call-back number. They are sent by half-minutes."""
        batch, brands = facts.batch, self._brands()
        if not self.concerns(facts):
            return Screened()
        rows = np.flatnonzero(has_domain(facts))
        looks = {name: look_of(name, brands) for name in set(batch.url_domain[rows])}
        sent = state.of(facts.origin.topic)
        for row in rows.tolist():
            what, rx = batch.url_domain[row], int(batch.rx_ms[row])
            look = looks[what]
            if not self._is_judged(look, batch, row):
                continue
            is_odd = self._weight(look) > 0.0
            if is_odd:
                number = batch.callback[row] if has_foreign_number(facts)[row] else ""
                what = f"{what}|{batch.sender[row]}|{number}"
            seen = sent.see(what, rx, _WINDOW_MS, is_odd=is_odd)
            if seen is not None:
                put_first(seen, what, self._observation(facts, row, look))
        return Screened()

    def sums_due(self, state: Topics, until_ms: int, origin: Origin) -> list[Observation]:
        return list(state.of(origin.topic).due(until_ms, origin, self.name))

    def _is_judged(self, look: Look, batch: Sms, row: int) -> bool:
        """Whether a link's domain is its owner's: a brand's own and those of services that shorten
        links show nothing of who is behind."""
        if look.is_odd:
            return True
        return look.kind not in ("own", "short") and batch.short_url[row] != 1.0

    def _observation(self, facts: Facts[Sms], row: int, look: Look) -> Observation:
        batch = facts.batch
        domain = str(batch.url_domain[row])
        about = about_text(facts, row, domain)
        recorded = self.excuse_recorded and batch.source[row] == SMS_SMSC
        claimed = None if recorded else self._brands().claimed_by(batch.sender[row])
        return self.observation(
            LINK,
            batch,
            row,
            source_of(batch, row, facts.origin),
            space="number",
            who=about.number or _NOBODY,
            of_calls=about,
            values={
                "domain": domain,
                "sender": batch.sender[row],
                "look": look.kind or "plain",
                "brand": look.brand or None,
                "claimed": claimed,
                "hosted": int(look.is_hosted),
            },
        )

    def observe(self, state: Domains, observation: Observation) -> None:
        of_record(observation, self.name)  # refuses what no worker sends
        state.seen.append(observation)

    def evaluate(self, state: Domains, until_ms: int) -> list[Finding]:
        while seen := state.next_seen(until_ms):
            source, rx = seen[0].source, seen[0].rx_ts
            passed = state.passed.setdefault(source.topic, Passed())
            for what, (text, more) in together(seen).items():
                before, count = passed.count(what, more, rx - 1, _WINDOW_MS)
                is_odd = self._weight(look_of(str(text.values["domain"]), self._brands())) > 0.0
                if is_doubled(before, count) if is_odd else not before:
                    self._judge(state, of_record(text, self.name), count if is_odd else 1)
        return super().evaluate(state, until_ms)

    def _judge(self, state: Domains, text: Observation, count: int) -> None:
        known = state.meet(str(text.values["domain"]), text.rx_ts)
        weight = self._weigh(state, known, text)
        if weight > 0.0:
            state.due.append(self._finding(text, known, count, weight))

    def _weigh(self, state: Domains, known: Acquaintance, observation: Observation) -> float:
        """The weight of a text's domain, with what is known of it and of the sender."""
        look = look_of(str(observation.values["domain"]), self._brands())
        weight = self._weight(look)
        if self.excuse_established and known.days > self.established_days:
            return 0.0
        is_watched = state.watched_ms(observation.rx_ts) >= self.watched_h * _HOUR_MS
        is_new = observation.rx_ts - known.first_ms <= self.new_h * _HOUR_MS
        is_new = is_new and known.days <= 2 and (is_watched or not self.excuse_unwatched)
        is_claimed = observation.values.get("claimed") is not None
        if not weight and not (is_new and is_claimed):
            return 0.0
        weight += self.new_weight * is_new + self.sender_weight * is_claimed
        weight += self.hosted_weight * look.is_hosted
        return min(weight, self.cap)

    def _weight(self, look: Look) -> float:
        """What a domain weighs by itself."""
        if look.kind == "media" and not self.excuse_media:
            return self.word_weight
        weight: float = getattr(self, f"{look.kind}_weight") if look.is_odd else 0.0
        return weight

    def _finding(
        self, text: Observation, known: Acquaintance, count: int, weight: float
    ) -> Finding:
        return self.finding_about(
            text,
            round(weight, 3),
            values={**text.values, "texts": count, "days": known.days},
        )

    def _brands(self) -> Brands:
        return brands_of(self.brands, self.own_domains)
