"""Help on the page: it opens, words are found, and the field card is one sheet of A4."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.model.words import Language
from tests.field.console.loopback_console import desk
from tests.field.console.page.in_browser.browsed import browsed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]
#: Of A4 in points, as a PDF has them.
A4 = (595, 842)


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.nightly)])
def test_help_has_words_to_search_and_a_card_of_one_sheet(
    browser: Browser, language: Language, tmp_path: Path
) -> None:
    with desk(tmp_path) as console, browsed(browser, console, f"?lang={language}") as page:
        page.keyboard.press("?")
        card = page.locator("#drawer .field-card")
        expect(card).to_be_visible()
        search = page.locator("#drawer .glossary input, #drawer input[type=search]").first
        search.fill("BSIC")
        expect(page.locator("dl.glossary dt")).to_have_count(1)
        expect(page.locator('dl.glossary dt[data-term="bsic"]')).to_be_visible()
        search.fill("no such word at all")
        expect(page.locator("dl.glossary dt")).to_have_count(0)
        assert "{" not in page.locator("#drawer").inner_text()
        page.evaluate("window.print = () => {}")
        page.locator("#drawer .part-card button").first.click()
        page.emulate_media(media="print")
        expect(page.locator("#paper .field-card")).to_be_visible()
        expect(page.locator("#drawer")).not_to_be_visible()
        sheet = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert [tuple(round(float(side)) for side in size) for size in sizes] == [A4]
