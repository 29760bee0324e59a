"""Networks have an installation's own names on the page: on cards, and in an alert's detail."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.alert.headline import with_headline
from detectors.model.words import Language
from tests.field.alerts_and_fates import golden
from tests.field.console.loopback_console import desk
from tests.field.console.page.in_browser.browsed import browsed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("own_networks"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]


@pytest.mark.parametrize(
    ("language", "own", "shipped"),
    [
        ("en", "Our network 460-00", "China Mobile"),
        pytest.param("zh", "本网 460-00", "中国移动", marks=pytest.mark.nightly),
    ],
)
def test_own_names_are_on_the_page(
    browser: Browser, language: Language, own: str, shipped: str, tmp_path: Path
) -> None:
    alert = next(
        one for one in golden() if (one.identities[0].mcc, one.identities[0].mnc) == (460, 0)
    )
    with desk(tmp_path) as console:
        console.take("fbs.alerts", with_headline(alert))
        query = f"?lang={language}&modules&alert={alert.alert_id}"
        with browsed(browser, console, query) as page:
            expect(page.locator("#list .card").first).to_contain_text(own)
            expect(page.locator("#detail dl.facts")).to_contain_text(own)
            expect(page.locator("#detail .detail-head")).to_contain_text(own)
            expect(page.locator("#detail dl.facts")).not_to_contain_text(shipped)
