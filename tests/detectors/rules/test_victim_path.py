"""`victim_path`: levels by what somebody does, whichever record comes last."""

from typing import Any

import pytest

from detectors.model.finding import Finding
from detectors.rules.sample_town import Row
from detectors.rules.victim_path.recent import SPOKEN_MS
from detectors.rules.victim_path.rule import VictimPath
from detectors.rules.victim_path.samples import (
    ABROAD,
    FOREIGN,
    HOUR,
    MIN,
    SPOOFED,
    WITHHELD,
    calls,
    texts,
    to_bank,
    to_mobile,
    to_office,
    worked_on,
)

RULE = VictimPath()
#: A mobile number of home, and one abroad.
MOBILE: Row = {"caller_prefix": 8613912, "caller_length": 13.0}
OVERSEAS: Row = {"callee": "own", "callee_prefix": 4474005, "callee_length": 12.0}
FOUR_HUNDRED: Row = {"callee": "c", "callee_prefix": 8640055, "callee_length": 12.0}


def levels(make: Any, *rows: Row, rule: VictimPath = RULE) -> list[tuple[str, str]]:
    found = make.findings(rule, calls(make, *rows))
    return [_level(finding) for finding in found if finding.values["level"] != "shallow"]


def _level(finding: Finding) -> tuple[str, str]:
    return str(finding.values["level"]), str(finding.values["reasons"])


MEDIUM = ("medium", "long_call asked_office")
DEEP = ("deep", "long_call asked_office rang_bank")


def test_a_taken_call_alone_is_shallow(make: Any) -> None:
    short = {**SPOOFED, **ABROAD, "callee": "v", "at_s": 0.0}
    (finding,) = make.findings(RULE, calls(make, short))
    assert finding.values["level"] == "shallow"
    assert finding.of_calls.people == ("v",)
    assert finding.of_calls.number == finding.who == "gang"
    assert finding.weight == RULE.shallow_weight
    assert make.findings(RULE, calls(make, {**short, "answered": False})) == []


def test_a_finding_is_about_the_caller_and_since_the_deciding_call(make: Any) -> None:
    rows = (worked_on(), to_office(25 * MIN, rx_s=26 * MIN))
    *_, medium = make.findings(RULE, calls(make, *rows))
    assert (medium.who, medium.of_calls.people) == ("gang", ("v",))
    assert medium.of_calls.calls == (f"ref-gang-{make.t0_ms}",)
    assert medium.of_calls.links == ("trunk:gateway-01", "prefix:8610555/12", "region:10")
    assert medium.ts == make.t0_ms + 25 * 60_000
    assert medium.rx_ts == make.t0_ms + 26 * 60_000
    assert medium.values["minutes"] == 20


@pytest.mark.parametrize("late", range(3), ids=["the long call", "the office", "the bank"])
def test_whichever_record_comes_last(make: Any, late: int) -> None:
    rows = [worked_on(), to_office(25 * MIN), to_bank(40 * MIN)]
    rows[late] |= {"rx_s": 70 * MIN}
    found = make.findings(RULE, calls(make, *rows))
    last = max(found, key=lambda each: float(each.weight))
    assert _level(last) == DEEP
    assert last.rx_ts == make.t0_ms + 70 * 60_000


def test_records_of_two_points_are_one_call(make: Any) -> None:
    rows = (worked_on(), to_office(25 * MIN), to_bank(40 * MIN))
    twice = [{**row, "call_ref": f"ref-{n}"} for n, row in enumerate(rows) for _ in range(2)]
    assert levels(make, *twice) == [MEDIUM, DEEP]
    again = {**OVERSEAS, "caller": "v", "call_ref": "one"}
    rung = [{**again, "at_s": 30 * MIN + n} for n in range(3)]
    assert levels(make, worked_on(), to_office(25 * MIN), *rung) == [MEDIUM]


def test_a_number_abroad_that_is_rung_for_the_third_time(make: Any) -> None:
    rung = [{**OVERSEAS, "caller": "v", "at_s": (30 + 5 * n) * MIN} for n in range(4)]
    rows = (worked_on(), to_office(25 * MIN))
    assert levels(make, *rows, *rung[:2]) == [MEDIUM]
    assert levels(make, *rows, *rung)[1:] == [("deep", "long_call asked_office rang_back")]
    *_, deep = make.findings(RULE, calls(make, *rows, *rung))
    assert deep.of_calls.links[-1] == "callback:own"


@pytest.mark.parametrize(
    "row",
    [
        worked_on(duration_ms=RULE.long_min * 60_000 - 1),
        worked_on(ingress=3),
        worked_on(answered=False),
        worked_on(callee="other"),
        worked_on(-3 * HOUR),
    ],
    ids=["short", "of home", "not taken", "somebody else", "long ago"],
)
def test_what_is_no_exposure(make: Any, row: Row) -> None:
    assert levels(make, row, to_office(25 * MIN), to_bank(40 * MIN)) == []


@pytest.mark.parametrize("at_s", [10 * MIN, 20 * MIN + RULE.check_min * MIN + 310.0 + 300.0])
def test_an_office_at_another_time_is_no_check(make: Any, at_s: float) -> None:
    assert levels(make, worked_on(), to_office(at_s), to_bank(at_s + MIN)) == []


def test_a_bank_without_a_check_is_everyday(make: Any) -> None:
    assert levels(make, worked_on(), to_bank(25 * MIN)) == []
    assert levels(make, worked_on(), to_bank(5 * MIN), to_office(25 * MIN)) == [MEDIUM]


