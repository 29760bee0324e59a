"""Alerts about calls in words and formats: they have numbers and no place, and no number leaves."""

from datetime import UTC
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from detectors.alert.record import AlertNumber
from detectors.model.words import Language
from field.alerts.reading import read_alert
from field.formats import cap, cot, geojson, gpx, kml
from field.formats.scrubbed import MASK, scrubbed
from field.formats.words.moments import moment
from field.formats.words.text import body, headline, title
from tests.field.call_alert import AT_MS, CAMPAIGN, a_call_alert, hashed

NOW = moment(AT_MS)


@pytest.mark.parametrize(
    ("language", "expected", "short"),
    [
        (
            "en",
            "Probable campaign of fraudulent calls: 4 numbers, 80 calls to 75 people (97 % sure)",
            "Probable campaign of fraudulent calls, 4 numbers (critical)",
        ),
        (
            "zh",
            "很可能是诈骗呼叫团伙：4 个号码，80 次呼叫，涉及 75 人（可信度 97 %）",
            "很可能是诈骗呼叫团伙，4 个号码（紧急）",
        ),
    ],
)
def test_headline_and_title_say_what_and_how_large(
    language: Language, expected: str, short: str
) -> None:
    assert headline(a_call_alert(), language) == expected
    assert title(a_call_alert(), language) == short


def test_the_body_lists_numbers_without_a_place_and_without_a_word_of_phones() -> None:
    english = body(a_call_alert(), "en", UTC).splitlines()
    assert english[0] == "What: Probable campaign of fraudulent calls"
    impersonated = "8695588… (short code, impersonated: its owner is a victim too)"
    assert english[1] == f"Numbers: {impersonated}; 8610555… (fixed line)"
    assert english[2] == "Size: 4 numbers, 80 calls to 75 people"
    assert f"Campaign: {CAMPAIGN}" in english
    assert "Why: 3 numbers: of numbers" in english
    assert "Why: a group of numbers: of groups" in english
    assert any("campaign of fraudulent calls 97%; honest callers 3%" in line for line in english)
    text = "\n".join(english)
    assert "Where" not in text
    assert "phone" not in text


def test_the_body_in_chinese_has_no_english_word_for_what_is_known() -> None:
    chinese = body(a_call_alert(), "zh", UTC)
    for word in ("被冒用", "固定电话", "规模：4 个号码", "正常主叫 3%", "首次呼叫或短信"):
        assert word in chinese
    for word in ("fixed", "impersonated", "caller", "person", "位置"):
        assert word not in chinese


def test_one_number_is_named_and_what_is_over_or_ruled_out_is_called_so() -> None:
    alone = a_call_alert(numbers=1, kind="scam_caller", status="closed")
    alone = msgspec.structs.replace(alone, numbers=[AlertNumber(hashed(1), "8617012", "mvno")])
    assert title(alone, "en") == ("Over: fraudulent caller, 8617012… (virtual operator) (critical)")
    wrong = msgspec.structs.replace(alone, verdict="false_alarm")
    assert headline(wrong, "zh").startswith("核查已排除：涉诈主叫号码")
    assert "Nothing new is seen of it" in body(alone, "en", UTC)


def test_no_number_leaves_beyond_its_hash_and_seven_digits() -> None:
    spoilt = [
        AlertNumber("+8613812345678", "8613812345678", "mobile"),
        AlertNumber("tel:+44 20 7946 0000", "4420794", "fixed"),
        AlertNumber(hashed(7), "8613812", "mobile", "13812345678"),
    ]
    calls = ["460001234567890", f"{9:032x}"]
    alert = a_call_alert(numbers=1, calls=calls, campaign="13812345678")
    alert = scrubbed(msgspec.structs.replace(alert, numbers=spoilt))
    assert [one.number for one in alert.numbers] == [MASK, MASK, hashed(7)]
    assert [one.prefix for one in alert.numbers] == [None, "4420794", "8613812"]
    assert alert.numbers[2].role == MASK
    assert alert.calls == [MASK, f"{9:032x}"]
    assert alert.campaign == MASK
    whole = scrubbed(a_call_alert(numbers=300))
    assert whole == a_call_alert(numbers=300)


@pytest.mark.parametrize("wrong", [{"numbers": 1001}, {"calls": ["x"] * 1001}])
def test_an_alert_of_more_numbers_than_any_of_ours_is_unreadable(wrong: dict[str, Any]) -> None:
    assert read_alert(msgspec.json.encode(a_call_alert(**wrong))) is None
    assert read_alert(msgspec.json.encode(a_call_alert(numbers=500))) is not None


def test_geojson_has_a_feature_without_geometry_that_lists_the_numbers() -> None:
    for form in ("region", "position"):
        made = geojson.feature(a_call_alert(), "new", form)
        assert made["geometry"] is None
        assert made["properties"]["numbers"][0] == {
            **{"number": hashed(100), "prefix": "8610555"},
            **{"class": "fixed", "role": "caller"},
        }
        assert made["properties"]["campaign"] == CAMPAIGN


def test_maps_leave_it_out_and_say_how_many_they_left_out(make_alert: Any) -> None:
    alerts = [a_call_alert(1), make_alert(), a_call_alert(2)]
    for language, sentence in (
        ("en", "alerts without a place, left out: 2"),
        ("zh", "另有 2 条无位置的告警未列入"),
    ):
        drawn = ElementTree.fromstring(kml.document(alerts, language))
        assert drawn.findtext(f".//{{{kml.NAMESPACE}}}description") == sentence
        assert len(list(drawn.iter(f"{{{kml.NAMESPACE}}}Folder"))) == 1
        marked = ElementTree.fromstring(gpx.waypoints(alerts, language))
        assert marked.findtext(f"{{{gpx.NAMESPACE}}}metadata/{{{gpx.NAMESPACE}}}desc") == sentence
        assert len(marked.findall(f"{{{gpx.NAMESPACE}}}wpt")) == 1
    assert b"left out" not in kml.document([make_alert()])
    assert b"left out" not in gpx.waypoints([make_alert()])
    assert ElementTree.fromstring(gpx.track(a_call_alert())) is not None


def test_tak_gets_no_marker_and_nothing_to_clear() -> None:
    assert cot.marker(a_call_alert(), NOW, 60.0) == b""
    assert cot.ellipse(a_call_alert(), NOW, 60.0) == b""
    assert cot.clearing(a_call_alert(status="closed"), NOW) == []


def test_a_cap_message_advises_on_numbers_and_names_no_area() -> None:
    message = ElementTree.fromstring(cap.message(a_call_alert(), "cellhound", NOW))
    space = f"{{{cap.NAMESPACE}}}"
    info = message.find(f"{space}info")
    assert info is not None
    assert info.findtext(f"{space}instruction", "").startswith("Have the numbers checked")
    area = info.find(f"{space}area")
    assert area is not None
    assert area.findtext(f"{space}areaDesc") == "no place: calls and texts"
    assert area.find(f"{space}polygon") is None
    assert area.find(f"{space}circle") is None
    named = [
        (one.findtext(f"{space}valueName"), one.findtext(f"{space}value"))
        for one in info.iter(f"{space}parameter")
    ]
    assert ("campaign", CAMPAIGN) in named
    assert [value for name, value in named if name == "number_prefix"] == ["8610555", "8695588"]
