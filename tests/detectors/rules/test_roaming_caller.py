"""Lines that stay in one place and ring far strangers, and people who are far from home."""

from typing import Any

from detectors.model.finding import Finding
from detectors.rules.caller_rate.samples import strangers
from detectors.rules.roaming_caller.rule import RoamingCaller
from detectors.rules.roaming_caller.samples import AWAY, FAR, ONE_CELL


def found(make: Any, rows: list[dict[str, Any]], **settings: Any) -> list[Finding]:
    findings: list[Finding] = make.found(RoamingCaller(**settings), make.calls(*rows))
    return findings


def test_far_strangers_from_one_place(make: Any) -> None:
    findings = found(make, strangers(20, "d1", **FAR, **ONE_CELL))
    assert 12 <= findings[0].values["calls"] <= 13
    assert findings[-1].weight == RoamingCaller().most_weight
    assert findings[-1].family == "equipment"


def test_half_of_them_far_is_little(make: Any) -> None:
    rows = strangers(20, "d1", **FAR)
    mixed = [{**row, **({"callee_region": "21"} if n % 2 else {})} for n, row in enumerate(rows)]
    assert all(finding.weight < 1.0 for finding in found(make, mixed)[3:])
    third = [{**row, **({"callee_region": "21"} if n % 3 else {})} for n, row in enumerate(rows)]
    assert found(make, third) == []


def test_who_is_spoken_with_is_no_fraud_by_where_people_live(make: Any) -> None:
    """An organiser rings all who belong to something, wherever they live; few of them hang up."""
    rows = strangers(24, "d1", **FAR, duration_ms=50_000.0)
    spoken = [{**row, "released_by": 1 + n % 2} for n, row in enumerate(rows)]
    assert found(make, spoken) == []
    assert found(make, spoken, excuse_spoken_with=False)[-1].weight > 1.0
    hung_up = [{**row, "released_by": 2, "duration_ms": 6_000.0} for row in rows]
    unknown = [{**row, "answered": False} for row in rows]
    last = [found(make, each)[-1].weight for each in (hung_up, unknown)]
    assert last[0] == last[1] > 1.0


def test_few_calls_and_repeats_say_nothing(make: Any) -> None:
    assert found(make, strangers(11, "d1", **FAR)) == []
    again = [{**FAR, "caller": "d1", "callee": f"c{n % 6}", "at_s": 60.0 * n} for n in range(40)]
    assert found(make, again) == []


def test_where_regions_are_not_known_nothing_is_found(make: Any) -> None:
    assert found(make, strangers(30, "d1", home_region=None)) == []
    assert found(make, strangers(30, "d1", home_region="21", callee_region=None)) == []


def test_a_line_that_is_away_never_counts_as_a_family_by_that(make: Any) -> None:
    findings = found(make, strangers(60, "d1", 30.0, **AWAY))
    assert findings[0].values["reason"] == "away"
    assert all(finding.weight < 1.0 for finding in findings)


def test_of_a_line_of_which_nobody_says_where_it_is_no_more_is_known(make: Any) -> None:
    """A courier with a SIM from another province rings the town where he works."""
    rows = strangers(60, "d1", 30.0, **(FAR | {"visited_region": None}), **ONE_CELL)
    findings = found(make, rows)
    assert findings[0].values["reason"] == "away"
    assert all(finding.weight < 1.0 for finding in findings)


def test_who_moves_is_a_traveller(make: Any) -> None:
    rows = strangers(20, "d1", **FAR, area=7.0)
    assert found(make, [{**row, "cell": float(n)} for n, row in enumerate(rows)])[8:] == []
