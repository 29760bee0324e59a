"""What stated probabilities are worth: bins, intervals, sums, and which revisions are true."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.measuring.detection.samples import one_a_minute, without_doubles
from cellhound import main
from field.alerts.share_interval import wilson
from replay.scoring.calibration import (
    Sample,
    format_reliability,
    pooled_samples,
    reliability,
)
from replay.scoring.evaluate import match_run, match_runs
from replay.scoring.scores import scored

ON, OFF = 1_000_000_000_000, 1_000_000_600_000
TRUTH = {
    "id": "van",
    "rat": "gsm",
    "kind": "sms_spammer",
    "identities": [{"rat": "gsm", "mcc": 460, "mnc": 0, "area": 999, "cell": 77}],
    "active": [[ON, OFF]],
    "track": [[ON, 30.0, 104.0]],
    "honest": [None],
    "first_return_ts": ON + 20_000,
}


def sample(probability: float, true: bool, alert_id: str = "a", **more: int) -> Sample:
    return Sample(probability, true, alert_id, **{"ts": 0, **more})


def revision(number: int, probability: float, lat: float = 30.0, **changes: object) -> dict:
    return {
        "alert_id": "a",
        "revision": number,
        "ts": ON + number * 60_000,
        "last_seen": ON + number * 60_000,
        "probability": probability,
        "identities": [],
        "position": {"lat": lat, "lon": 104.0},
        "radius_m": 100.0,
        **changes,
    }


@pytest.fixture
def written(tmp_path: Path):
    def write(name: str, rows: list[dict]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


@pytest.mark.parametrize(
    ("probability", "low"),
    [
        *((0.0, 0.0), (0.0999, 0.0), (0.1, 0.1), (0.3, 0.3), (0.5, 0.5), (0.5999, 0.5)),
        *((0.6, 0.6), (0.7, 0.7), (0.8999, 0.8), (0.9, 0.9), (1.0, 0.9)),
    ],
)
def test_a_probability_lies_in_the_bin_that_begins_with_it(probability: float, low: float) -> None:
    (only,) = reliability([sample(probability, True)]).bins
    assert only.low == low


def test_a_bin_shows_stated_beside_true() -> None:
    samples = [sample(0.6, True, "a"), sample(0.65, False, "a"), sample(0.64, True, "b")]
    table = reliability([*samples, sample(0.95, False, "c")])
    first, last = table.bins
    assert (first.stated, first.true) == (pytest.approx(0.63), pytest.approx(2 / 3))
    assert (first.revisions, first.alerts, last.revisions) == (3, 2, 1)
    # Two alerts, not three revisions, stand behind the interval.
    assert first.interval == wilson(4 / 3, 2)
    assert table.expected_calibration_error == pytest.approx((3 * (2 / 3 - 0.63) + 0.95) / 4)
    assert table.brier_score == pytest.approx((0.4**2 + 0.65**2 + 0.36**2 + 0.95**2) / 4)


def test_weights_count() -> None:
    heavy = Sample(0.8, True, "a", 0, weight=3.0)
    table = reliability([heavy, Sample(0.8, False, "b", 0)])
    assert table.bins[0].true == pytest.approx(0.75)
    assert table.brier_score == pytest.approx((3 * 0.04 + 0.64) / 4)


def test_nothing_stated_is_no_score() -> None:
    table = reliability([])
    assert (table.bins, table.brier_score, table.expected_calibration_error) == ([], None, None)
    assert "Brier score                 -" in format_reliability(table)


def test_of_an_alert_one_sample_a_minute_counts_and_all_together_as_one() -> None:
    times = (0, 20_000, 59_999, 60_000, 200_000)
    samples = [sample(0.5 + at / 1e6, True, "a", ts=at) for at in times]
    kept = one_a_minute([*samples, sample(0.9, False, "b")])
    assert [(each.alert_id, each.ts) for each in kept] == [
        *(("a", 59_999), ("a", 60_000), ("a", 200_000)),
        ("b", 0),
    ]
    assert [each.weight for each in kept] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])


def test_a_candidate_beside_a_surer_incident_is_left_out() -> None:
    samples = [
        *(sample(0.97, True, "sure", transmitter=0), sample(0.6, True, "also", transmitter=0)),
        *(sample(0.1, True, "part", transmitter=0), sample(0.2, True, "alone", transmitter=1)),
        sample(0.05, False, "false"),
    ]
    assert [each.alert_id for each in without_doubles(samples)] == [
        "sure",
        "also",
        "alone",
        "false",
    ]


def test_pooled_alerts_of_one_name_stay_two() -> None:
    table = reliability(pooled_samples([[sample(0.7, True)], [sample(0.7, False)]]))
    assert (table.bins[0].alerts, table.bins[0].true) == (2, 0.5)


def test_revisions_below_one_half_are_labelled_but_count_nowhere(written) -> None:
    alerts = written("alerts.jsonl", [revision(1, 0.3), revision(2, 0.4, lat=31.0)])
    run = match_run(alerts, written("truth.jsonl", [TRUTH]))
    assert [each.true for each in run.samples] == [True, False]
    assert (run.alert_ids, run.matches) == ([], [])
    assert scored(run).recall == 0.0


def test_a_candidate_from_before_the_switch_on_may_come_true(written) -> None:
    early = revision(1, 0.2, ts=ON - 1, last_seen=ON - 1)
    truth = written("truth.jsonl", [TRUTH])
    late = revision(2, 0.8)
    soft = match_run(written("soft.jsonl", [early, late]), truth)
    loud = match_run(written("loud.jsonl", [{**early, "probability": 0.5}, late]), truth)
    assert (scored(soft).true_alerts, scored(loud).false_alerts) == (1, 1)
    assert [each.true for each in loud.samples] == [False, False]


def test_runs_are_matched_each_with_its_own_truth(written) -> None:
    here = written("here.jsonl", [revision(1, 0.9)]), written("here-truth.jsonl", [TRUTH])
    away = {**TRUTH, "track": [[ON, 31.0, 104.0]]}
    there = written("there.jsonl", [revision(1, 0.7)]), written("there-truth.jsonl", [away])
    scores = scored(match_runs([here, there]))
    assert (scores.transmitters, scores.detected, scores.false_alert_ids) == (2, 1, ["2:a"])


def test_the_command_prints_the_table_and_takes_more_runs(written) -> None:
    alerts, truth = written("a.jsonl", [revision(1, 0.9)]), written("t.jsonl", [TRUTH])
    empty = written("e.jsonl", [])
    asked = ["evaluate", str(alerts), "--truth", str(truth), "--calibration"]
    printed = CliRunner().invoke(main, [*asked, "--also", str(alerts), str(empty)])
    assert printed.exit_code == 0, printed.output
    assert "alerts: true, false" in printed.output
    assert "0.9 - 1.0  0.900  0.500" in printed.output
    as_json = json.loads(CliRunner().invoke(main, [*asked, "--json"]).output)
    assert as_json["recall"] == 1.0
    assert as_json["calibration"]["bins"][0]["revisions"] == 1
    without = CliRunner().invoke(main, [*asked[:-1], "--json"]).output
    assert "calibration" not in json.loads(without)
