"""The report in a browser: one language at a time without any script, and no attack that runs."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from replay.report.contents import Contents
from replay.report.page import write_report
from tests.field.alerts_and_fates import golden
from tests.field.call_alert import a_call_alert
from tests.replay.report.hostile import hostile_contents

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with"),
]


def test_a_browser_runs_nothing_and_shows_one_language(browser: Browser, tmp_path: Path) -> None:
    report = write_report(tmp_path / "report.html", hostile_contents(), "zh")
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    english, chinese = page.locator("article[lang=en]"), page.locator("article[lang=zh-CN]")
    expect(chinese).to_be_visible()
    expect(english).to_be_hidden()
    page.get_by_text("English", exact=True).click()
    expect(english).to_be_visible()
    expect(chinese).to_be_hidden()
    # The attack is on the page, as text; the title would be another had it run.
    expect(english.locator("h1")).to_contain_text("onmouseover=alert(1)")
    assert page.title().startswith("</style></script>")
    assert page.locator("article script, article img").count() == 0
    assert page.locator('article a:not([href^="#"])').count() == 0
    assert asked == [report.as_uri()]
    page.close()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_it_is_no_wider_than_the_screen(browser: Browser, tmp_path: Path, width: int) -> None:
    """Nor has it to be: tables and figures that are wide scroll by themselves."""
    alerts = [*golden()[:2], a_call_alert()]
    report = write_report(tmp_path / "report.html", Contents("A run", alerts), "en")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # What was found is seen at first sight, and leads to all about it.
    first = page.locator("article[lang=en] table a").first
    expect(first).to_be_in_viewport()
    first.click()
    expect(page.locator("article[lang=en] section.alert h3").first).to_be_in_viewport()
    page.close()
