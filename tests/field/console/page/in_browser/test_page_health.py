"""Under health, an input that nobody has is no fault, and one that every network has is."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.model.words import Language
from geo.earth.zones import zone_of
from tests.field.console.loopback_console import NOW, desk
from tests.field.console.page.in_browser.browsed import browsed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]


@pytest.mark.parametrize(
    ("language", "received", "no_data", "unused"),
    [
        ("en", "received", "no data", "nothing yet"),
        pytest.param("zh", "正常", "无数据", "尚无数据", marks=pytest.mark.nightly),
    ],
)
def test_each_input_is_as_bad_as_it_is(
    browser: Browser, language: Language, received: str, no_data: str, unused: str, tmp_path: Path
) -> None:
    one_feed = {"arrival_ms": NOW, "heard_ms": NOW, "messages": 7, "dead_letters": 0}
    with desk(tmp_path) as console:
        stage = {"stage": "cold", "since_ms": NOW, "minutes": 2, "reports": 5, "sites": 1}
        zones = [stage | {"zone": name} for name in (zone_of(30.65, 104.07), "calls")]
        life: dict[str, Any] = {
            "worker": "w-1",
            "ts": NOW,
            "feeds": {"cell.measurements": one_feed},
        }
        life["learning"] = zones
        console.take("fbs.health", life)
        with browsed(browser, console, f"?lang={language}&modules") as page:
            page.evaluate("window.cellhound.emit('panel', 'health')")
            row = page.locator("#drawer tr")
            for topic, sign, word in (
                ("cell.measurements", "●", received),
                ("cell.signalling", "✕", no_data),
                ("call.signalling", "–", unused),
                ("field.feedback", "–", unused),
            ):
                expect(row.filter(has_text=topic).locator(".condition")).to_have_text(
                    f"{sign} {word}"
                )
            # A zone is named by where it is, and not by its number.
            expect(page.locator("#drawer")).to_contain_text(re.compile(r"30\.\d, 10[34]\.\d"))
            expect(page.locator("#drawer")).not_to_contain_text("fffffffff")
