"""`template_burst`: which forms of text are passed on, what they weigh, and what they are about."""

from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.model.finding import Finding, Observation
from detectors.rules.template_burst.hashes import near
from detectors.rules.template_burst.rule import TemplateBurst
from detectors.rules.template_burst.samples import (
    DAY_S,
    FIRM,
    bulk,
    codes,
    honest,
    rogue,
    rotating,
    text,
)
from tests.detectors.test_rule_contract import judged

RULE = TemplateBurst()
FORM_LINK = "template:ff00ff00ff00ff00"


def found(make: Any, *rows: Any, rule: TemplateBurst = RULE) -> list[Finding]:
    findings: list[Finding] = make.findings(
        rule, make.sms(*sorted(rows, key=lambda row: row["at_s"]))
    )
    return findings


def test_a_rogue_stations_wave_gives_the_number_and_all_links(make: Any) -> None:
    findings = found(make, *honest(), *rogue(10))
    assert len(findings) == 10
    last = findings[-1]
    assert last.of_calls is not None
    assert (last.who, last.of_calls.number, last.of_calls.role) == ("n1", "n1", "callback")
    assert last.of_calls.links == ("callback:n1", "sender:95588", FORM_LINK)
    assert last.weight == RULE.callback_weight + RULE.unrecorded_weight
    assert (last.values["receivers"], last.values["recorded"]) == (10, 0)


def test_a_number_that_firms_have_too_weighs_half(make: Any) -> None:
    firms = found(make, *honest(), *rogue(9, **FIRM))
    assert firms[0].weight == RULE.callback_weight / 2 + RULE.unrecorded_weight


def test_bulk_of_a_firm_that_passes_the_centre_by_weighs_little(make: Any) -> None:
    firm = found(make, *honest(), *rogue(9, sender="1065123", **FIRM))
    assert {finding.weight for finding in firm} == {RULE.unrecorded_weight}


def test_few_receivers_without_a_record_weigh_little(make: Any) -> None:
    weights = [one.weight for one in found(make, *honest(), *rogue(4, sender="1065123", **FIRM))]
    assert set(weights) == {round(RULE.unrecorded_weight * 4 / RULE.sure_devices, 3)}


def test_few_receivers_are_no_burst(make: Any) -> None:
    assert found(make, *honest(), *rogue(RULE.least_devices - 1)) == []
    one = [{**row, "device": "v0"} for row in rogue(9)]
    assert found(make, *honest(), *one) == []


def test_senders_that_rotate_count_though_the_centre_has_them(make: Any) -> None:
    findings = found(make, *honest(), *rotating(8))
    assert {finding.weight for finding in findings} == {RULE.senders_weight}
    assert {finding.values["domain"] for finding in findings} == {"prize.example"}


def test_codes_of_many_senders_without_number_or_link_are_silent(make: Any) -> None:
    assert found(make, *honest(), *codes(40)) == []


def test_a_form_that_comes_day_after_day_is_an_old_acquaintance(make: Any) -> None:
    def day(number: int) -> list[Any]:
        return [{**row, "at_s": row["at_s"] + DAY_S * number} for row in rotating(8)]

    rows = [row for number in range(10) for row in day(number)]
    last = max(row["at_s"] for row in rows) - 3600.0
    late = [one for one in found(make, *rows) if one.ts >= make.t0_ms + last * 1000]
    assert late == []
    strict = TemplateBurst(excuse_established=False)
    assert [one for one in found(make, *rows, rule=strict) if one.ts >= make.t0_ms + last * 1000]


def test_bulk_is_passed_on_by_half_minutes(make: Any) -> None:
    """In less than half of what its fields take as text."""
    batch = make.sms(*sorted(bulk(400), key=lambda row: row["at_s"]))
    observations = sums(make.facts(batch))
    minutes = int(batch.rx_ms.max() - batch.rx_ms.min()) / 60_000
    assert len(observations) <= 2 * minutes + 2
    assert sum(len(each.values["texts"]) for each in observations) <= 100 * len(batch)


def test_receivers_of_all_partitions_count_together(make: Any) -> None:
    observations = []
    for partition in range(4):
        rows = rogue(1, at_s=20.0 + partition)
        facts = make.facts(
            make.sms(*honest(1), *[{**row, "device": f"p{partition}"} for row in rows])
        )
        observations += sums(facts, Origin("sms.metadata", partition))
    findings = judged(RULE, observations)
    assert findings
    assert findings[-1].values["receivers"] == 4


def test_two_topics_that_share_a_state_are_counted_apart(make: Any) -> None:
    """Whatever their order, since they may be read in any."""
    batch = make.sms(*rogue(6))
    facts = make.facts(batch)
    other = type(facts)(batch, facts.register, Origin("device.sms", 0))
    shared, alone = RULE.new_state(), RULE.new_state()
    RULE.screen(shared, facts)
    RULE.screen(shared, other)
    RULE.screen(alone, other)
    due = [RULE.sums_due(state, 1 << 60, other.origin) for state in (shared, alone)]
    assert due[0] == due[1] != []


def test_what_is_no_hash_is_passed_over(make: Any) -> None:
    hashes = (None, "zz", "", "f" * 40)
    rows = [{**row, "content_hash": odd} for row, odd in zip(rogue(4), hashes, strict=True)]
    assert found(make, *rows) == []


def test_the_nearest_form_is_taken(make: Any) -> None:
    known = np.array([0b111, 0b1], dtype=np.uint64)
    assert near(known, 0b0, 6) == 1
    assert [row["content_hash"] for row in (text(0, 5), text(1, 5))] == [
        "0000000000000005",
        "0000000000000007",
    ]


def sums(facts: Any, origin: Origin | None = None) -> list[Observation]:
    """What a partition sends of some texts."""
    state, where = RULE.new_state(), origin or facts.origin
    of_origin = type(facts)(facts.batch, facts.register, where)
    assert RULE.screen(state, of_origin).observations == []
    return RULE.sums_due(state, 1 << 60, where)


def without_things(row: Any) -> Any:
    """A record of a centre that doesn't look into texts."""
    kept = ("callback", "callback_prefix", "callback_digits", "callback_length", "url_domain")
    return {name: value for name, value in row.items() if name not in kept}


def test_records_without_numbers_and_links_speak_for_a_form_all_the_same(make: Any) -> None:
    rows = [without_things(row) if row["source"] == 2 else row for row in bulk(40)]
    assert found(make, *honest(), *rows) == []


def test_where_records_never_have_a_number_or_link_a_missing_one_means_nothing(make: Any) -> None:
    before = [without_things(row) for row in honest() if row["source"] == 2]
    firm = rogue(9, sender="1065123", **FIRM)
    assert found(make, *before, *firm) == []
    assert found(make, *honest(), *firm) != []


def test_records_that_nobody_asks_for_count_for_nothing(make: Any) -> None:
    rows = [without_things(row) for row in bulk(400) if row["source"] == 2]
    state = RULE.new_zone_state()
    for observation in sums(make.facts(make.sms(*rows))):
        RULE.observe(state, observation)
    assert RULE.evaluate(state, 1 << 60) == []
    assert (state.forms, state.recent["town"].forms) == ([], [])


def test_what_no_worker_sends_is_refused(make: Any) -> None:
    (one, *_) = sums(make.facts(make.sms(*rogue(6))))
    for texts in ("", "?", one.values["texts"][:-8]):
        broken = msgspec.structs.replace(one, values={"texts": texts})
        with pytest.raises(ValueError, match=r".*"):
            RULE.observe(RULE.new_zone_state(), broken)
