"""Which findings stand behind an alert: by time, identity and place."""

from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.model.finding import Family, Finding, Identity, OfCalls, Place, Source
from field.evidence.matching import Matching, criterion
from streams.config.settings import EvidenceSettings
from tests.field.call_alert import AT_MS, a_call_alert, hashed

T0 = 1_748_916_000_000
LAT, LON = 30.66, 104.06
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[104.05, 30.65], [104.07, 30.65], [104.07, 30.67], [104.05, 30.67], [104.05, 30.65]]
    ],
}


def alert_of(**changes: Any) -> Alert:
    """An alert of ten minutes about one area, placed; ``changes`` go over it."""
    base = Alert(
        alert_id="a" * 32,
        revision=1,
        status="open",
        ts=T0 + 600_000,
        first_seen=T0,
        last_seen=T0 + 600_000,
        kind="fake_base_station",
        identities=[Identity("gsm", 460, 0, 65000, 17)],
        probability=0.9,
        severity="high",
        position={"lat": LAT, "lon": LON},
        region=SQUARE,
        region_level=0.9,
        radius_m=500.0,
        track=None,
        speed_mps=None,
        bearing_deg=None,
        devices=5,
        reports=9,
        evidence=[],
        headline="A fake base station.",
    )
    return msgspec.structs.replace(base, **changes)


def finding_of(**changes: Any) -> Finding:
    base = Finding(
        detector="unknown_cell",
        version=1,
        family="identity",
        ts=T0 + 60_000,
        rx_ts=T0 + 61_000,
        weight=1.0,
        cap=3.0,
        space="device",
        who="d-1",
        claimed=Identity("gsm", 460, 0, 65000, 17),
        place=Place(LAT, LON, accuracy_m=10.0),
        source=Source("cell.measurements", 0, 5, -1),
    )
    return msgspec.structs.replace(base, **changes)


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, True),
        ({"ts": T0 - 59_000}, True),
        ({"ts": T0 - 61_000}, False),
        ({"ts": T0 + 659_000}, True),
        ({"ts": T0 + 661_000}, False),
        ({"claimed": Identity("gsm", 460, 0, 65000, 18)}, False),
        ({"claimed": Identity("gsm", 460, 0, 65000)}, True),
        ({"claimed": Identity("gsm", 460, 1, 65000, 17)}, False),
        ({"place": None}, True),
        ({"place": Place(LAT + 1.0, LON)}, False),
        ({"place": Place(LAT + 0.05, LON)}, True),
        ({"claimed": None}, True),
        ({"claimed": None, "place": None}, False),
        ({"claimed": None, "place": Place(LAT + 0.05, LON)}, False),
        ({"claimed": Identity("gsm", arfcn=62), "place": Place(LAT + 0.009, LON)}, True),
        # Outside of the region by 300 m, but no surer of its own place than that.
        ({"claimed": None, "place": Place(LAT + 0.0127, LON, accuracy_m=10.0)}, False),
        ({"claimed": None, "place": Place(LAT + 0.0127, LON, accuracy_m=400.0)}, True),
        ({"claimed": None, "place": Place(LAT + 0.3, LON, reach_m=50_000.0)}, False),
    ],
)
def test_a_finding_is_taken_or_left(changes: dict[str, Any], taken: bool) -> None:
    assert Matching(alert_of(), EvidenceSettings()).takes(finding_of(**changes)) is taken


@pytest.mark.parametrize(
    ("cell", "family", "taken"), [(17, "sms", True), (18, "sms", False), (17, "signalling", False)]
)
def test_a_text_is_taken_by_the_cell_that_it_was_received_on(
    cell: int, family: Family, taken: bool
) -> None:
    """A clone's: where the register has the cell is no matter."""
    seen_on, mast = Identity("gsm", 460, 0, 65000, cell), Place(LAT + 0.5, LON, reach_m=900.0)
    text = finding_of(claimed=None, family=family, seen_on=seen_on, place=mast)
    assert Matching(alert_of(), EvidenceSettings()).takes(text) is taken


def test_a_moving_transmitter_takes_findings_along_its_track() -> None:
    track = [(T0, LAT, LON), (T0 + 600_000, LAT + 0.2, LON)]
    moving = Matching(alert_of(track=track, region=None), EvidenceSettings())
    there = finding_of(claimed=None, place=Place(LAT + 0.201, LON))
    assert moving.takes(there)
    assert not Matching(alert_of(region=None), EvidenceSettings()).takes(there)


def test_an_alert_without_places_takes_by_identity_alone() -> None:
    placeless = Matching(alert_of(position=None, region=None, radius_m=None), EvidenceSettings())
    assert placeless.takes(finding_of())
    assert not placeless.takes(finding_of(claimed=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"region": {"type": "Polygon", "coordinates": "x"}},
        {"region": {"type": "Polygon", "coordinates": [[[104.05, 30.65], [104.07, None]]]}},
        {"region": None, "position": {"lat": 1000.0, "lon": LON}},
        {"region": None, "position": {}, "track": [(T0, 1000.0, LON)]},
    ],
)
def test_a_place_that_is_none_takes_nothing_and_breaks_nothing(changes: dict[str, Any]) -> None:
    matching = Matching(alert_of(**changes), EvidenceSettings())
    assert matching.takes(finding_of())


def test_the_criterion_names_its_numbers() -> None:
    changes = criterion(EvidenceSettings(margin_s=90.0, near_m=5000.0))
    assert "a margin of 90 s" in changes
    assert "farther than 5000 m" in changes


def test_of_an_alert_about_calls_number_and_call_decide() -> None:
    alert = a_call_alert()
    matching = Matching(alert, EvidenceSettings())

    def of(number: str | None, *calls: str, ts: int = AT_MS) -> bool:
        about = OfCalls(number=number, calls=calls)
        source = Source("call.signalling", 0, 1, -1)
        return matching.takes(
            Finding(
                **{"detector": "of_numbers", "version": 1, "family": "number", "ts": ts},
                **{"rx_ts": ts, "weight": 2.0, "cap": 5.0, "space": "number", "who": "h-0"},
                **{"of_calls": about, "source": source},
            )
        )

    assert of(alert.numbers[0].number)
    assert of(hashed(7), "x", alert.calls[0])
    assert of(None, alert.calls[0])
    assert not of(hashed(7), "x")
    assert not of(None)
    assert not of(alert.numbers[0].number, ts=AT_MS + 3_600_000)
