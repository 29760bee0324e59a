"""Phones' records on a topic of their own meet the centre's, in whatever order the two are read."""

from typing import Any

import pytest

from detectors.features.facts import Origin
from detectors.features.sms.join import Join
from detectors.model.finding import Observation
from detectors.rules.phantom_sms.rule import PhantomSms
from detectors.screen.screening import Screening

PHONE, CENTRE = 1, 2
#: Messages of one phone, ten minutes apart, over more hours than records are kept.
TIMES_S = [600.0 * n for n in range(19)]


def screenings() -> dict[int, Screening]:
    """Those of the two topics, as a worker has them before anything was read."""
    centre = Screening((PhantomSms(),), Origin("sms.metadata", 2))
    both = {CENTRE: centre, PHONE: centre.beside(Origin("device.sms", 2))}
    for one in both.values():
        one.passed(0)
    return both


def read(make: Any, order: list[int]) -> list[Observation]:
    """What comes of reading each topic as a whole; the centre's records come a second before."""
    both, register, found = screenings(), make.register(), []
    for source in order:
        for number, at_s in enumerate(TIMES_S):
            given = {"content_hash": f"{number:016x}", "message_ref": f"m{number}"}
            row = {"device": "a", "at_s": at_s - (source == CENTRE), "source": source}
            found += both[source].step(make.sms({**row, **given}), register).observations
    return sorted(found, key=lambda one: one.rx_ts)


@pytest.mark.parametrize("order", [[PHONE, CENTRE], [CENTRE, PHONE]])
def test_every_message_is_reported_and_then_answered(make: Any, order: list[int]) -> None:
    found = read(make, order)
    kinds = [(one.kind, one.source.topic) for one in found]
    second = "sms.metadata" if order[0] == PHONE else "device.sms"
    assert kinds == [("seen", "device.sms"), ("vouched", second)] * len(TIMES_S)
    rule, ledger = PhantomSms(), PhantomSms().new_zone_state()
    for observation in found:
        rule.observe(ledger, observation)
    assert rule.evaluate(ledger, 1 << 60) == []


def test_records_wait_for_the_other_topic_no_longer_than_six_hours() -> None:
    state = Join()
    hour_ms = 3_600_000
    state.passed("device.sms", 10 * hour_ms)
    assert state.now_ms("device.sms", 10 * hour_ms) == 10 * hour_ms
    state.passed("sms.metadata", 8 * hour_ms)
    assert state.now_ms("device.sms", 10 * hour_ms) == 8 * hour_ms
    assert state.now_ms("device.sms", 20 * hour_ms) == 14 * hour_ms
    assert state.now_ms("sms.metadata", 8 * hour_ms) == 8 * hour_ms
