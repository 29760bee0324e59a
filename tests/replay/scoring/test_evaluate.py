"""The evaluation rule, clause by clause, against hand-made alerts and truths.

Long because the clauses of one rule are read in its order.
"""

import json
import math
from pathlib import Path

import msgspec
import pytest

from detectors.model.codes import RATS
from detectors.model.columns import RegisterRows
from replay.scoring.evaluate import evaluate, read_register_rows
from replay.scoring.scores import Scores, format_scores
from replay.traces.truth import EvaluationError
from streams.register.csv_file import RegisterError

ON, OFF = 1_000_000_000_000, 1_000_000_600_000
LAT, LON = 30.0, 104.0
NORTH_M = 1 / 110_852.0  # degrees of latitude a metre there
IDENTITY = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 999, "cell": 77}
FAR = {"lat": LAT + 20_000 * NORTH_M, "lon": LON}


def transmitter(**changes: object) -> dict[str, object]:
    return {
        "id": "van",
        "rat": "gsm",
        "kind": "sms_spammer",
        "identities": [IDENTITY],
        "active": [[ON, OFF]],
        "track": [[ON, LAT, LON]],
        "honest": [None],
        "first_return_ts": ON + 20_000,
        **changes,
    }


def alert(**changes: object) -> dict[str, object]:
    return {
        "alert_id": "a",
        "revision": 1,
        "status": "open",
        "ts": ON + 60_000,
        "last_seen": ON + 50_000,
        "probability": 0.9,
        "identities": [],
        "position": {"lat": LAT, "lon": LON},
        "radius_m": 100.0,
        "region": None,
        "region_level": 0.9,
        **changes,
    }


def north(metres: float) -> dict[str, float]:
    return {"lat": LAT + metres * NORTH_M, "lon": LON}


def square(half_m: float) -> dict[str, object]:
    d = half_m * NORTH_M
    corners = [(-d, -d), (d, -d), (d, d), (-d, d), (-d, -d)]
    return {"type": "Polygon", "coordinates": [[[LON + x, LAT + y] for x, y in corners]]}


