"""Under health, an input that nobody has is no fault, and one that every network has is."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.model.words import Language
from tests.field.console.loopback_console import NOW, desk
from tests.field.console.page.in_browser.browsed import browsed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]


@pytest.mark.parametrize(
    ("language", "received", "no_data", "unused"),
    [("en", "received", "no data", "nothing yet"), ("zh", "正常", "无数据", "尚无数据")],
)
def test_each_input_is_as_bad_as_it_is(
    browser: Browser, language: Language, received: str, no_data: str, unused: str, tmp_path: Path
) -> None:
    one_feed = {"arrival_ms": NOW, "heard_ms": NOW, "messages": 7, "dead_letters": 0}
    with desk(tmp_path) as console:
        life = {"worker": "w-1", "ts": NOW, "feeds": {"cell.measurements": one_feed}}
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
