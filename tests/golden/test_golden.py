"""Golden traces: tiny scenarios in, their alerts out, compared with what was reviewed.

Texts that are equal need no second look. Otherwise numbers are compared, since the last digits of
floats depend on the processor: degrees to five metres, other fractions to one part in ten thousand,
regions by their shape. Whole numbers, words and the number of revisions must be the same.
"""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from shapely import affinity
from shapely.geometry import shape

DEGREES = 5e-5
RELATIVE = 1e-4
REGION_SHARE = 0.01
HOW = "if this is what it should be now, rewrite with: make golden, and review the diff"


def _rewriting() -> ModuleType:
    spec = spec_from_file_location("golden_rewrite", Path(__file__).parent / "rewrite.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rewrite = _rewriting()


def differences(is_: Any, was: Any, at: str = "") -> list[str]:
    """Where two decoded JSON values differ by more than processors may."""
    where = at.rpartition(".")[2].partition("[")[0]
    if where in {"region", "region_50"} and is_ and was:
        return [] if same_shape(is_, was) else [f"{at}: another shape"]
    if isinstance(is_, dict) and isinstance(was, dict) and list(is_) == list(was):
        return [text for key in is_ for text in differences(is_[key], was[key], f"{at}.{key}")]
    if isinstance(is_, list) and isinstance(was, list) and len(is_) == len(was):
        pairs = enumerate(zip(is_, was, strict=True))
        return [text for n, (a, b) in pairs for text in differences(a, b, f"{at}[{n}]")]
    if isinstance(is_, float) and isinstance(was, float):
        close = (
            pytest.approx(was, rel=0.0, abs=DEGREES)
            if where in {"lat", "lon", "track"}
            else pytest.approx(was, rel=RELATIVE, abs=1e-9)
        )
        return [] if is_ == close else [f"{at}: {is_!r}, was {was!r}"]
    return [] if is_ == was and type(is_) is type(was) else [f"{at}: {is_!r}, was {was!r}"]


def same_shape(is_: dict[str, Any], was: dict[str, Any]) -> bool:
    # Degrees of longitude and latitude stretch a shape, but both shapes alike.
    one, other = shape(is_), shape(was)
    return bool(one.symmetric_difference(other).area <= REGION_SHARE * other.area)


@pytest.mark.parametrize("name", rewrite.NAMES)
def test_the_alerts_are_those_that_were_reviewed(name: str) -> None:
    was = rewrite.golden(name).read_text("utf-8")
    is_ = rewrite.made(name)
    if is_ != was:
        found = differences(json.loads(is_), json.loads(was))
        assert found == [], f"{name}: {HOW}"


def test_each_golden_file_belongs_to_a_scenario() -> None:
    kept = {path.name for path in rewrite.HERE.glob("*.alerts.*")}
    assert kept == {rewrite.golden(name).name for name in rewrite.NAMES}
    assert {"parked", "moving", "far-clone", "benign"} == set(rewrite.NAMES)


def test_what_the_golden_alerts_are_about() -> None:
    """So that a rewrite cannot quietly turn a detection into silence."""
    kinds = {
        name: {alert["kind"] for alert in json.loads(rewrite.golden(name).read_text("utf-8"))}
        for name in rewrite.NAMES
    }
    assert kinds["benign"] == set()
    assert "sms_spammer" in kinds["parked"]
    assert "sms_spammer" in kinds["moving"]
    assert "cloned_cell" in kinds["far-clone"]


REGION = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]}
MOVED = json.loads(json.dumps(REGION).replace("2", "2.1"))


@pytest.mark.parametrize(
    ("is_", "was", "count"),
    [
        ({"ts": 1000000000000}, {"ts": 1000000000001}, 1),
        ({"probability": 0.90001}, {"probability": 0.9}, 0),
        ({"probability": 0.901}, {"probability": 0.9}, 1),
        ({"position": {"lat": 30.00001}}, {"position": {"lat": 30.0}}, 0),
        ({"position": {"lat": 30.0003}}, {"position": {"lat": 30.0}}, 1),
        ({"position": None}, {"position": {"lat": 30.0}}, 1),
        ({"track": [[5, 30.00001, 104.0]]}, {"track": [[5, 30.0, 104.0]]}, 0),
        ({"track": [[6, 30.00001, 104.0]]}, {"track": [[5, 30.0, 104.0]]}, 1),
        ({"revision": 1.0}, {"revision": 1}, 1),
        ({"headline": "a"}, {"headline": "b"}, 1),
        ([{}, {}], [{}], 1),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, 0),
        ({"region": REGION}, {"region": REGION}, 0),
        ({"region": MOVED}, {"region": REGION}, 1),
    ],
)
def test_what_counts_as_a_difference(is_: Any, was: Any, count: int) -> None:
    assert len(differences(is_, was)) == count


def test_a_shape_with_one_more_corner_is_the_same_shape() -> None:
    more = json.loads(json.dumps(REGION).replace("[2, 1],", "[1.5, 1], [2, 1],"))
    assert same_shape(more, REGION)
    grown = affinity.scale(shape(REGION), 1.1, 1.1)
    assert not same_shape(grown.__geo_interface__, REGION)
