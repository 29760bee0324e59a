"""Which alerts a channel is about."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.model.finding import Identity
from field.channels.filters import Filter, read_region
from streams.config.channels import WecomSettings
from tests.field.channels.example import SQUARE, an_alert

ALL = WecomSettings(name="all", min_severity="info")
HERE = {"type": "Polygon", "coordinates": [SQUARE]}
ELSEWHERE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
UMTS = [Identity(rat="umts", mcc=460, mnc=1, area=7)]


def wants(settings: dict[str, Any], changes: dict[str, Any]) -> bool:
    channel = msgspec.structs.replace(ALL, **settings)
    problems: list[str] = []
    region = read_region(channel, problems)
    assert problems == []
    return Filter(channel, region).wants(an_alert(**changes))


@pytest.mark.parametrize(
    ("settings", "changes", "wanted"),
    [
        ({}, {}, True),
        ({"min_severity": "high"}, {"severity": "high"}, True),
        ({"min_severity": "critical"}, {"severity": "high"}, False),
        ({"min_severity": "low"}, {"severity": "info"}, False),
        ({"kinds": ("sms_spammer",)}, {}, False),
        ({"kinds": ("sms_spammer", "fake_base_station")}, {}, True),
        ({"rats": ("gsm",)}, {}, False),
        ({"rats": ("lte", "gsm")}, {}, True),
        ({"rats": ("lte",)}, {"identities": []}, False),
        ({"operators": ("460-00",)}, {}, True),
        ({"operators": ("460-0",)}, {}, True),
        ({"operators": ("460-01",)}, {}, False),
        ({"operators": ("460-01",)}, {"identities": UMTS}, True),
        ({"region": HERE}, {}, True),
        ({"region": {"type": "Feature", "geometry": HERE}}, {}, True),
        ({"region": ELSEWHERE}, {}, False),
        ({"region": ELSEWHERE}, {"region": None}, False),
        ({"region": HERE}, {"region": None}, True),
        # Without a place it may be there.
        ({"region": ELSEWHERE}, {"region": None, "position": None}, True),
        ({"region": ELSEWHERE}, {"region": {"type": "Circle"}}, True),
    ],
)
def test_an_alert_passes_or_not(
    settings: dict[str, Any], changes: dict[str, Any], wanted: bool
) -> None:
    assert wants(settings, changes) is wanted


def test_a_region_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "city.geojson"
    feature = {"type": "Feature", "geometry": ELSEWHERE, "properties": {}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert not wants({"region": str(path)}, {})


@pytest.mark.parametrize(
    "region",
    [
        "nowhere.geojson",
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 100], [1, 100], [1, 101], [0, 100]]]},
        {"type": "FeatureCollection", "features": []},
        {"type": "Feature", "geometry": None},
    ],
)
def test_a_region_that_is_none_is_reported_with_its_channel(region: Any) -> None:
    problems: list[str] = []
    assert read_region(msgspec.structs.replace(ALL, region=region), problems) is None
    (problem,) = problems
    assert problem.startswith("channel all: region: ")
