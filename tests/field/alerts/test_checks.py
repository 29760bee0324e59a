"""An alert that no page and no channel could show is none; what it can do without is taken off."""

from typing import Any

import msgspec
import pytest

from field.alerts.reading import read_alert
from tests.field.console.topic_records import NOW, alert

RING = [[116.0, 39.0], [116.1, 39.0], [116.0, 39.1], [116.0, 39.0]]
MEASURE = {"lat": 39.9, "lon": 116.4, "instrument": "bearing", "area_share": 0.2}


def read(**more: Any) -> Any:
    return read_alert(msgspec.json.encode(msgspec.to_builtins(alert(1)) | more))


def test_a_right_alert_stays_as_it_is() -> None:
    assert read() == alert(1)


@pytest.mark.parametrize(
    "more",
    [
        *({"alert_id": name} for name in ("", "../x", "<b>", "a b", "a" * 65, "伪基站", "a\n")),
        *({"revision": number} for number in (0, -3, 2**60)),
        *({"ts": ts} for ts in (0, -5, 253_402_300_799_000, 2**62)),
        {"first_seen": -1},
        {"last_seen": 10**17},
        {"probability": 7.5},
        {"probability": -1.0},
        {"region_level": 55.0},
        {"devices": -1},
        {"headline": "长" * 5_000},
        {"identities": [{"rat": "lte", "mcc": 460, "mnc": 0, "area": n} for n in range(300)]},
        {"considered": [{"code": "F1", "explanation": "x", "share": -9e99, "detectors": []}]},
    ],
)
def test_an_alert_that_cant_be_is_none(more: dict[str, Any]) -> None:
    assert read(**more) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("position", place) for place in ({}, {"lat": 999.0, "lon": 1.0}, {"lat": 1e300})),
        ("region", {"type": "Polygon", "coordinates": "hello"}),
        ("region", {"type": "Polygon", "coordinates": []}),
        ("region", {"type": "Polygon", "coordinates": [[[None, None]] * 4]}),
        ("region", {"type": "Polygon", "coordinates": [RING[:2]]}),
        ("region", {"type": "Polygon", "coordinates": [[[1.0, 91.0]] * 4]}),
        ("region", {"type": "Point", "coordinates": [104, 30]}),
        ("region", {"type": "MultiPolygon", "coordinates": [RING]}),
        ("region_50", {"coordinates": [RING]}),
        ("radius_m", -5.0),
        ("track", [[NOW, 2000.0, 3000.0]]),
        ("speed_mps", 1e9),
        ("bearing_deg", 99_999.0),
        ("measure_next", MEASURE | {"lat": 999.0}),
        ("forecast", {"ts": NOW, "lat": 99.0, "lon": 1.0, "region": {}}),
    ],
)
def test_what_an_alert_may_lack_is_taken_off_where_it_is_wrong(name: str, value: Any) -> None:
    assert read(**{name: value}) == msgspec.structs.replace(alert(1), **{name: None})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", {"type": "MultiPolygon", "coordinates": [[RING], [RING, RING]]}),
        ("region", None),
        ("position", {"lat": -90.0, "lon": 180.0}),
        ("track", []),
        ("bearing_deg", 360.0),
    ],
)
def test_what_is_right_stays(name: str, value: Any) -> None:
    assert getattr(read(**{name: value}), name) == value
