"""`phishing_domain`: what weighs more, what passes, and what a finding is about."""

from typing import Any

import pytest

from detectors.features.domains.brands import Brand
from detectors.features.facts import Origin
from detectors.model.columns import Batch
from detectors.model.finding import Finding
from detectors.rules.phishing_domain.rule import PhishingDomain
from detectors.rules.phishing_domain.samples import CENTRE, DAY_S, NUMBER, link
from tests.detectors.test_rule_contract import judged

RULE = PhishingDomain()
FIRM = {"sender": "1069123"}


def weights(make: Any, *rows: Any, rule: PhishingDomain = RULE) -> list[float]:
    return [finding.weight for finding in found(make, *rows, rule=rule)]


def found(make: Any, *rows: Any, rule: PhishingDomain = RULE) -> list[Finding]:
    batch: Batch = make.sms(*rows)
    findings: list[Finding] = make.findings(rule, batch)
    return findings


@pytest.mark.parametrize(
    ("domain", "weight"),
    [
        ("icbc-vip.example", RULE.lure_weight),
        ("icbc-tour.example", RULE.word_weight),
        ("mywechatfriend.top", RULE.inside_weight),
        ("icbc.top", RULE.suffix_weight),
        ("1cbc.example", RULE.letters_weight),
        ("xn--icb-6ed.example", RULE.letters_weight),
        ("alipey.top", RULE.typo_weight),
        ("192.0.2.7", RULE.address_weight),
        ("icbc-vip.vercel.app", RULE.lure_weight + RULE.hosted_weight),
    ],
)
def test_each_look_has_its_weight(make: Any, domain: str, weight: float) -> None:
    assert weights(make, link(domain, **FIRM)) == [weight]


def test_a_text_in_the_brands_name_weighs_more_unless_the_centre_sent_it(make: Any) -> None:
    as_bank = link("icbc-vip.example", sender="95588")
    assert weights(make, as_bank) == [RULE.lure_weight + RULE.sender_weight]
    assert weights(make, {**as_bank, "source": CENTRE}) == [RULE.lure_weight]


def test_a_subscribers_number_is_the_findings_and_a_short_one_is_not(make: Any) -> None:
    (one,) = found(make, link("icbc-vip.example", callback="n1", **NUMBER, **FIRM))
    assert one.of_calls is not None
    assert (one.who, one.of_calls.number, one.of_calls.role) == ("n1", "n1", "callback")
    assert one.of_calls.number_class == "mobile"
    assert one.of_calls.links == ("callback:n1", "domain:icbc-vip.example", "sender:1069123")
    bank = {"callback": "n2", "callback_prefix": 95588, "callback_digits": 5}
    (own,) = found(make, link("icbc-vip.example", **bank, callback_length=5.0, **FIRM))
    assert own.of_calls is not None
    assert own.of_calls.number is None
    assert not any(each.startswith("callback:") for each in own.of_calls.links)


def test_a_domain_that_sends_day_after_day_is_an_old_acquaintance(make: Any) -> None:
    days = [link("icbc-lease.example", at_s=DAY_S * day, **FIRM) for day in range(12)]
    most = RULE.established_days
    assert len(weights(make, *days)) == most
    assert len(weights(make, *days, rule=PhishingDomain(excuse_established=False))) == 12


def test_what_was_learned_is_known_again_after_a_restart(make: Any) -> None:
    days = [link("icbc-lease.example", at_s=DAY_S * day, **FIRM) for day in range(12)]
    state, before = RULE.new_zone_state(), RULE.new_zone_state()
    screened = RULE.new_state()
    RULE.screen(screened, make.facts(make.sms(*days)))
    observations = RULE.sums_due(screened, 1 << 60, Origin("town", 0))
    for observation in observations:
        RULE.observe(before, observation)
    RULE.evaluate(before, observations[-1].rx_ts)
    learned = RULE.learned(before)
    assert learned is not None
    RULE.take_up(state, learned, observations[-1].rx_ts)
    RULE.observe(state, observations[-1])
    assert RULE.evaluate(state, 1 << 60) == []


def test_a_new_domain_counts_only_in_the_name_of_a_brand_and_after_a_week(make: Any) -> None:
    before = link("parcel.example", **FIRM)
    later = link("prize.example", at_s=8 * DAY_S)
    claimed = weights(make, before, {**later, "sender": "95588"})
    assert claimed == [RULE.new_weight + RULE.sender_weight]
    assert weights(make, before, {**later, **FIRM}) == []
    assert weights(make, {**later, "at_s": 3600.0, "sender": "95588"}) == []


def test_links_of_services_that_shorten_show_nothing(make: Any) -> None:
    before = link("parcel.example", **FIRM)
    short = link("brief.example", at_s=8 * DAY_S, sender="95588")
    assert weights(make, before, short) != []
    assert weights(make, before, {**short, "short_url": 1.0}) == []


def test_a_wave_is_found_at_half_minutes_in_which_it_doubles(make: Any) -> None:
    wave = [link("icbc-vip.example", at_s=float(second)) for second in range(100)]
    assert [finding.values["texts"] for finding in found(make, *wave)] == [10, 40, 70]


@pytest.mark.parametrize("partitions", [2, 5])
def test_texts_of_all_partitions_are_one_wave(make: Any, partitions: int) -> None:
    """And a domain that is no brand's own is met once in half an hour, wherever it comes first."""
    wave = [link("icbc-vip.example", at_s=float(n), device=f"d{n}") for n in range(100)]
    plain = [link("prize.example", at_s=8 * DAY_S + n, sender="95588") for n in range(9)]
    rows = [*wave, link("parcel.example", at_s=0.5, **FIRM), *plain]
    rows.sort(key=lambda row: row["at_s"])
    observations = []
    for part in range(partitions):
        state, own = RULE.new_state(), rows[part::partitions]
        RULE.screen(state, make.facts(make.sms(*own)))
        observations += RULE.sums_due(state, 1 << 60, Origin("town", part))
    whole = [(each.rx_ts, each.ts, each.values) for each in found(make, *rows)]
    assert [(each.rx_ts, each.ts, each.values) for each in judged(RULE, observations)] == whole
    assert {values["domain"] for *_, values in whole} == {"icbc-vip.example", "prize.example"}


def test_brands_and_domains_of_the_settings_are_known(make: Any) -> None:
    text = link("seaside-pay.example", **FIRM)
    assert weights(make, text) == []
    brand = Brand(tokens=("seaside",), domains=("seaside.example",), senders=("95000",))
    more = PhishingDomain(brands={"seaside": brand})
    assert weights(make, text, rule=more) == [RULE.lure_weight]
    assert weights(make, link("seaside.example", sender="95000"), rule=more) == []
    own = PhishingDomain(own_domains=("icbc-vip.example",))
    assert weights(make, link("icbc-vip.example"), rule=own) == []