@pytest.mark.parametrize(
    ("check", "odd"), [(1, True), (3, True), (4, True), (2, False), (5, False)]
)
def test_a_mobile_number_is_odd_where_its_register_denies_it(
    make: Any, check: int, odd: bool
) -> None:
    row = worked_on(**MOBILE, roaming_check=check)
    assert levels(make, row, to_office(25 * MIN)) == ([MEDIUM] if odd else [])


@pytest.mark.parametrize(
    ("odd", "suspect"),
    [(WITHHELD, "withheld"), ({"caller_prefix": 8600000, "caller_length": 9.0}, "malformed")],
)
def test_weak_oddities_weigh_a_share(make: Any, odd: Row, suspect: str) -> None:
    found = make.findings(RULE, calls(make, worked_on(**odd), to_office(25 * MIN)))
    assert [each.values["suspect"] for each in found] == [suspect]
    assert found[0].weight == RULE.medium_weight * RULE.weak_share


def test_a_foreign_number_that_rings_many(make: Any) -> None:
    rings = [
        {**FOREIGN, **ABROAD, "caller": "f", "callee": f"o{n}", "at_s": n, "answered": False}
        for n in range(2)
    ]
    long = worked_on(10.0, caller="f", **FOREIGN)
    assert levels(make, *rings, long, to_office(25 * MIN)) == [MEDIUM]
    assert levels(make, *rings[:1], long, to_office(25 * MIN)) == []


def lured(make: Any, count: int = 4, **other: Any) -> Any:
    rows = [{"device": f"r{n}", "at_s": 10.0 * n} for n in range(count)]
    return texts(make, *rows, **other)


def rings(at_s: float = 20 * MIN, **other: Any) -> Row:
    return {"caller": "w", "at_s": at_s, "duration_ms": 300_000.0, **FOUR_HUNDRED, **other}


def test_who_rings_the_number_of_false_texts(make: Any) -> None:
    bank = to_bank(40 * MIN, caller="w")
    medium, deep = make.findings(RULE, lured(make), calls(make, rings(), bank))
    assert _level(medium) == ("medium", "called_back")
    assert _level(deep) == ("deep", "called_back rang_bank")
    assert (medium.who, medium.of_calls.role, medium.of_calls.people) == ("c", "callback", ("w",))


def test_texts_may_be_reported_after_the_number_was_rung(make: Any) -> None:
    late = [{"device": f"r{n}", "at_s": 10.0 * n, "rx_s": 2000.0 + n} for n in range(4)]
    found = make.findings(RULE, texts(make, *late), calls(make, rings()))
    assert [each.rx_ts for each in found] == [make.t0_ms + 2_001_000]


#: Somebody's number, as texts have it.
NAMED: Row = {"callback": "m", "callback_prefix": 8613810, "callback_length": 13.0}
OTHER: Row = {"caller": "o", "callee": "p", "at_s": 26 * MIN}


def test_who_rings_a_mobile_number_in_false_texts(make: Any) -> None:
    rung, bank = to_mobile(20 * MIN, caller="w"), to_bank(40 * MIN, caller="w")
    again = {**rung, "rx_s": 20 * MIN + 5.0, "point": 2}
    rows = calls(make, rung, again, OTHER, bank)
    medium, deep = make.findings(RULE, lured(make, **NAMED), rows)
    assert _level(medium) == ("medium", "called_back")
    assert _level(deep) == ("deep", "called_back rang_bank")
    assert (medium.who, medium.of_calls.role, medium.of_calls.people) == ("m", "callback", ("w",))
    # It is known when the window is over in which it arrived.
    assert medium.rx_ts == (make.t0_ms + 60_000 * 20) // SPOKEN_MS * SPOKEN_MS + SPOKEN_MS


def test_a_mobile_number_in_texts_needs_more_receivers(make: Any) -> None:
    rows = calls(make, to_mobile(20 * MIN), rings(), OTHER)
    for receivers, named, found in ((2, {}, 1), (2, NAMED, 0), (4, NAMED, 1)):
        assert len(make.findings(RULE, lured(make, receivers, **named), rows)) == found


DIVERTED: Row = {"redirecting": "x", "redirecting_prefix": 8613810, "redirecting_length": 13.0}


def test_one_number_diverts_no_calls_to_many(make: Any) -> None:
    def gang(named: list[str], people: int = 3, **other: Any) -> list[tuple[str, str]]:
        long = [
            worked_on(n, callee=f"v{n}", **DIVERTED | {"redirecting": named[n]} | other)
            for n in range(people)
        ]
        offices = [to_office(25 * MIN + n, caller=f"v{n}") for n in range(people)]
        return levels(make, *long, *offices)

    assert gang(["x", "x"], people=2) == []
    assert gang(["x", "x", "x"]) == [MEDIUM, MEDIUM, MEDIUM]
    # What it can't see, and what is no mobile number.
    assert gang(["x", "y", "z"]) == []
    fixed = {"redirecting_prefix": 8610555, "redirecting_length": 12.0, "redirecting_digits": 7}
    assert gang(["x", "y"], people=2, **fixed) == [MEDIUM, MEDIUM]


def test_who_rings_a_number_that_no_text_named_stays_unknown(make: Any) -> None:
    assert make.findings(RULE, lured(make), calls(make, to_mobile(20 * MIN), OTHER)) == []


@pytest.mark.parametrize("number", [95588, 8695588])
def test_a_banks_own_number_in_texts_is_no_ones(make: Any, number: int) -> None:
    named = {"callback": "95588", "callback_prefix": number, "callback_digits": len(str(number))}
    named |= {"callback_length": float(len(str(number)))}
    assert make.screen(RULE, lured(make, **named)).observations == []
