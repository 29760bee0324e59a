"""Notices of victims: whom they are about, how often, and what is in them."""

from typing import Any

import msgspec
import pytest

from detectors.acting.notice import VictimNotice
from detectors.acting.victims import DAY_MS, VALID_MS, Noticed, notices
from detectors.model.finding import Finding, OfCalls, Source

T0 = 1_700_000_000_000


def finding(level: str | None, at_ms: int = 0, **other: Any) -> Finding:
    fields: dict[str, Any] = {
        "detector": "victim_path",
        "version": 1,
        "family": "victim",
        "ts": T0 + at_ms - 5000,
        "rx_ts": T0 + at_ms,
        "weight": 2.0,
        "cap": 4.0,
        "space": "number",
        "who": "h-caller",
        "values": {"level": level, "suspect": "spoofed", "reasons": "long_call asked_office"},
        "of_calls": OfCalls(number="h-caller", prefix="8610555", people=("h-victim",)),
        "source": Source("call.signalling", 0, 1, -1),
    }
    return Finding(**{**fields, **other})


def levels(*findings: Finding) -> list[str]:
    state = Noticed()
    return [each.level for one in findings for each in notices(state, [one])]


def test_a_notice_names_the_victim_and_nothing_of_the_caller() -> None:
    (notice,) = notices(Noticed(), [finding("medium")], lambda _: ("b", "a", "b"))
    assert notice == VictimNotice(
        subscriber="h-victim",
        level="medium",
        reasons=("spoofed", "long_call", "asked_office"),
        since=T0 - 5000,
        ts=T0,
        valid_until=T0 + VALID_MS,
        alert_ids=("a", "b"),
    )
    text = msgspec.json.encode(notice)
    assert b"h-caller" not in text
    assert b"8610555" not in text
    fields = ["subscriber", "level", "reasons", "since", "ts", "valid_until", "alert_ids"]
    assert list(msgspec.json.decode(text)) == fields


def test_a_level_only_rises() -> None:
    rising = [finding(level, n) for n, level in enumerate(("shallow", "medium", "deep"))]
    assert levels(*rising) == ["shallow", "medium", "deep"]
    assert levels(*rising[::-1]) == ["deep"]


@pytest.mark.parametrize(
    ("after_ms", "count"), [(1, 1), (DAY_MS - 1, 1), (DAY_MS, 2), (VALID_MS, 2)]
)
def test_one_a_level_and_day(after_ms: int, count: int) -> None:
    assert len(levels(finding("medium"), finding("medium", after_ms))) == count


def test_a_lower_level_is_new_when_the_higher_one_is_over() -> None:
    assert levels(finding("deep"), finding("shallow", VALID_MS - 1)) == ["deep"]
    assert levels(finding("deep"), finding("shallow", VALID_MS)) == ["deep", "shallow"]


def test_others_findings_say_nothing_of_victims() -> None:
    number_alone = OfCalls(number="h-caller")
    assert levels(finding("deep", detector="wangiri"), finding(None)) == []
    assert levels(finding("deep", of_calls=None), finding("deep", of_calls=number_alone)) == []


def test_its_memory_is_plain_and_forgets() -> None:
    state = Noticed()
    for n in range(100):
        people = OfCalls(people=(f"h-{n}",))
        notices(state, [finding("medium", n * VALID_MS // 10, of_calls=people)])
    assert len(state.given) == 10
    assert msgspec.json.decode(msgspec.json.encode(state), type=Noticed) == state
