"""The page neither contradicts itself nor shows a key, whatever becomes of an alert."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.measuring.console.page_stage import CHROMIUM
from detectors.alert.headline import is_ruled_out
from detectors.alert.record import Alert
from detectors.model.words import Language
from tests.field.alerts_and_fates import fates_of, golden
from tests.field.call_alert import a_call_alert
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.page.in_browser.browsed import browsed
from tests.field.contradictions import KEY, wrong_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]
#: What the page shows of each alert: its card, and all of its detail.
RENDER = """
async (ids) => {
  const { card } = await import("/static/js/list/list.js");
  const { head, facts } = await import("/static/js/alert/summary.js");
  const { where } = await import("/static/js/alert/place.js");
  const { why, hypotheses, considered } = await import("/static/js/alert/why.js");
  const { history } = await import("/static/js/alert/past.js");
  const text = (parts) => {
    const box = document.createElement("div");
    box.append(...[parts].flat(Infinity).filter((one) => one));
    document.body.append(box);
    const shown = box.innerText;
    box.remove();
    return shown;
  };
  const shown = [];
  for (const id of ids) {
    const one = await (await fetch(`/api/alerts/${id}`)).json();
    const parts = [card(one, false, 0), head(one), facts(one), where(one), why(one)];
    shown.push(text([...parts, hypotheses(one), considered(one), history(one)]));
  }
  return shown;
}
"""
PANELS = ("health", "channels", "precision", "register", "campaigns", "numbers", "rights")


def placed(console: Desk) -> dict[str, Alert]:
    """Golden alerts and what may become of them, as the console has them."""
    alerts = golden()
    found = {}
    for number, alert in enumerate([*alerts[:: len(alerts) // 3], a_call_alert(2)]):
        for fate, each in enumerate(fates_of(alert)):
            name = f"{100 * number + fate:032x}"
            found[name] = msgspec.structs.replace(each, alert_id=name)
            console.take("fbs.alerts", found[name])
    return found


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.nightly)])
def test_no_alert_on_the_page_contradicts_itself_or_shows_a_key(
    browser: Browser, language: Language, tmp_path: Path
) -> None:
    with desk(tmp_path) as console:
        alerts = placed(console)
        with browsed(browser, console, f"?lang={language}&modules") as page:
            shown = page.evaluate(RENDER, list(alerts))
            wrong = {
                one
                for alert, text in zip(alerts.values(), shown, strict=True)
                for one in wrong_in(alert, text, language)
            }
            assert sorted(wrong) == []
            assert sum(map(len, why_in_english(alerts.values(), shown))) == (
                language == "en"
            ) * sum(len(one.hypotheses) for one in alerts.values() if not is_ruled_out(one))
            assert keys_on(page) == []


def why_in_english(alerts: Iterable[Alert], shown: Iterable[str]) -> Iterator[list[str]]:
    """Of the hypotheses of each alert, why they may hold, as far as it stands there in English."""
    for alert, text in zip(alerts, shown, strict=True):
        flat = " ".join(text.split())
        yield [one.name for one in alert.hypotheses if one.explanation in flat]


def keys_on(page: Page) -> list[str]:
    """Keys in the page's frame, its filters and its panels."""
    page.locator("#filters details.more summary").click()
    texts = [page.locator("body").inner_text()]
    for name in PANELS:
        page.evaluate("(name) => window.cellhound.emit('panel', name)", name)
        expect(page.locator("#drawer .panel")).not_to_be_empty()
        texts.append(page.locator("#drawer").inner_text())
    return sorted({found[0] for text in texts for found in re.finditer(KEY, text)})
