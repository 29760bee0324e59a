"""Readers of alerts get what was written, whatever else may lie on the topic."""

import msgspec

from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from field.alerts.reading import decode_alert

SHARE = Evidence(
    "unknown_cell", 1, 2.5, 3, 1, 2, "3 phones: ..", 3, Identity("gsm", 460, 0, 7), {"x": 1.5}
)
ALERT = Alert(
    alert_id="0" * 32,
    revision=2,
    status="update",
    ts=3,
    first_seen=1,
    last_seen=2,
    kind="fake_base_station",
    identities=[Identity("gsm", 460, 0, 7)],
    probability=0.9,
    severity="high",
    position={"lat": 1.0, "lon": 2.0},
    region={"type": "Polygon", "coordinates": [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]},
    region_level=0.9,
    radius_m=100.0,
    track=[(1, 1.0, 2.0)],
    speed_mps=None,
    bearing_deg=None,
    devices=3,
    reports=3,
    evidence=[SHARE],
    headline="There it is",
    region_50={"type": "Polygon", "coordinates": []},
    verdict="not_found",
)


def test_an_alert_comes_back_as_it_was_written() -> None:
    assert decode_alert(msgspec.json.encode(ALERT)) == ALERT


def test_alerts_of_before_have_none_of_the_newer_fields() -> None:
    fields = msgspec.to_builtins(ALERT)
    for name in ("region_50", "verdict", "considered", "forecast"):
        del fields[name]
    for name in ("devices", "claimed", "values"):
        del fields["evidence"][0][name]
    alert = decode_alert(msgspec.json.encode(fields))
    assert alert is not None
    assert (alert.region_50, alert.verdict) == (None, None)
    assert (alert.evidence[0].devices, alert.evidence[0].claimed) == (0, None)


def test_an_alert_of_the_contract_alone_is_one() -> None:
    """Others write evidence without the version of its rule."""
    fields = msgspec.to_builtins(ALERT)
    named = ("detector", "weight", "count", "first_ts", "last_ts", "explanation")
    fields["evidence"] = [{name: fields["evidence"][0][name] for name in named}]
    for name in ("region_50", "verdict", "considered", "forecast", "measure_next", "ta_conflict"):
        del fields[name]
    fields["identities"] = [{"rat": "lte", "mcc": 460, "mnc": 0, "area": 7, "cell": None}]
    fields["operator"] = "unknown fields are ignored"
    alert = decode_alert(msgspec.json.encode(fields))
    assert alert is not None
    assert alert.evidence[0].detector == "unknown_cell"
    assert alert.evidence[0].version == 0


def test_what_is_none_is_left_out() -> None:
    broken = [
        None,
        b"",
        b"{}",
        b"\xff\xfe",
        msgspec.json.encode({**msgspec.to_builtins(ALERT), "ts": "x"}),
    ]
    assert [decode_alert(value) for value in broken] == [None] * 5
