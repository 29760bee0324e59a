"""The page's register health: the list with its filter by kind, and the layer on the map. In a real
browser, before a real console."""

import re

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import Stage, until
from tests.field.console.topic_records import register_health, wrong_row
from tests.integration.page.seen import IN_BROWSER, PATIENCE_MS, seen

pytestmark = IN_BROWSER
ROWS = [
    wrong_row(1),
    wrong_row(2),
    wrong_row(3, "retired"),
    wrong_row(4, "missing", lat=None, lon=None, off_m=None),
]


def send(stage: Stage, *rows: object) -> None:
    value = msgspec.to_builtins(register_health(list(rows)))  # type: ignore[arg-type]
    stage.send("fbs.register", [("zone", value)])
    until(
        lambda: len(stage.get("/api/register-health")["rows"]) == len(rows), "the console has them"
    )


@pytest.mark.parametrize(
    ("language", "missing", "show"),
    [
        ("en", "Row missing", "Show"),
        pytest.param("zh", "缺少登记", "查看", marks=pytest.mark.nightly),
    ],
)
def test_wrong_rows_are_listed_by_kind_and_drawn(
    drawing_browser: Browser, stage: Stage, language: str, missing: str, show: str
) -> None:
    send(stage, *ROWS)
    with seen(drawing_browser, stage, f"?lang={language}") as one:
        expect(one.page.locator("#map[data-drawn]")).to_be_attached(timeout=3 * PATIENCE_MS)
        one.page.evaluate("window.cellhound.emit('panel', 'register')")
        panel = one.page.locator("#drawer .panel.register")
        expect(panel.locator("tbody tr")).to_have_count(4, timeout=PATIENCE_MS)
        expect(panel.locator("tbody tr").first).to_contain_text("lte-460-0-4100-4")
        panel.locator('[data-kind="missing"]').click()
        expect(panel.locator("tbody tr")).to_have_count(1, timeout=PATIENCE_MS)
        expect(panel.locator("tbody tr")).to_contain_text(missing)
        expect(panel.locator('[data-kind="missing"]')).to_have_attribute("aria-pressed", "true")
        panel.locator('[data-kind="all"]').click()
        expect(panel.locator("tbody tr")).to_have_count(4, timeout=PATIENCE_MS)

        panel.locator("tbody tr").last.get_by_role("button", name=show).click()
        expect(one.page.locator("#drawer")).not_to_be_visible()
        until(lambda: len(drawn(one)) == 8, "two lines, and six places")
        assert set(drawn(one)) == {row.key for row in ROWS}
        expect(one.page.locator("#layer-wrong_rows")).to_be_checked()
        one.page.locator("#layers").click()
        one.page.locator("#layer-wrong_rows").uncheck()
        until(lambda: drawn(one) == [], "nothing is drawn any more")


def test_what_is_right_is_called_so_and_no_audit_is_not(browser: Browser, stage: Stage) -> None:
    send(stage)
    with seen(browser, stage, "?lang=en") as one:
        one.page.evaluate("window.cellhound.emit('panel', 'register')")
        panel = one.page.locator("#drawer .panel.register")
        expect(panel).to_contain_text("No row is likely wrong", timeout=PATIENCE_MS)
        expect(panel).to_contain_text(re.compile("40 cells at 7 registered places"))


def drawn(one) -> list[str]:  # type: ignore[no-untyped-def]
    found: list[str] = one.page.evaluate("window.cellhound.drawn('wrong_rows')")
    return found