@pytest.fixture
def scores_of(tmp_path: Path):
    def run(alerts: list[object], truths: list[object], register: object = None) -> Scores:
        for name, rows in (("alerts.jsonl", alerts), ("truth.jsonl", truths)):
            (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return evaluate(tmp_path / "alerts.jsonl", tmp_path / "truth.jsonl", register)

    return run


@pytest.fixture
def register(tmp_path: Path):
    def read(*rows: dict[str, object]) -> RegisterRows:
        columns = list(rows[0])
        lines = [",".join(str(row[name]) for name in columns) for row in rows]
        path = tmp_path / "register.csv"
        path.write_text("\n".join((",".join(columns), *lines)) + "\n")
        return read_register_rows(path)

    return read


def test_nothing_to_find_and_no_alert(scores_of) -> None:
    scores = scores_of([], [])
    assert (scores.precision, scores.recall, scores.false_alerts) == (None, None, 0)
    assert json.loads(msgspec.json.encode(scores))["recall"] is None
    assert "precision" in format_scores(scores)


def test_any_alert_in_a_benign_city_is_false(scores_of) -> None:
    scores = scores_of([alert()], [])
    assert (scores.precision, scores.recall, scores.false_alert_ids) == (0.0, None, ["a"])


def test_silence_misses_the_transmitter(scores_of) -> None:
    scores = scores_of([], [transmitter()])
    assert (scores.precision, scores.recall) == (None, 0.0)
    assert scores.delay_from_switch_on_s_median is None


@pytest.mark.parametrize(
    ("metres", "radius_m", "hit"),
    [
        (490, 0.0, True),
        (490, None, True),
        (510, 100.0, False),
        (1490, 1500.0, True),
        (1510, 1500.0, False),
        (1990, 9000.0, True),
        (2010, 9000.0, False),
    ],
)
def test_by_place_within_the_radius_at_least_500_at_most_2000_m(
    scores_of, metres: float, radius_m: float | None, hit: bool
) -> None:
    scores = scores_of([alert(position=north(metres), radius_m=radius_m)], [transmitter()])
    assert scores.detected == int(hit)
    assert scores.false_alerts == int(not hit)
    if hit:
        assert scores.location_error_m_median == pytest.approx(metres, abs=2.0)


@pytest.mark.parametrize(
    ("identity", "hit"),
    [
        (IDENTITY, True),
        ({"area": 999}, True),
        ({"rat": "gsm", "mcc": 460, "mnc": 0, "area": 999, "cell": None, "arfcn": 5}, True),
        ({**IDENTITY, "cell": 78}, False),
        ({**IDENTITY, "rat": "lte"}, False),
        ({**IDENTITY, "area": 998}, False),
        ({**IDENTITY, "area": None}, False),
    ],
)
def test_by_identity_all_that_both_know_agrees_and_the_area_is_known(
    scores_of, identity: object, hit: bool
) -> None:
    for position in (FAR, None):
        assert scores_of(
            [alert(identities=[identity], position=position)], [transmitter()]
        ).detected == int(hit)


@pytest.mark.parametrize(
    ("honest", "kind", "named", "hit"),
    [
        (None, "sms_spammer", {"area": 999}, True),
        ("area", "sms_spammer", {"area": 999}, False),
        ("area", "sms_spammer", IDENTITY, True),
        ("cell", "sms_spammer", IDENTITY, False),
        ("cell", "cloned_cell", IDENTITY, True),
        ("cell", "cloned_cell", {"area": 999}, False),
    ],
)
def test_an_identity_in_honest_service_there_matches_nothing(
    scores_of, honest: str | None, kind: str, named: object, hit: bool
) -> None:
    truth = transmitter(honest=[honest], kind=kind)
    assert scores_of([alert(identities=[named], position=FAR)], [truth]).detected == int(hit)


@pytest.mark.parametrize(("metres", "hit"), [(2900, False), (3100, True)])
def test_the_register_shows_honest_service_where_the_truth_does_not(
    scores_of, register, metres: float, hit: bool
) -> None:
    row = {"radio": "GSM", "mcc": 460, "net": 0, "area": 999, "cell": 77, **north(metres)}
    truth = transmitter(honest=None)
    named = [alert(identities=[IDENTITY], position=FAR)]
    there = register(row)
    assert scores_of(named, [truth], there).detected == int(hit)
    assert scores_of(named, [truth], None).detected == 1
    assert scores_of(named, [transmitter(honest=[None])], there).detected == 1
    for other_time in ({"valid_to": ON - 1}, {"valid_from": OFF + 1}):
        assert scores_of(named, [truth], register({**row, **other_time})).detected == 1


@pytest.mark.parametrize(
    ("last_seen", "hit"),
    [
        (ON - 119_000, True),
        (ON - 121_000, False),
        (OFF + 119_000, True),
        (OFF + 121_000, False),
        (OFF + 1_000_000, False),
        (OFF + 1_900_000, True),
    ],
)
def test_active_with_grace_in_any_of_its_spans(scores_of, last_seen: int, hit: bool) -> None:
    truth = transmitter(active=[[ON, OFF], [OFF + 2_000_000, OFF + 2_100_000]])
    scores = scores_of([alert(last_seen=last_seen, ts=OFF + 3_000_000)], [truth])
    assert scores.detected == int(hit)


def test_only_revisions_of_half_and_more_count(scores_of) -> None:
    low = alert(probability=0.49)
    assert scores_of([low], [transmitter()]).alerts == 0
    later = alert(revision=2, probability=0.5, ts=ON + 90_000)
    scores = scores_of([low, later], [transmitter()])
    assert scores.delay_from_switch_on_s_median == 90.0
    assert scores.delay_from_first_return_s_median == 70.0


def test_an_alert_before_the_switch_on_is_false_not_early(scores_of) -> None:
    early = alert(ts=ON - 1_000, last_seen=ON - 2_000)
    later = alert(revision=2)
    scores = scores_of([early, later], [transmitter()])
    assert (scores.detected, scores.false_alert_ids) == (0, ["a"])
    doubtful = {**early, "probability": 0.4}
    assert scores_of([doubtful, later], [transmitter()]).detected == 1


def test_an_alert_counts_for_the_nearest_transmitter_only(scores_of) -> None:
    near = transmitter(id="near", track=[[ON, LAT + 300 * NORTH_M, LON]])
    scores = scores_of([alert()], [transmitter(track=[[ON, LAT - 400 * NORTH_M, LON]]), near])
    assert [score.detected for score in scores.by_transmitter] == [False, True]
    assert (scores.recall, scores.precision) == (0.5, 1.0)


def test_two_alerts_for_one_transmitter_are_both_true(scores_of) -> None:
    scores = scores_of([alert(), alert(alert_id="b", ts=ON + 30_000)], [transmitter()])
    assert (scores.true_alerts, scores.false_alerts) == (2, 0)
    assert scores.alert_ids_per_transmitter == 2.0
    assert scores.delay_from_switch_on_s_median == 30.0


def test_one_matching_revision_saves_an_alert(scores_of) -> None:
    scores = scores_of([alert(position=FAR), alert(revision=2)], [transmitter()])
    assert (scores.true_alerts, scores.false_alerts, scores.positions) == (1, 0, 1)


def test_the_later_line_of_one_revision_is_read(scores_of) -> None:
    assert scores_of([alert(position=FAR), alert()], [transmitter()]).detected == 1
    assert scores_of([alert(), alert(position=FAR)], [transmitter()]).detected == 0


def test_the_place_is_that_of_last_seen_on_the_track(scores_of) -> None:
    track = [[ON, LAT, LON], [ON + 100_000, LAT + 10_000 * NORTH_M, LON]]
    half_way = alert(last_seen=ON + 50_000, position=north(5000))
    scores = scores_of([half_way], [transmitter(track=track)])
    assert scores.location_error_m_median == pytest.approx(0.0, abs=5.0)
    beyond = alert(last_seen=ON + 200_000, position=north(10_000))
    assert scores_of([beyond], [transmitter(track=track)]).detected == 1


def test_a_track_across_the_date_line(scores_of) -> None:
    track = [[ON, 0.0, 179.99], [ON + 100_000, 0.0, -179.99]]
    crossing = alert(position={"lat": 0.0, "lon": -180.0})
    scores = scores_of([crossing], [transmitter(track=track)])
    assert scores.location_error_m_median == pytest.approx(0.0, abs=1.0)


def test_errors_and_coverage_over_all_matching_revisions(scores_of) -> None:
    rows = [
        alert(revision=1, position=north(0), region=square(50)),
        alert(revision=2, position=north(100), region=square(50)),
        alert(revision=3, position=north(200), region=None),
        alert(
            revision=4,
            position=north(400),
            region=square(0.0)
            | {
                "coordinates": [
                    [[LON + 1, LAT], [LON + 2, LAT], [LON + 2, LAT + 1], [LON + 1, LAT]]
                ]
            },
        ),
    ]
    scores = scores_of(rows, [transmitter()])
    assert (scores.positions, scores.regions) == (4, 3)
    assert scores.location_error_m_median == pytest.approx(150.0, abs=1.0)
    assert scores.location_error_m_p95 == pytest.approx(370.0, abs=2.0)
    assert scores.region_coverage == pytest.approx(2 / 3)
    assert scores.region_level == pytest.approx(0.9)


def test_an_unknown_return_leaves_that_delay_open(scores_of) -> None:
    scores = scores_of([alert()], [transmitter(first_return_ts=None)])
    assert scores.delay_from_first_return_s_median is None
    assert math.isclose(scores.delay_from_switch_on_s_p95 or 0.0, 60.0)


@pytest.mark.parametrize(
    ("alerts", "truth", "words"),
    [
        (None, "", "alerts.jsonl: the alerts cannot be read"),
        ("", None, "truth.jsonl: the truth cannot be read"),
        ("\n{", "", "alerts.jsonl, line 2"),
        (json.dumps(alert(ts="now")), "", "ts"),
        ("", json.dumps(transmitter(track=[])), "track"),
        ("", json.dumps(transmitter(honest=[])), "honest"),
        (
            json.dumps(alert(region={"type": "Polygon", "coordinates": 3})),
            json.dumps(transmitter()),
            "alerts.jsonl, line 1: region is no GeoJSON polygon",
        ),
    ],
)
def test_broken_files_are_named_with_their_line(
    tmp_path: Path, alerts: str | None, truth: str | None, words: str
) -> None:
    for name, text in (("alerts.jsonl", alerts), ("truth.jsonl", truth)):
        if text is not None:
            (tmp_path / name).write_text(text)
    with pytest.raises(EvaluationError, match=r"alerts\.jsonl|truth\.jsonl") as raised:
        evaluate(tmp_path / "alerts.jsonl", tmp_path / "truth.jsonl")
    assert words in str(raised.value)


def test_a_register_is_read_as_detection_reads_it(register, tmp_path: Path) -> None:
    columns = {"radio": "WCDMA", "mcc": 460, "net": 0, "area": 1, "cell": 2, "lon": 104.0}
    rows = register({**columns, "lat": 30.0}, {**columns, "lat": "nan"}, {**columns, "lat": ""})
    assert [RATS[code - 1] for code in rows.rat] == ["umts"]
    assert rows.lat.tolist() == [30.0]
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(RegisterError, match="the file is empty"):
        read_register_rows(empty)
