"""The console's page while very much arrives at once: nothing is missed, and nothing piles up."""

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.city_alerts import many
from benchmarks.measuring.console.page_stage import until
from tests.integration.page.seen import IN_BROWSER, PATIENCE_MS, console_on, fresh, now_ms, seen

pytestmark = IN_BROWSER


@pytest.mark.nightly
def test_a_storm_of_alerts_is_all_there_and_leaves_a_short_list_and_few_notices(
    drawing_browser: Browser, kafka: str, tmp_path: Path
) -> None:
    with console_on(kafka, tmp_path) as made:
        before = [msgspec.structs.replace(one, status="open") for one in many(100, now_ms())]
        made.send_alerts(*before)
        until(lambda: made.holds(100), "the console has the first alerts")
        with seen(drawing_browser, made) as one:
            new = [fresh("high") for _ in range(300)]
            updates = [
                msgspec.structs.replace(alert, revision=revision)
                for revision in range(2, 8)
                for alert in before
            ]
            made.send_alerts(*new, *updates)
            last = fresh("critical")
            made.send_alerts(last)
            expect(one.card(last.alert_id)).to_be_attached(timeout=PATIENCE_MS)
            until(lambda: made.holds(401), "the console has all")
            everything = {alert.alert_id for alert in [*before, *new, last]}
            drawn = "window.cellhound.drawn('alerts')"
            until(lambda: set(one.page.evaluate(drawn)) == everything, "the map has all")
            cards = one.page.locator("#list [data-alert]")
            assert cards.count() < 300
            assert one.page.locator(".notice").count() < 20

            # Who scrolls to the end finds all, each once.
            def at_the_end() -> bool:
                one.page.evaluate("document.getElementById('list-pane').scrollTo(0, 1e6)")
                one.page.wait_for_timeout(250)
                return bool(cards.count() >= len(everything))

            until(at_the_end, "the whole list is loaded")
            ids = cards.evaluate_all("(nodes) => nodes.map((node) => node.dataset.alert)")
            assert sorted(ids) == sorted(everything)
            assert ids == [a["alert_id"] for a in made.get("/api/alerts?limit=1000")["alerts"]]
            assert one.problems == []
