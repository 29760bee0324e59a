"""What waited on a device without a network shows when it was done, and when it arrived."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.model.words import Language
from field.alerts.life_cycle import Action
from tests.field.alerts_and_fates import golden
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.page.in_browser.browsed import browsed
from tests.field.console.topic_records import NOW

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]
#: Action, and how long it waited (ms); ``None``: it says nothing of that.
WAITED = {"acknowledge": 60_000, "dispatch": 60_001, "note": 9 * 3_600_000, "arrive": None}


def acted(console: Desk, alert_id: str) -> None:
    for number, (name, waited_ms) in enumerate(WAITED.items()):
        ts = NOW - 9000 + 1000 * number
        details = {} if waited_ms is None else {"done_ts": ts - waited_ms}
        console.act(
            Action(
                action_id=f"deed-{number}",
                alert_id=alert_id,
                action=name,
                by="fei",
                role="dispatcher",
                ts=ts,
                note="seen",
                details=details,
            )
        )


@pytest.mark.parametrize(
    ("language", "a_minute", "hours"),
    [
        ("en", ", arrived 60 s later)", ", arrived 9 h later)"),
        pytest.param("zh", "，60 秒后送达）", "，9 小时后送达）", marks=pytest.mark.nightly),
    ],
)
def test_it_says_so_where_they_differ_by_more_than_a_minute(
    browser: Browser, language: Language, a_minute: str, hours: str, tmp_path: Path
) -> None:
    alert = golden()[0]
    with desk(tmp_path) as console:
        console.take("fbs.alerts", alert)
        acted(console, alert.alert_id)
        query = f"?lang={language}&modules&alert={alert.alert_id}"
        with browsed(browser, console, query, timezone_id="Asia/Shanghai") as page:
            deeds = page.locator("#detail ol.history.people li")
            expect(deeds).to_have_count(len(WAITED))
            # The newest first.
            before = [one.locator("small") for one in reversed(deeds.all())]
            expect(before[0]).to_have_count(0)
            expect(before[1]).to_contain_text(a_minute)
            expect(before[2]).to_contain_text(hours)
            expect(before[3]).to_have_count(0)
            done = NOW - 7000 - 9 * 3_600_000
            shown = page.evaluate(
                "async (ms) => (await import('/static/js/base/words.js')).clock(ms)", done
            )
            expect(before[2]).to_contain_text(shown)
