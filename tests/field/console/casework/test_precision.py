"""The figures of rules by the verdicts on their alerts; few verdicts give none."""

from field.alerts.share_interval import wilson
from field.console.casework.precision import by_rule


def test_verdicts_are_counted_by_rule() -> None:
    judged = [
        *[("found", ["unknown_cell", "phantom_sms", "unknown_cell"])] * 6,
        *[("false_alarm", ["unknown_cell"])] * 2,
        *[("honest_cell", ["unknown_cell"])] * 2,
        ("not_found", ["unknown_cell"]),
        ("new", ["unknown_cell"]),
        ("found", ["odd_level"]),
    ]
    found = {one.rule: one for one in by_rule(judged)}
    cell = found["unknown_cell"]
    assert (cell.alerts, cell.confirmed, cell.false_alarm, cell.legitimate_cell) == (12, 6, 2, 2)
    assert (cell.not_found, cell.undecided) == (1, 1)
    assert cell.precision == 0.6
    assert (cell.low, cell.high) == tuple(round(end, 3) for end in wilson(6, 10))
    assert cell.text == "6 of 10 real, 31% to 83%"
    assert found["phantom_sms"].precision == 1.0
    few = found["odd_level"]
    assert (few.precision, few.low, few.text) == (None, None, "not enough verdicts")
    assert list(found) == sorted(found)
    assert by_rule([]) == []
