"""What lies on a device that people share: of one person, until they leave; nothing of victims."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.measuring.console.page_stage import until
from detectors.alert.record import AlertNumber
from tests.field.console.guarded_app import NAMES
from tests.integration.page.seen import IN_BROWSER, context_of, fresh, is_ready
from tests.integration.van.served import Served
from tests.integration.van.van import (
    act,
    cached,
    is_offline,
    is_prepared,
    log_in,
    lying,
    phone,
    tunnel,
)

pytestmark = IN_BROWSER
NOTHING: dict[str, list[object]] = {"details": [], "known": [], "waiting": []}


@contextmanager
def in_the_tunnel(browser: Browser, guarded: Served) -> Iterator[tuple[Page, str]]:
    """Somebody of the role field who acknowledged an alert where there is no network; its id."""
    alert = fresh()
    guarded.send(alert)
    with phone(browser, guarded, f"?lang=en&alert={alert.alert_id}") as page:
        log_in(page, NAMES["field"])
        is_prepared(page)
        tunnel(page)
        is_offline(page)
        act(page, "acknowledge")
        yield page, alert.alert_id


def test_neither_numbers_nor_the_trail_nor_a_session_s_token_lie_on_the_device(
    browser: Browser, console: Served
) -> None:
    victim = AlertNumber("h-0123456789", "1380013", "mobile", "impersonated")
    of_calls = msgspec.structs.replace(
        fresh("critical"), kind="scam_caller", numbers=[victim], position=None
    )
    console.send(of_calls)
    with phone(browser, console, f"?lang=en&alert={of_calls.alert_id}") as page:
        is_ready(page)
        expect(page.locator("#detail")).to_contain_text("1380013")
        page.evaluate("window.cellhound.emit('panel', 'audit')")
        page.keyboard.press("Escape")
        is_prepared(page, details=5)
        page.reload()
        is_ready(page)
        stores = lying(page)
        [listed] = [one["value"] for one in stores["known"] if one["key"] == "list"]
        assert of_calls.alert_id in [one["alert_id"] for one in listed["alerts"]]
        assert of_calls.alert_id not in [one["key"] for one in stores["details"]]
        text = json.dumps(stores)
        assert "1380013" not in text
        assert "h-0123456789" not in text
        assert "csrf" not in text
        paths = [path for paths in cached(page).values() for path in paths]
        assert paths
        assert {path for path in paths if not path.startswith("/static/")} == {"/"}


def test_a_session_that_ended_in_the_tunnel_loses_nothing_that_was_done(
    browser: Browser, guarded: Served
) -> None:
    name = NAMES["field"]
    with in_the_tunnel(browser, guarded) as (page, alert_id):
        guarded.access.sessions.end_others(name, "")
        tunnel(page, inside=False)
        expect(page.locator('[name="password"]')).to_be_visible()
        # What was known is gone, what was done is not.
        stores = lying(page)
        assert (stores["known"], stores["details"], len(stores["waiting"])) == ([], [], 1)
        log_in(page, name)
        expect(page.locator("#detail .over-title")).to_contain_text("Acknowledged")
        until(lambda: lying(page)["waiting"] == [], "it is sent")
    [done] = [one for one in guarded.actions() if one["alert_id"] == alert_id]
    assert (done["action"], done["by"]) == ("acknowledge", name)


def test_another_s_login_finds_nothing_of_the_first(browser: Browser, guarded: Served) -> None:
    with in_the_tunnel(browser, guarded) as (page, alert_id):
        guarded.access.sessions.end_others(NAMES["field"], "")
        tunnel(page, inside=False)
        log_in(page, NAMES["dispatcher"])
        until(lambda: lying(page)["waiting"] == [], "what the first did is gone")
        until(lambda: bool(lying(page)["known"]), "the second is here")
        by = {one["by"] for records in lying(page).values() for one in records}
        assert by == {NAMES["dispatcher"]}
    assert not [one for one in guarded.actions() if one["alert_id"] == alert_id]


@pytest.mark.parametrize("inside", [False, True], ids=["network", "tunnel"])
def test_whoever_logs_out_leaves_nothing_and_no_session(
    browser: Browser, guarded: Served, inside: bool
) -> None:
    name = NAMES["viewer"]
    with context_of(browser) as context:
        page = context.new_page()
        page.goto(f"{guarded.url}/?lang=en")
        log_in(page, name)
        is_prepared(page)
        tunnel(page, inside)
        page.locator("#menu").click()
        page.locator("#drawer").get_by_text("Log out").click()
        if inside:
            # The console can't be asked to end it: the page shows nothing, and ends it later.
            expect(page.locator("[data-ready]")).to_have_count(0)
            expect(page.locator('[data-banner="lost"]')).to_contain_text("does not answer")
            assert lying(page) == NOTHING
            assert page.locator("[data-alert]").count() == 0
            assert guarded.access.sessions.all(name, "")
            tunnel(page, inside=False)
        expect(page.locator('[name="password"]')).to_be_visible()
        assert lying(page) == NOTHING
        assert cached(page) == {}
        assert not guarded.access.sessions.all(name, "")
        log_in(page, NAMES["field"])


def test_who_logs_out_before_all_is_sent_is_asked_once_more(
    browser: Browser, guarded: Served
) -> None:
    with in_the_tunnel(browser, guarded) as (page, _):
        page.locator("#menu-small").click()
        leave = page.locator("#drawer").get_by_text("Log out")
        leave.click()
        until(lambda: "lost with it" in str(page.evaluate("window.noticed")), "it asks")
        assert len(lying(page)["waiting"]) == 1
        leave.click()
        # The page begins anew, and can't be asked meanwhile.
        expect(page.locator("[data-ready]")).to_have_count(0)
        expect(page.locator('[data-banner="lost"]')).to_contain_text("does not answer")
        assert lying(page) == NOTHING
