"""A van drives through a tunnel: the page opens, shows what was known, and sends what was done."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from benchmarks.measuring.console.page_stage import until
from field.console import page as console_page
from tests.integration.page.seen import IN_BROWSER, fresh, is_noticed, is_ready
from tests.integration.van.served import Served, served
from tests.integration.van.van import (
    act,
    cached,
    is_offline,
    is_prepared,
    lying,
    phone,
    tunnel,
)

pytestmark = IN_BROWSER


def test_what_was_known_is_shown_and_what_is_done_is_sent_once_in_order(
    browser: Browser, console: Served
) -> None:
    alert = fresh("critical")
    console.send(alert)
    with phone(browser, console) as page:
        is_prepared(page, details=7)
        tunnel(page)
        page.reload()
        expect(page.locator('[data-banner="lost"]')).to_contain_text(
            re.compile(r"Offline, as of \d\d:\d\d:\d\d")
        )
        assert page.locator("#list [data-alert]").count() >= 7
        # None of these was ever opened.
        page.locator(f'#list [data-alert="{alert.alert_id}"]').click()
        expect(page.locator("#detail .kept")).to_contain_text("Offline")
        expect(page.locator("#detail .section.where .links a").first).to_be_visible()
        expect(page.locator("#detail")).not_to_contain_text("Loading")
        act(page, "acknowledge", "dispatch")
        page.reload()
        expect(page.locator("[data-waiting]")).to_have_count(2)
        act(page, "arrive")
        assert not [one for one in console.actions() if one["alert_id"] == alert.alert_id]
        tunnel(page, inside=False)
        expect(page.locator("[data-waiting]")).to_have_count(0)
        expect(page.locator('[data-banner="lost"]')).to_have_count(0)
        expect(page.locator("#detail .kept")).to_have_count(0)
        expect(page.locator("#detail .over-title")).to_contain_text("On site")
    done = [one for one in console.actions() if one["alert_id"] == alert.alert_id]
    assert [one["action"] for one in done] == ["acknowledge", "dispatch", "arrive"]
    assert done[0]["details"]["done_ts"] < done[0]["ts"]


def test_an_answer_that_is_lost_on_the_way_does_nothing_twice(
    browser: Browser, console: Served
) -> None:
    alert = fresh()
    console.send(alert)
    lost = []

    def swallow(route: Route) -> None:
        lost.append(route.fetch())
        route.abort()

    with phone(browser, console, f"?lang=en&alert={alert.alert_id}") as page:
        is_ready(page)
        page.route("**/actions", swallow, times=1)
        page.locator('[data-action="acknowledge"]').click()
        is_noticed(page, "waits on this device", "warn")
        assert lost[0].status == 200
        tunnel(page)
        is_offline(page)
        tunnel(page, inside=False)
        expect(page.locator("[data-waiting]")).to_have_count(0)
        expect(page.locator('[data-banner="refused"]')).to_have_count(0)
    done = [one for one in console.actions() if one["alert_id"] == alert.alert_id]
    assert [one["action"] for one in done] == ["acknowledge"]


def test_what_somebody_else_did_first_is_shown_as_not_done(
    browser: Browser, console: Served
) -> None:
    alert = fresh()
    console.send(alert)
    query = f"?lang=en&alert={alert.alert_id}"
    with phone(browser, console, query) as page, phone(browser, console, query) as other:
        is_ready(page)
        tunnel(page)
        is_offline(page)
        act(page, "acknowledge")
        other.locator('[data-action="acknowledge"]').click()
        expect(other.locator('[data-action="dispatch"]')).to_be_visible()
        tunnel(page, inside=False)
        line = page.locator('[data-waiting="acknowledge"]')
        expect(line).to_contain_text("somebody else was faster")
        expect(page.locator('[data-banner="refused"]')).to_be_visible()
        line.get_by_text("Discard").click()
        expect(line).to_have_count(0)
        assert lying(page)["waiting"] == []


def test_a_reading_of_the_tunnel_is_entered_once_with_its_time(
    browser: Browser, console: Served
) -> None:
    alert = fresh()
    console.send(alert)
    with phone(browser, console, f"?lang=en&alert={alert.alert_id}") as page:
        is_ready(page)
        tunnel(page)
        is_offline(page)
        page.locator(".reading summary, [data-keep=reading] > summary").first.click()
        for name, value in (("lat", "39.93"), ("lon", "116.41"), ("signal_dbm", "-61.5")):
            page.locator(f'form.reading [name="{name}"]').fill(value)
        page.locator("form.reading [type=submit]").click()
        expect(page.locator('[data-waiting="reading"]')).to_be_visible()
        [kept] = lying(page)["waiting"]
        tunnel(page, inside=False)
        expect(page.locator('[data-waiting="reading"]')).to_have_count(0)
    [written] = console.publisher.sent("field.measurements")
    assert (written["ts"], written["signal_dbm"]) == (kept["value"]["body"]["ts"], -61.5)


def test_an_alert_that_does_not_come_is_a_sentence_with_another_try(
    browser: Browser, console: Served
) -> None:
    with phone(browser, console) as page:
        is_ready(page)
        page.route("**/api/alerts/*", lambda route: route.abort())
        page.evaluate("indexedDB.deleteDatabase('cellhound')")
        page.locator("#list [data-alert]").nth(3).click()
        pane = page.locator("#detail")
        expect(pane).to_contain_text("no connection to the console")
        expect(pane).not_to_contain_text("Loading")
        page.unroute("**/api/alerts/*")
        pane.get_by_text("Try again").click()
        expect(pane.locator(".facts")).to_be_visible()


@pytest.mark.nightly
def test_another_version_of_the_console_replaces_the_page_that_was_kept(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    shutil.copytree(console_page.STATIC, static, ignore=shutil.ignore_patterns("vendor"))
    monkeypatch.setattr(console_page, "STATIC", static)
    with served(tmp_path) as console, phone(browser, console) as page:
        is_prepared(page)
        [first] = cached(page)
        page.reload()
        words = static / "js" / "main.js"
        words.write_text(words.read_text() + "\nwindow.cellhound.another = true;\n")
        # Its worker has the old file, and must not give it to the new frame.
        page.reload()
        is_ready(page)
        assert page.evaluate("window.cellhound.another")
        until(lambda: list(cached(page)) not in ([], [first]), "another worker came")
        until(lambda: len(cached(page)) == 1, "the old one is gone")
        tunnel(page)
        page.reload()
        is_ready(page)
        assert page.evaluate("window.cellhound.another")
