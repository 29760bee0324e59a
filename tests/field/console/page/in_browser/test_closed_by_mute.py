"""The page says of what a mute closed that it was ruled out earlier, and that nobody judged it."""

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.model.rare_messages import RuledOut
from detectors.model.words import Language
from tests.field.alerts_and_fates import golden
from tests.field.console.loopback_console import desk
from tests.field.console.page.in_browser.browsed import browsed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]
SHOWN = {
    "en": ("ruled out earlier", "ruled out 2 h ago, 290 m away", "nobody gave a verdict on this"),
    "zh": ("此前已核查排除", "2 小时前在 290 m 外被核查排除", "本告警本身未经核查"),
}


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("verdict", [None, "false_alarm"])
def test_it_is_written_when_and_how_far_off_it_was(
    browser: Browser, language: Language, verdict: str | None, tmp_path: Path
) -> None:
    alert = golden()[0]
    before = RuledOut("b" * 32, "false_alarm", alert.ts - 7_200_000, 288.0)
    closed = msgspec.structs.replace(
        alert,
        status="closed",
        verdict=verdict,
        closed_because="ruled_out",
        ruled_out_before=before,
    )
    sure, when, unseen = SHOWN[language]
    with desk(tmp_path) as console:
        console.take("fbs.alerts", closed)
        query = f"?lang={language}&modules&alert={alert.alert_id}"
        with browsed(browser, console, query) as page:
            facts = page.locator("#detail dl.facts")
            expect(facts).to_contain_text(when)
            if verdict is None:
                expect(facts).to_contain_text(sure)
                expect(facts).to_contain_text(unseen)
            else:
                # Who looked found that, too.
                expect(facts).not_to_contain_text(sure)
                expect(facts).not_to_contain_text(unseen)
