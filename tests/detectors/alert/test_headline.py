"""Sentences for people."""

from typing import Any, get_args

import pytest

from detectors.alert.headline import explain, with_headline
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Identity, StationFamily
from detectors.model.headline_words import ENGLISH
from detectors.rules import RULES
from tests.detectors.rollup.made import alert

KINDS = ("fake_base_station", "sms_spammer", "imsi_catcher", "cloned_cell")
CLAIMED = Identity("gsm", 460, 0, 61001, 7)


def at(radius_m: float = 140.4, speed: float | None = None, course: float | None = None) -> Any:
    place = {"lat": 39.9, "lon": 116.4}
    return {"position": place, "radius_m": radius_m, "speed_mps": speed, "bearing_deg": course}


def sentence(**over: Any) -> str:
    given = {"kind": "sms_spammer", "probability": 0.95, "devices": 12, "identities": [CLAIMED]}
    return with_headline(alert(**{**given, **at(), **over})).headline


def test_it_has_what_where_as_whom_and_how_sure() -> None:
    assert sentence() == (
        "Probable SMS blaster within 140 m of 39.90000, 116.40000, "
        "posing as GSM China Mobile 460-00 LAC 61001 cell 7; 12 phones affected (95 % sure)"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["open", "update", "closed"])
def test_every_kind_and_status_makes_one_sentence(kind: str, status: str) -> None:
    text = sentence(kind=kind, status=status)
    assert text.startswith("No longer heard: ") is (status == "closed")
    assert "\n" not in text
    assert "None" not in text


def test_less_sure_is_put_more_carefully() -> None:
    assert sentence(probability=0.6).startswith("Possible ")
    assert sentence(probability=0.9).startswith("Probable ")


def test_without_a_place_or_an_identity() -> None:
    assert "at an unknown place" in sentence(position=None)
    assert "posing" not in sentence(identities=[])


@pytest.mark.parametrize(
    ("course", "point"),
    [
        (0.0, "north"),
        (44.0, "north-east"),
        (90.0, "east"),
        (180.0, "south"),
        (225.0, "south-west"),
        (314.9, "north-west"),
        (338.0, "north"),
        (359.0, "north"),
    ],
)
def test_where_it_drives(course: float, point: str) -> None:
    assert f", moving {point} at 10 m/s (36 km/h)," in sentence(**at(speed=10.0, course=course))


def test_distances_are_rounded_as_people_do() -> None:
    assert "within 10 m of" in sentence(**at(3.0))
    assert "within 1.5 km of" in sentence(**at(1490.0))


@pytest.mark.parametrize(
    ("claimed", "text"),
    [
        (CLAIMED, "GSM China Mobile 460-00 LAC 61001 cell 7"),
        (Identity("lte", 262, 1, 4100, 1001), "LTE Telekom 262-01 TAC 4100 cell 1001"),
        (Identity("nr", 1, 12, 0, 0), "NR network 001-12 TAC 0 cell 0"),
        (Identity(None, 460, 0, 61001), "China Mobile 460-00 LAC 61001"),
        (Identity("umts", None, None, None, 5), "UMTS cell 5"),
        (Identity(), ""),
    ],
)
def test_identities_as_field_people_write_them(claimed: Identity, text: str) -> None:
    assert ENGLISH.identity_text(claimed) == text


OF_STATIONS = [rule for rule in RULES if rule.family in get_args(StationFamily)]


@pytest.mark.parametrize("rule", OF_STATIONS, ids=lambda rule: rule.name)
def test_every_rule_of_stations_has_a_sentence_of_its_own(make: Any, rule: Any) -> None:
    values = {"grade": "wrong_area", "reason": "too_far", "site_distance_m": 41_000}
    finding = make.finding(detector=rule.name, values={**values, "sender": "95588"})
    tally = _tally(make, finding)
    text = explain(rule.name, 3, tally)
    assert text.startswith("3 phones ")
    assert not text.startswith("3 phones:")
    assert explain(rule.name, 1, tally).startswith("1 phone ")


def test_explanations_carry_the_values(make: Any) -> None:
    far = make.finding(values={"reason": "too_strong", "site_distance_m": 41_000})
    assert "41.0 km from its registered site (too strong)" in explain(
        "impossible_distance", 2, _tally(make, far)
    )
    graded = make.finding(values={"grade": "unknown_area"})
    assert "(unknown area)" in explain("unknown_cell", 2, _tally(make, graded))


def test_a_rule_without_a_sentence_and_a_finding_without_an_identity(make: Any) -> None:
    tally = _tally(make, make.finding(claimed=None))
    assert explain("a_new_rule", 2, tally) == "2 phones: a new rule, no known identity"


def _tally(make: Any, finding: Any) -> Tally:
    one = Incident("z", "z", finding.rx_ts, finding.rx_ts, finding.ts, finding.ts)
    one.add(finding, finding.rx_ts)
    return one.tallies[0]
