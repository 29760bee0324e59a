"""Cursor on Target: the events as XML."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from lxml import etree

from detectors.alert.record import Alert, Evidence
from field.formats.cot import clearing, document, ellipse, marker, uid
from geo.earth.frame import frame_at

NOW = datetime(2025, 6, 3, 2, 10, 5, 123456, UTC)


def parsed(event: bytes) -> Any:
    assert not event.startswith(b"<?xml")  # a part of a stream
    return etree.fromstring(event)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_marker_has_what_where_how_sure_and_how_long(make_alert: Callable[..., Alert]) -> None:
    event = parsed(marker(make_alert(), NOW, 300.0, "h"))
    assert event.get("uid") == uid(make_alert()) == f"cellhound.{make_alert().alert_id}"
    assert (event.get("type"), event.get("how")) == ("a-h-G-I-U-T-com-tow", "m-f")
    point = event.find("point")
    assert [float(point.get(name)) for name in ("lat", "lon", "ce")] == [30.65, 104.05, 120.0]
    assert moment(event.get("stale")) - moment(event.get("time")) == timedelta(seconds=300)
    assert moment(event.get("start")) == NOW.replace(microsecond=123000)
    detail = event.find("detail")
    assert "SMS blaster" in detail.find("contact").get("callsign")
    assert detail.find("track").attrib == {"course": "47.0", "speed": "6.4"}
    own = detail.find("__cellhound").attrib
    assert own["alert_id"] == make_alert().alert_id
    assert (own["score"], own["rat"], own["plmn"]) == ("0.9300", "gsm", "460-00")
    assert (own["area"], own["pci"], own["rules"]) == ("61234", "33", "phantom_sms")


def test_the_remarks_repeat_the_essentials_for_servers_that_drop_details(
    make_alert: Callable[..., Alert],
) -> None:
    remarks = parsed(marker(make_alert(), NOW, 300.0)).findtext("detail/remarks")
    for essential in (
        *(
            "460-00",
            "LAC 61234",
            "cell 12",
            "ARFCN 87",
            "BSIC 33 (NCC 4, BCC 1)",
            "93 %",
            "9 phones",
        ),
        *("30.650000, 104.050000", "MGRS 48R", make_alert().alert_id, "never sent"),
    ):
        assert essential in remarks


def test_remarks_that_nobody_reads_to_the_end_are_cut_and_still_name_the_alert(
    make_alert: Callable[..., Alert],
) -> None:
    long = [Evidence("unknown_rule", 1, 1.0, 1, 0, 0, "长" * 1900)] * 15
    remarks = parsed(marker(make_alert(evidence=long), NOW, 300.0)).findtext("detail/remarks")
    assert len(remarks) < 4200
    assert remarks.endswith(f"\nalert {make_alert().alert_id} revision {make_alert().revision}")


def test_an_ellipse_covers_the_region_and_has_a_uid_of_its_own(
    make_alert: Callable[..., Alert],
) -> None:
    alert = make_alert()
    event = parsed(ellipse(alert, NOW, 60.0))
    assert (event.get("type"), event.get("uid")) == ("u-d-c-e", f"{uid(alert)}.region")
    axes = event.find("detail/shape/ellipse").attrib
    major, minor = float(axes["major"]), float(axes["minor"])
    turn = np.radians(float(axes["angle"]))
    frame = frame_at(*(float(event.find("point").get(name)) for name in ("lat", "lon")))
    lon, lat = np.array(alert.region["coordinates"][0]).T
    centre = frame.to_xy(*(float(event.find("point").get(name)) for name in ("lat", "lon")))
    x, y = (one - own for one, own in zip(frame.to_xy(lat, lon), centre, strict=True))
    ahead, aside = x * np.sin(turn) + y * np.cos(turn), x * np.cos(turn) - y * np.sin(turn)
    assert np.hypot(ahead / major, aside / minor).max() < 1.001
    assert major < 1.5 * 11_100 / 2.0 * 2.0**0.5


def test_the_region_can_be_a_polygon_that_closes(make_alert: Callable[..., Alert]) -> None:
    far = [[[0, 0], [0, 0.001], [0.001, 0]]]
    large = make_alert().region["coordinates"]
    alert = make_alert(region={"type": "MultiPolygon", "coordinates": [far, large]})
    event = parsed(ellipse(alert, NOW, 60.0, as_polygon=True))
    points = [link.get("point") for link in event.findall("detail/link")]
    assert event.get("type") == "u-d-f"
    assert points[0] == points[-1]
    assert {tuple(map(float, point.split(","))) for point in points} == {
        (lat, lon) for lon, lat in large[0]
    }


def test_without_a_place_there_is_nothing_to_send(make_alert: Callable[..., Alert]) -> None:
    nowhere = make_alert(position=None, region=None, radius_m=None)
    assert marker(nowhere, NOW, 60.0) == ellipse(nowhere, NOW, 60.0) == b""
    unsure = parsed(marker(make_alert(radius_m=None, speed_mps=None), NOW, 60.0))
    assert unsure.find("point").get("ce") == "9999999.0"
    assert unsure.find("detail/track") is None


def test_a_speed_without_a_course_is_given_and_draws_no_arrow(
    make_alert: Callable[..., Alert],
) -> None:
    detail = parsed(marker(make_alert(bearing_deg=None), NOW, 60.0)).find("detail")
    assert detail.find("track") is None
    own = detail.find("__cellhound").attrib
    assert (own["speed_mps"], "bearing_deg" in own) == ("6.4", False)
    assert "moving at 6 m/s (23 km/h), posing" in detail.findtext("remarks")
    both = parsed(marker(make_alert(), NOW, 60.0)).find("detail/__cellhound").attrib
    assert (both["speed_mps"], both["bearing_deg"]) == ("6.4", "47.0")
    none = parsed(marker(make_alert(speed_mps=None, bearing_deg=None), NOW, 60.0))
    assert not {"speed_mps", "bearing_deg"} & set(none.find("detail/__cellhound").attrib)


@pytest.mark.parametrize("position", [{"lat": 30.65, "lon": 104.05}, None])
def test_clearing_lets_both_fade_and_deletes_both(
    make_alert: Callable[..., Alert], position: dict[str, float] | None
) -> None:
    alert = make_alert(position=position)
    events = [parsed(event) for event in clearing(alert, NOW)]
    names = [uid(alert), f"{uid(alert)}.region"]
    fading = [event for event in events if event.get("type") != "t-x-d-d"]
    deleting = [event for event in events if event.get("type") == "t-x-d-d"]
    assert [event.get("uid") for event in fading] == names
    assert [event.find("detail/link").get("uid") for event in deleting] == names
    assert all(event.find("detail/__forcedelete") is not None for event in deleting)
    for event in events:
        assert moment(event.get("stale")) - moment(event.get("time")) == timedelta(seconds=5)


def test_times_of_any_zone_are_written_in_utc(make_alert: Callable[..., Alert]) -> None:
    there = NOW.astimezone(datetime.fromisoformat("2025-06-03T10:00:00+08:00").tzinfo)
    assert marker(make_alert(), there, 60.0) == marker(make_alert(), NOW, 60.0)


@pytest.mark.parametrize(
    ("state", "verdict", "letter"),
    [
        ("new", None, "s"),
        ("found", None, "h"),
        ("new", "confirmed", "h"),
        ("new", "not_found", "s"),
    ],
)
def test_in_a_document_what_a_team_found_is_hostile(
    make_alert: Callable[..., Alert], state: str, verdict: str | None, letter: str
) -> None:
    over = make_alert(status="closed", verdict="confirmed")
    root = etree.fromstring(document([(make_alert(verdict=verdict), state), (over, state)], NOW, 9))
    types = [event.get("type") for event in root]
    assert types == [f"a-{letter}-G-I-U-T-com-tow", "u-d-c-e"]
