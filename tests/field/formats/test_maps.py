"""KML and GPX: as GDAL reads them, and as their schemas order them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from lxml import etree

from detectors.alert.record import Alert
from field.formats import gpx, kml

KML = {"k": kml.NAMESPACE}


def test_gdal_reads_regions_markers_and_tracks_of_kml(
    make_alert: Callable[..., Alert], gdal: Callable[..., dict[str, Any]]
) -> None:
    layers = gdal(kml.document([make_alert()]), "alerts.kml")
    shapes = [wkt for layer in layers.values() for wkt in layer["shapes"]]
    kinds = sorted(wkt.split()[0] for wkt in shapes)
    assert kinds in (["LINESTRING", "MULTIPOLYGON", "POINT"], ["GEOMETRYCOLLECTION", "LINESTRING"])
    assert any("104.05 30.65" in wkt for wkt in shapes)
    names = [name for layer in layers.values() for name in layer["fields"]["Name"]]
    assert any("SMS blaster" in name for name in names)


def test_gdal_reads_all_golden_alerts_of_kml(
    golden_alerts: list[Alert], gdal: Callable[..., dict[str, Any]]
) -> None:
    layers = gdal(kml.document(golden_alerts, "zh"), "alerts.kml")
    shapes = [wkt for layer in layers.values() for wkt in layer["shapes"]]
    points = [wkt for wkt in shapes if wkt.startswith("POINT")]
    assert len(points) == sum(alert.position is not None for alert in golden_alerts)


def test_styles_go_by_severity_and_every_one_is_defined(make_alert: Callable[..., Alert]) -> None:
    severities = ["info", "low", "medium", "high", "critical", "what else"]
    tree = etree.fromstring(kml.document([make_alert(severity=each) for each in severities]))
    defined = {style.get("id") for style in tree.iterfind(".//k:Style", KML)}
    used = [url.text for url in tree.iterfind(".//k:styleUrl", KML)]
    assert {url.removeprefix("#") for url in used} == defined == set(severities[:-1])
    colours = [style.text for style in tree.iterfind(".//k:IconStyle/k:color", KML)]
    assert len(set(colours)) == len(colours) == 5


def test_elements_of_a_placemark_stand_in_the_schemas_order(
    make_alert: Callable[..., Alert],
) -> None:
    tree = etree.fromstring(kml.document([make_alert()]))
    order = ["name", "description", "TimeSpan", "styleUrl", "ExtendedData"]
    for mark in tree.iterfind(".//k:Placemark", KML):
        assert [etree.QName(each).localname for each in mark][:-1] == order
        assert mark.get("id")[0].isalpha()


def test_motion_is_given_as_far_as_it_is_known(make_alert: Callable[..., Alert]) -> None:
    for known, texts in (
        ((6.4, 47), ("6.4", "47.0")),
        ((6.4, None), ("6.4", None)),
        ((None, None), (None, None)),
    ):
        speed_mps, bearing_deg = known
        alert = make_alert(speed_mps=speed_mps, bearing_deg=bearing_deg)
        tree = etree.fromstring(kml.document([alert]))
        for name, text in zip(("speed_mps", "bearing_deg"), texts, strict=True):
            values = tree.findall(f".//k:Data[@name='{name}']/k:value", KML)
            assert len(values) == 3
            assert {value.text for value in values} == {text}


def test_what_an_attacker_wrote_is_no_html(make_alert: Callable[..., Alert]) -> None:
    """Viewers of KML show descriptions as HTML, and senders of short messages are free text."""
    (one,) = make_alert().evidence
    evil = msgspec.structs.replace(one, values={"sender": "<img src=x>"})
    tree = etree.fromstring(kml.document([make_alert(evidence=[evil])]))
    for text in tree.iterfind(".//k:description", KML):
        assert "&lt;img src=x&gt;" in text.text
        assert "<img" not in text.text
        assert "<br/>" in text.text


def test_an_alert_without_a_place_is_left_out(make_alert: Callable[..., Alert]) -> None:
    nowhere = make_alert(position=None, region=None, track=None)
    tree = etree.fromstring(kml.document([nowhere]))
    assert tree.find(".//k:Placemark", KML) is None
    assert b"<wpt" not in gpx.waypoints([nowhere])


def test_a_network_link_loads_its_address_again_and_again() -> None:
    tree = etree.fromstring(kml.network_link("https://h:1/alerts.kml?a=1&b=<2>", 10.0, "live"))
    link = tree.find(".//k:NetworkLink/k:Link", KML)
    assert link.findtext("k:href", namespaces=KML) == "https://h:1/alerts.kml?a=1&b=<2>"
    assert link.findtext("k:refreshMode", namespaces=KML) == "onInterval"
    assert link.findtext("k:refreshInterval", namespaces=KML) == "10"
    again = etree.fromstring(kml.network_link("a", 0.0)).findtext(".//k:refreshInterval", "", KML)
    assert again == "1"


def test_gdal_reads_the_track_and_waypoint_of_gpx(
    make_alert: Callable[..., Alert], gdal: Callable[..., dict[str, Any]]
) -> None:
    layers = gdal(gpx.track(make_alert()), "alert.gpx")
    (line,) = layers["tracks"]["shapes"]
    assert line == "MULTILINESTRING ((104.04 30.64, 104.05 30.65))"
    assert layers["waypoints"]["shapes"] == ["POINT (104.05 30.65)"]
    assert layers["track_points"]["shapes"] == ["POINT (104.04 30.64)", "POINT (104.05 30.65)"]
    (first, last) = layers["track_points"]["fields"]["time"]
    assert first.startswith("2025-06-03T02:08:20")
    assert last.startswith("2025-06-03T02:09:50")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_gdal_reads_all_golden_alerts_of_gpx(
    golden_alerts: list[Alert], gdal: Callable[..., dict[str, Any]], language: Any
) -> None:
    placed = [alert for alert in golden_alerts if alert.position]
    layer = gdal(gpx.waypoints(golden_alerts, language), "alerts.gpx")["waypoints"]
    assert len(layer["shapes"]) == len(placed)
    assert all(name for name in layer["fields"]["name"])
