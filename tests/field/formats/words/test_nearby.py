"""Where an alert is, in words: in both languages, no nearer than is known, and nothing else with
it."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from detectors.alert.headline import NamedPlaces, in_words
from detectors.alert.record import Alert
from detectors.model.headline_words import Near, PlaceName
from field.alerts.checks import checked
from field.formats.scrubbed import MASK
from field.formats.words.text import body, headline
from geo.landmarks.named_roads import NamedRoads
from geo.landmarks.nearby import Areas, Landmarks, Points

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = [
    PlaceName("二环路", en="2nd Ring"),
    PlaceName("人民南路", en="Renmin South Road"),
    PlaceName("武侯区", en="Wuhou District"),
]
JUNCTION = Near("junction", [NAMES[1], NAMES[0]], 218.0)
MakeAlert = Callable[..., Alert]


def a_map(lat: float, lon: float) -> NamedPlaces:
    """Two roads that cross some 200 m from a place."""
    south, west = lat - 0.0013, lon - 0.0015
    places = np.array(
        [[south, lon - 0.1], [south, lon + 0.1], [lat - 0.1, west], [lat + 0.1, west]]
    )
    roads = NamedRoads.of(places[:, 0], places[:, 1], np.array([0, 2]), np.array([0, 1]))
    none = Points.of(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    areas = Areas.of([], np.zeros(0, np.int64))
    return NamedPlaces(Landmarks(roads, none, none, areas), NAMES)


@pytest.mark.parametrize(
    ("near", "radius_m", "english", "chinese"),
    [
        (
            *(JUNCTION, 140.0),
            *("near Renmin South Road and 2nd Ring, 220 m (", "人民南路与二环路路口附近 220 m（"),
        ),
        (
            *(JUNCTION, 2000.0),
            *(
                "within 2.3 km of Renmin South Road and 2nd Ring (",
                "距人民南路与二环路路口 2.3 km 以内（",
            ),
        ),
        (
            Near("road", [NAMES[1]], 4.0),
            90.0,
            "near Renmin South Road, 10 m (",
            "人民南路附近 10 m（",
        ),
        (
            *(Near("area", [NAMES[2]], 0.0, 0.95), 6000.0),
            *("in Wuhou District (within 6.0 km of", "武侯区内（位于"),
        ),
        (
            *(Near("area", [NAMES[2]], 0.0, 0.6), 9000.0),
            *("probably in Wuhou District (", "很可能在武侯区内（"),
        ),
        (
            *(Near("district", [NAMES[2]], 2400.0), 400.0),
            *("within 2.8 km of Wuhou District (", "距武侯区 2.8 km 以内（"),
        ),
    ],
)
def test_headlines_say_where_no_nearer_than_is_known(
    make_alert: MakeAlert, near: Near, radius_m: float, english: str, chinese: str
) -> None:
    alert = make_alert(near=near, radius_m=radius_m)
    assert f" {english}" in headline(alert, "en")
    assert f"，{chinese}" in headline(alert, "zh")
    assert "30.65000, 104.05000" in headline(alert, "zh")
    assert english[:-2].split(" (")[0] in body(alert, "en", ZONE)
    assert len(body(alert, "en", ZONE).splitlines()) == len(body(alert, "zh", ZONE).splitlines())


def test_without_a_place_in_words_nothing_changes(make_alert: MakeAlert) -> None:
    assert make_alert().near is msgspec.UNSET
    assert b"near" not in msgspec.json.encode(make_alert(headline=""))
    assert headline(make_alert(near=None), "en") == headline(make_alert(), "en")


def test_ids_revisions_and_all_else_are_the_same_with_a_map(golden_alerts: list[Alert]) -> None:
    named = 0
    for alert in golden_alerts:
        if alert.position is None:
            assert in_words(alert, a_map(0.0, 0.0)) is alert
            continue
        worded = in_words(alert, a_map(alert.position["lat"], alert.position["lon"]))
        back = msgspec.structs.replace(worded, near=msgspec.UNSET, headline=alert.headline)
        assert back == alert
        assert worded.headline == headline(worded, "en")
        assert ("2nd Ring and Renmin South Road" in worded.headline) is bool(worded.near)
        named += bool(worded.near)
    assert named > 10


def test_far_from_all_that_has_a_name_nothing_is_added(make_alert: MakeAlert) -> None:
    alert = make_alert()
    assert in_words(alert, None) is alert
    assert in_words(alert, a_map(-30.0, 20.0)) is alert
    unsure = make_alert(radius_m=None)
    assert in_words(unsure, a_map(30.65, 104.05)) is unsure


@pytest.mark.parametrize(
    "near",
    [
        Near("junction", [NAMES[0]], 10.0),
        Near("road", [], 10.0),
        Near("road", [PlaceName("")], 10.0),
        Near("road", [PlaceName("x" * 300)], 10.0),
        Near("road", [NAMES[0]], -1.0),
        Near("road", [NAMES[0]], float("nan")),
        Near("area", [NAMES[0]], 0.0, 2.0),
    ],
)
def test_words_of_another_writer_that_can_not_be_are_taken_off(
    make_alert: MakeAlert, near: Near
) -> None:
    sound = checked(make_alert(near=near))
    assert sound is not None
    assert sound.near is None
    kept = checked(make_alert(near=JUNCTION))
    assert kept is not None
    assert kept.near == JUNCTION


def test_a_name_that_holds_a_number_of_a_person_is_masked(make_alert: MakeAlert) -> None:
    alert = make_alert(near=Near("site", [PlaceName("call 460001234567890")], 10.0))
    assert f"call {MASK}" in headline(alert, "en")
    assert "460001234567890" not in headline(alert, "zh")
