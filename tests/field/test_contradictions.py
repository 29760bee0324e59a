"""No message about an alert contradicts itself or holds a key of the program, in either language.

Alerts of the golden traces and of simulated attacks, each also as it would be closed, ruled out,
without a place or with a single phone, through all formats that people read.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from lxml import etree

from detectors.alert.record import Alert
from detectors.model.words import LANGUAGES, Language
from field.formats import cap, cot, gpx, kml
from field.formats.words.calls import is_about_calls
from field.formats.words.text import body, headline, title
from replay.detect import detect
from replay.simulate import load_scenario, simulate
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher
from tests.field.alerts_and_fates import fates_of, golden
from tests.field.call_alert import a_call_alert
from tests.field.contradictions import figures_wrong_in, wrong_in

ATTACKS = Path(__file__).parents[2] / "configs" / "suites" / "attacks"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 6, 3, 4, 0, tzinfo=UTC)
#: Elements of formats that people read; all others are for programs.
READ = ("headline", "description", "event", "instruction", "areaDesc", "remarks", "name", "desc")


def texts_of(alert: Alert, language: Language) -> Iterator[str]:
    """All that people read of it in a language."""
    yield headline(alert, language)
    yield title(alert, language)
    yield body(alert, language, ZONE)
    sent = NOW.astimezone(ZONE)
    message = cap.message(alert, "sender", sent, language=language, zone=ZONE)
    info = etree.fromstring(message).find("{*}info")
    assert info is not None
    yield from _read(info)
    if is_about_calls(alert):
        return
    yield from _read(etree.fromstring(gpx.track(alert, language)))
    yield from _read(etree.fromstring(kml.document([alert], language)))
    if language == "en" and alert.position is not None:
        marker = etree.fromstring(cot.marker(alert, NOW, 60.0))
        # Its last line names the alert for those who look it up.
        yield from (text.rpartition("\nalert ")[0] or text for text in _read(marker))
        yield from (str(each.get("callsign")) for each in marker.iter("contact"))


def _read(tree: Any) -> Iterator[str]:
    for each in tree.iter():
        if isinstance(each.tag, str) and etree.QName(each).localname in READ and each.text:
            yield each.text


def wrong(alerts: list[Alert]) -> list[str]:
    """What is wrong with texts about some alerts, each once."""
    found = {
        f"{language}: {one}"
        for alert in alerts
        for each in fates_of(alert)
        for language in LANGUAGES
        for text in texts_of(each, language)
        for one in wrong_in(each, text, language)
    }
    return sorted(found | {one for alert in alerts for one in figures_wrong_in(alert)})


def test_messages_about_the_golden_alerts_hold_none() -> None:
    alerts = golden()
    assert wrong([*alerts[:: len(alerts) // 4], a_call_alert(2)]) == []


def test_the_check_finds_what_it_looks_for() -> None:
    alert = msgspec.structs.replace(golden()[0], status="closed", verdict="false_alarm")
    text = "Probable unknown_area moving north; 0 phones affected, 0.559 phones (97 % sure), None"
    assert len(list(wrong_in(alert, text, "en"))) == 7
    odd = msgspec.structs.replace(alert, devices=1, reports=0, last_seen=0)
    assert len(list(figures_wrong_in(odd))) == 4


@pytest.mark.long
@pytest.mark.parametrize("seed", [3, 17])
@pytest.mark.parametrize(
    "scenario",
    ["hopping-car", "paused", "complaints-only", "backpack", "several-operators", "imsi-catcher"],
)
def test_messages_about_alerts_of_simulated_attacks_hold_none(
    scenario: str, seed: int, tmp_path: Path
) -> None:
    settings = load_settings(env={})
    simulate(load_scenario(ATTACKS / f"{scenario}.yaml"), seed, tmp_path / "trace")
    detect(tmp_path / "trace", tmp_path / "out", settings, Hasher(b"attack" * 5, settings.senders))
    lines = (tmp_path / "out" / "alerts.jsonl").read_bytes().splitlines()
    alerts = [msgspec.json.decode(line, type=Alert) for line in lines]
    assert alerts
    assert wrong(alerts[:: max(1, len(alerts) // 4)]) == []
    assert [one for alert in alerts for one in figures_wrong_in(alert)] == []
