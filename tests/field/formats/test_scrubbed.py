"""No format names a person, whatever somebody wrote to the alerts' topic."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert, Considered, Evidence
from detectors.model.finding import Identity
from detectors.model.words import LANGUAGES
from field.formats import cap, cot, gpx, kml
from field.formats.coordinates import links
from field.formats.geojson import feature
from field.formats.scrubbed import MASK, clean, clean_value, scrubbed
from field.formats.words import text

NOW = datetime(2025, 6, 3, 2, 10, 5, tzinfo=UTC)
IMSI, IMEISV, MSISDN, NATIONAL = (
    "460001234567890",
    "3520990017614823",
    "+8613812345678",
    "13912345678",
)
SECRETS = (IMSI, IMEISV, MSISDN, NATIONAL, "8613812345678")


def every_format(alert: Alert) -> dict[str, str]:
    """The alert in all that leaves."""
    text_of: dict[str, bytes | str] = {
        "marker": cot.marker(alert, NOW, 300.0),
        "ellipse": cot.ellipse(alert, NOW, 300.0),
        "polygon": cot.ellipse(alert, NOW, 300.0, as_polygon=True),
        "clearing": b"".join(cot.clearing(alert, NOW)),
        "cap": cap.message(alert, "a@b", NOW, (cap.reference(alert, "a@b", NOW),)),
        "kml": kml.document([alert]),
        "kml_zh": kml.document([alert], "zh"),
        "gpx": gpx.track(alert),
        "waypoints": gpx.waypoints([alert], "zh"),
        "geojson": msgspec.json.encode(feature(alert)),
        "geojson_position": json.dumps(feature(alert, "new", "position")),
        "links": json.dumps(links(30.0, 104.0, text.title(alert, "en"))),
    }
    for language in LANGUAGES:
        text_of[f"headline_{language}"] = text.headline(alert, language)
        text_of[f"title_{language}"] = text.title(alert, language)
        text_of[f"body_{language}"] = text.body(alert, language, UTC)
        text_of[f"why_{language}"] = "\n".join(
            text.explain(each, language) for each in alert.evidence
        )
    return {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in text_of.items()
    }


def with_secrets(make_alert: Callable[..., Alert]) -> Alert:
    """An alert with people's numbers wherever a producer can write some."""
    evidence = [
        Evidence(
            *("phantom_sms", 1, 4.5, 9, 0, 0),
            f"9 phones received SMS as {secret} that the operator never sent",
            devices,
            Identity("gsm", 460, 0, 61234, int(IMSI)),
            {"sender": secret, "content": IMEISV, "level": int(IMSI), secret: 0.1 + 0.2},
        )
        for secret in SECRETS
        for devices in (0, 9)
    ]
    return make_alert(
        evidence=evidence,
        identities=[Identity("gsm", 460, 0, 61234, int(IMSI)), Identity(f"gsm {IMSI}", 460)],
        headline=f"Phone {IMSI} of {MSISDN}",
        kind=f"of_{IMSI}",
        severity=IMEISV,
        considered=[Considered(IMSI, f"{MSISDN} said so", 0.5, [IMEISV])],
        track=[(1748916500000, 30.123456789012345, 104.1), (1748916590000, 30.65, 104.05)],
    )


def test_no_format_names_a_person(make_alert: Callable[..., Alert]) -> None:
    for name, text_of in every_format(with_secrets(make_alert)).items():
        without_id = text_of.replace(make_alert().alert_id, "")
        assert not re.search(r"\d{14,}", without_id), name
        for secret in SECRETS:
            assert secret not in text_of, (name, secret)


def test_what_is_no_persons_number_stays(make_alert: Callable[..., Alert]) -> None:
    formats = every_format(make_alert())
    assert all("***" not in text_of for text_of in formats.values())
    assert "95588" in formats["body_zh"]


def test_an_id_that_is_a_digest_stays_and_another_is_masked(
    make_alert: Callable[..., Alert],
) -> None:
    digits = "0123456789" * 3 + "ab"
    assert scrubbed(make_alert(alert_id=digits)).alert_id == digits
    assert scrubbed(make_alert(alert_id=IMSI)).alert_id == MASK


@pytest.mark.parametrize(
    "text",
    ["a\x00b", "a\x1bb", "a\u202eb", "a\u061cb", "a\ufffeb", "a\ud800b", "a\u2028b", "a\x85b"],
)
def test_what_formats_can_not_carry_goes(make_alert: Callable[..., Alert], text: str) -> None:
    assert clean(text) == "ab"
    evidence = Evidence("phantom_sms", 1, 1.0, 1, 0, 0, text, 1, None, {"sender": text})
    for text_of in every_format(make_alert(evidence=[evidence], headline=text)).values():
        assert text not in text_of
        text_of.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("BANK", "BANK"),
        ("10086", "10086"),
        ("139 1234 5678", MASK),
        (NATIONAL, MASK),
        (7, 7),
        (None, None),
        (1748916150915, 1748916150915),
        (0.30000000000000004, 0.3),
        (4.6e14, MASK),
        ("x" * 250, "x" * 250),
        ("x" * 5000, MASK),
    ],
)
def test_values_are_cleaned_one_by_one(value: Any, cleaned: Any) -> None:
    assert clean_value(value) == cleaned


def test_a_clean_alert_is_left_as_it_is(golden_alerts: list[Alert]) -> None:
    assert [scrubbed(alert) for alert in golden_alerts] == golden_alerts
