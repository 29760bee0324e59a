"""Numbers that ring once, from abroad or to many, and people who do so by agreement."""

from typing import Any

import pytest

from detectors.model.codes import INTERNATIONAL
from detectors.model.finding import Finding
from detectors.rules.caller_rate.samples import FIRM, strangers
from detectors.rules.short_calls.samples import ended_soon
from detectors.rules.wangiri.rule import Wangiri
from detectors.rules.wangiri.samples import ABROAD, ONCE


def found(make: Any, *rows: dict[str, Any], **settings: Any) -> list[Finding]:
    findings: list[Finding] = make.found(Wangiri(**settings), make.calls(*rows))
    return findings


def test_a_single_ring_from_abroad_is_a_finding_with_links(make: Any) -> None:
    (finding,) = found(make, {**ABROAD, **ONCE})
    assert 1.0 <= finding.weight < 2.0
    assert finding.of_calls is not None
    assert finding.of_calls.links == (
        *("trunk:gw-1", "region:10", "prefix:2243210/11"),
        "manner:wangiri|abroad 224|gw-1|10",
    )


def test_more_of_them_weigh_more(make: Any) -> None:
    rows = [{"caller": "d1", "at_s": 9.0 * n, **ABROAD, **ONCE} for n in range(4)]
    weights = [finding.weight for finding in found(make, *rows)]
    assert weights[0] < weights[1] <= weights[-1] <= Wangiri().most_weight


def test_calls_of_other_countries_are_not_linked(make: Any) -> None:
    """On a trunk from abroad come calls of all countries, and in each some give up after a ring."""
    other = {**ABROAD, "caller_prefix": 9601234}
    one, two = found(make, {**ABROAD, **ONCE}, {**other, **ONCE})
    assert one.of_calls is not None
    assert two.of_calls is not None
    assert set(one.of_calls.links) & set(two.of_calls.links) == {"trunk:gw-1", "region:10"}


def test_who_rings_one_person_twice_is_acquainted_from_the_second_call_on(make: Any) -> None:
    rows = [{"caller": "d1", "callee": "c1", "at_s": 60.0 * n, **ABROAD, **ONCE} for n in range(3)]
    assert [finding.values["rings"] for finding in found(make, *rows)] == [1]


def test_one_who_also_speaks_with_people_is_no_wangiri(make: Any) -> None:
    spoken = [{"caller": "d1", "at_s": 9.0 * n, **ABROAD} for n in range(4)]
    assert found(make, *spoken, {"caller": "d1", "at_s": 60.0, **ABROAD, **ONCE}) == []


@pytest.mark.parametrize(
    "change", [{"ring_ms": 4000.0}, {"ring_ms": None}, {"released_by": 3}, {"answered": True}]
)
def test_what_is_no_single_ring(make: Any, change: dict[str, Any]) -> None:
    assert found(make, {**ABROAD, **ONCE, **change}) == []


def test_a_number_of_home_from_abroad_counts_as_from_abroad(make: Any) -> None:
    (finding,) = found(make, {**ONCE, "ingress": INTERNATIONAL})
    assert finding.values["reason"] == "abroad"


def test_a_number_of_home_needs_many_strangers(make: Any) -> None:
    assert found(make, *strangers(7, "d1", **ONCE)) == []
    (first, *_) = found(make, *strangers(9, "d1", **ONCE))
    assert first.values["reason"] == "many"
    assert first.values["callees"] == 8


def test_people_who_are_rung_once_by_agreement(make: Any) -> None:
    rows = [{"caller": "d1", "callee": f"c{n % 5}", "at_s": 60.0 * n, **ONCE} for n in range(40)]
    assert found(make, *rows) == []


def test_a_predictive_dialler_reaches_people_in_other_calls(make: Any) -> None:
    rows = ended_soon(60, "d1", **FIRM)
    rows = [{**row, **(ONCE if n % 2 else {})} for n, row in enumerate(rows)]
    assert found(make, *rows) == []
