"""`fraud_profile`: its shapes and their table, what calls come to, and whom it leaves out."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.features.callers.calling import calling
from detectors.model.finding import Finding, Source
from detectors.model.rare_messages import NumberRow
from detectors.numbers.book import NumberBook
from detectors.rules.fraud_profile.rule import FraudProfile
from detectors.rules.fraud_profile.samples import strangers
from detectors.rules.fraud_profile.shapes import HEADER, Shape, Shapes, parsed, shipped, written
from detectors.rules.fraud_profile.weighing import features_of, weighed

TABLE = {10: Shapes(0.5, {"growth": Shape((0.0, 0.2), (1.0, -2.0))})}


def found(make: Any, *rows: dict[str, Any], rule: FraudProfile | None = None) -> list[Finding]:
    findings: list[Finding] = make.findings(rule or FraudProfile(), make.calls(*rows))
    return findings


def test_a_table_reads_back_as_it_was_written() -> None:
    assert parsed(written(TABLE)) == TABLE
    assert parsed(written(shipped())) == shipped()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "first line"),
        ("a,b\n", "first line"),
        (f"{HEADER}\n10,base,,0.1\n10,growth,zero,1\n", "line 3"),
        (f"{HEADER}\n10,growth,0\n", "line 2"),
        (f"{HEADER}\n10,growth,0,1\n", "10 has no base"),
    ],
)
def test_a_wrong_table_is_refused_by_its_line(text: str, named: str) -> None:
    with pytest.raises(ImportError, match=named):
        parsed(text)


def test_who_repeats_less_is_never_less_suspicious() -> None:
    for band, shapes in shipped().items():
        growth = shapes.of["growth"]
        assert list(growth.knots) == sorted(growth.knots), band
        assert list(growth.nats) == sorted(growth.nats, reverse=True), band


def test_more_calls_without_repeats_weigh_more() -> None:
    calls = np.array([9, 10, 19, 20, 40, 80, 5000])
    features = {"growth": np.zeros(len(calls)), "talk_s": np.full(len(calls), np.nan)}
    nats = weighed(calls, features)[0]
    assert nats[0] == 0.0, "of fewer than ten calls nothing is known"
    assert nats[1] == nats[2]
    assert (np.diff(nats[2:6]) > 0.0).all()
    assert nats[6] == nats[5]


def test_shares_add_up_to_the_whole(make: Any) -> None:
    for finding in found(make, *strangers(60)):
        values: Any = finding.values
        band = max(each for each in shipped() if each <= values["calls"])
        parts = values["growth_nats"] + values["talk_nats"] + shipped()[band].base
        assert values["all_nats"] == pytest.approx(parts, abs=0.02)
        assert finding.weight == min(FraudProfile().max_weight, values["all_nats"])


def test_it_is_bounded_and_alone_hardly_says_anything(make: Any) -> None:
    findings = found(make, *strangers(100))
    assert max(finding.weight for finding in findings) == FraudProfile().max_weight
    assert max(float(finding.values["all_nats"]) for finding in findings) > 2.0
    assert all(0.0 < float(finding.values["chance"]) < 0.001 for finding in findings)
    likelier = found(make, *strangers(100), rule=FraudProfile(base_rate=0.01))
    assert [f.weight for f in likelier] == [f.weight for f in findings]
    assert float(likelier[-1].values["chance"]) == pytest.approx(0.0433, abs=0.001)


def test_it_speaks_at_steps_and_names_the_call(make: Any) -> None:
    findings = found(make, *strangers(60))
    assert [finding.values["calls"] for finding in findings] == [10, 20, 40]
    batch = make.calls(*strangers(60))
    assert [f.of_calls and f.of_calls.calls for f in findings] == [
        (batch.call_ref[int(f.values["calls"]) - 1],) for f in findings
    ]


def test_nine_calls_and_records_of_the_same_call_are_not_enough(make: Any) -> None:
    assert found(make, *strangers(9)) == []
    twice = [{**row, "call_ref": f"r{n}"} for n, row in enumerate(strangers(9)) for _ in range(2)]
    assert found(make, *twice) == []


def test_what_is_two_hours_old_is_forgotten(make: Any) -> None:
    rows = strangers(9)
    later = [{**row, "callee": f"x{n}", "at_s": 3 * 3600.0 + n} for n, row in enumerate(rows)]
    assert found(make, *rows, *later) == []


def test_a_length_counts_once_five_calls_were_answered(make: Any) -> None:
    for answered, known in ((4, False), (5, True)):
        rows = [{**row, "answered": n < answered} for n, row in enumerate(strangers(10))]
        (finding,) = found(make, *rows)
        assert (finding.values["talk_s"] is not None) == known
        assert (finding.values["talk_nats"] != 0.0) == known


def test_the_length_is_that_of_answered_calls(make: Any) -> None:
    rows = [
        {**row, "answered": n % 2 == 0, "duration_ms": 100_000.0 if n % 2 == 0 else 7000.0}
        for n, row in enumerate(strangers(12))
    ]
    facts = make.facts(make.calls(*rows))
    features = features_of(calling(facts), np.arange(10, 12))
    assert features["talk_s"].tolist() == [100.0, 100.0]


def test_numbers_without_a_known_class_are_left_out(make: Any) -> None:
    unknown = {"caller_prefix": 0, "caller_digits": 0, "caller_length": None, "number_class": 0}
    assert found(make, *strangers(20, **unknown)) == []
    assert found(make, *strangers(20, caller=None)) == []


def test_whom_the_operator_trusts_is_excused_by_excuse_firm(make: Any) -> None:
    row = NumberRow(rx_ts=0, source=Source("numbers", 0, 0, -1), prefix="8613912", trusted=True)
    trusting = make.register().with_numbers(NumberBook().updated([row]))
    batch = make.calls(*strangers(20))
    assert make.findings(FraudProfile(), batch, register=trusting) == []
    assert make.findings(FraudProfile(excuse_firm=False), batch, register=trusting) != []


def test_three_cells_are_not_on_the_move_and_four_are(make: Any) -> None:
    """`excuse_moving`; bitmaps of cells may miss one, so that these are chosen by none."""
    batch = make.calls(*strangers(20))
    for cells, silent in ((3, False), (12, True)):
        number = np.arange(20) % cells
        placed = replace(batch, area=np.full(20, 4100.0), cell=1000.0 + number)
        assert (make.findings(FraudProfile(), placed) == []) == silent
