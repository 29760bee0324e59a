"""The figures of a suite of runs, from runs made by hand."""

import pytest

from benchmarks.measuring.detection import result_tables
from benchmarks.measuring.detection.figures import figures, rate, spread
from benchmarks.measuring.detection.runs import Found, Run
from benchmarks.measuring.detection.tables import markdown, plain


def found(**changes: object) -> Found:
    return Found(
        **{
            "scenario": "attacks/van",
            "seed": 1,
            "id": "van",
            "kind": "sms_spammer",
            "active_s": 600.0,
            "victims": 20,
            "alert_ids": 1,
            "from_switch_on_s": 60.0,
            "from_first_return_s": 40.0,
            "errors_m": [100.0, 300.0],
            "covered": [True, False],
            **changes,
        }
    )


def run(*transmitters: Found, **changes: object) -> Run:
    return Run(
        **{
            "scenario": "attacks/van",
            "seed": 1,
            "hours": 0.5,
            "found": list(transmitters),
            "alerts": len(transmitters),
            "false_alerts": 0,
            "highest": 0.97,
            "messages": 1000,
            "seconds": 1.0,
            "samples": [],
            **changes,
        }
    )


MISSED = {
    "alert_ids": 0,
    "from_switch_on_s": None,
    "from_first_return_s": None,
    "errors_m": [],
    "covered": [],
}


def test_recall_leaves_out_who_was_hardly_on_the_air() -> None:
    every = figures([run(found(), found(active_s=120.0, **MISSED))])
    assert (every.transmitters, every.recall.hits, every.recall.trials) == (2, 1, 1)


def test_recall_of_those_with_evidence_on_eight_devices_stands_apart() -> None:
    every = figures([run(found(victims=8), found(victims=7, **MISSED))])
    assert (every.recall.hits, every.recall.trials) == (1, 2)
    assert (every.recall_evident.hits, every.recall_evident.trials) == (1, 1)
    assert every.recall_evident.interval == pytest.approx((0.2065, 1.0), abs=1e-4)


def test_delays_of_the_two_groups_stay_apart() -> None:
    every = figures([run(found(), found(victims=3, from_first_return_s=200.0), found(**MISSED))])
    assert (every.delay_evident_s.count, every.delay_evident_s.median) == (1, 40.0)
    assert (every.delay_others_s.count, every.delay_others_s.median) == (1, 200.0)


def test_places_are_pooled_over_revisions() -> None:
    every = figures([run(found()), run(found(errors_m=[200.0], covered=[True]))])
    assert (every.error_m.count, every.error_m.median) == (3, 200.0)
    assert (every.coverage.hits, every.coverage.trials) == (2, 3)


def test_alert_ids_are_of_those_found() -> None:
    assert figures([run(found(alert_ids=3), found(), found(**MISSED))]).alert_ids == 2.0


def test_false_alerts_are_a_rate_a_city_day() -> None:
    every = figures([run(hours=36.0, false_alerts=3), run(hours=12.0)])
    assert every.false_alerts.a_day == pytest.approx(1.5)
    # Exact bounds of a Poisson mean of 3 are 0.619 and 8.767; over two days each half of it.
    assert every.false_alerts.interval == pytest.approx((0.3093, 4.3836), abs=1e-3)


def test_nothing_measured_is_not_zero() -> None:
    every = figures([])
    assert (every.recall.share, every.alert_ids, every.false_alerts.a_day) == (None, None, None)
    assert (spread([]).median, rate(0, 0.0).interval[1]) == (None, float("inf"))


def test_the_tables_hold_each_kind_and_their_sum() -> None:
    runs = [
        run(found(), false_alerts=1),
        run(found(kind="cloned_cell", scenario="attacks/clone", **MISSED)),
        run(scenario="benign/fair", highest=None),
    ]
    kinds = [row[0] for row in result_tables.recall_table(runs).rows]
    assert kinds == ["cloned_cell", "sms_spammer", "all"]
    assert [row[0] for row in result_tables.missed_table(runs).rows] == ["attacks/clone"]
    false = {row[0]: row[2] for row in result_tables.false_table(runs).rows}
    assert false == {"benign scenarios": "0", "scenarios with transmitters": "1", "all": "1"}


def test_a_table_is_the_same_in_both_forms() -> None:
    table = result_tables.scenario_table([run(found()), run(scenario="benign/fair", highest=None)])
    for name, *_ in table.rows:
        assert name in plain(table)
        assert f"| {name} |" in markdown(table)
    lines = markdown(table).splitlines()
    assert {line.count("|") for line in lines[2:]} == {len(table.header) + 1}
