"""The page where people log in: roles, sessions that end, passwords, tokens; in a real browser.

Long because all of it needs the same console with the same accounts, which takes long to start.
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pyotp
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from benchmarks.measuring.console.page_stage import Stage, until
from field.console.access import Access
from field.console.access.credentials.passwords import Passwords
from streams.config.console import ConsoleSettings
from tests.field.console.guarded_app import NAMES, PASSWORD, QUICK
from tests.integration.page.seen import (
    IN_BROWSER,
    PATIENCE_MS,
    console_on,
    context_of,
    fresh,
    is_kept,
    is_noticed,
    is_ready,
    now_ms,
    play_evening,
)

pytestmark = IN_BROWSER
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """The accounts of the console, as its command line sees them."""
    path = tmp_path_factory.mktemp("people") / "accounts.sqlite"
    access = Access(ConsoleSettings(accounts=str(path)), time.time, Passwords(QUICK))
    for role, name in NAMES.items():
        access.accounts.put(name, role, PASSWORD)
    yield access
    access.close()


@pytest.fixture(scope="module")
def stage(kafka: str, door: Access, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    settings = {
        "CELLHOUND__CONSOLE__ACCOUNTS": str(Path(door.engine.url.database or "")),
        "CELLHOUND__CONSOLE__LOGINS_PER_MINUTE": "1000",
        "CELLHOUND__CONSOLE__FOUR_EYES": "always",
    }
    token = door.tokens.make(NAMES["admin"], "tests")
    with console_on(kafka, tmp_path_factory.mktemp("page"), token, **settings) as made:
        play_evening(made)
        yield made


@contextmanager
def opened(browser: Browser, stage: Stage, query: str, **device: Any) -> Iterator[Page]:
    """The console's address in a browser where nobody has logged in."""
    with context_of(browser, **device) as context:
        page = context.new_page()
        page.goto(f"{stage.url}/{query}")
        yield page


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.locator('[name="name"]').fill(name)
    page.locator('[name="password"]').fill(password)
    page.locator("form button").click()


def test_a_stranger_sees_the_login_page_and_a_wrong_password_is_refused(
    browser: Browser, stage: Stage
) -> None:
    with opened(browser, stage, "?lang=en&severity=high") as page:
        expect(page.locator("form[action='/api/login']")).to_be_visible()
        expect(page.locator("#list")).to_have_count(0)
        log_in(page, NAMES["viewer"], "not the password")
        expect(page.locator('[role="alert"]')).to_contain_text("don't fit")
        log_in(page, NAMES["viewer"])
        is_ready(page)
        assert page.url.endswith("?lang=en&severity=high")
        expect(page.locator("#list .card.severity-high").first).to_be_visible()
        expect(page.locator("#list .card.severity-critical")).to_have_count(0)


def test_a_viewer_may_look_and_not_act(browser: Browser, stage: Stage) -> None:
    with opened(browser, stage, f"?lang=en&alert={1:032x}") as page:
        log_in(page, NAMES["viewer"])
        is_ready(page)
        expect(page.locator("#detail")).to_contain_text("your role is viewer", timeout=PATIENCE_MS)
        expect(page.locator("#detail [data-action], #detail .note")).to_have_count(0)
        page.locator("#menu").click()
        expect(page.locator("#drawer nav")).to_contain_text("Your account")
        expect(page.locator("#drawer nav")).not_to_contain_text("Accounts")


def test_a_field_user_acknowledges_on_a_phone_and_logs_out(browser: Browser, stage: Stage) -> None:
    sent = fresh()
    stage.send_alerts(sent)
    with opened(browser, stage, f"?lang=en&alert={sent.alert_id}", **PHONE) as page:
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        log_in(page, NAMES["field"])
        is_ready(page)
        # What is to be forgotten at the end must be there first.
        is_kept(page)
        expect(page.locator('[data-action="dispatch"]')).to_have_count(0)
        page.locator('[data-action="acknowledge"]').tap()
        expect(page.locator("ol.history")).to_contain_text(NAMES["field"], timeout=PATIENCE_MS)
        state = stage.get(f"/api/alerts/{sent.alert_id}")["state"]
        assert state == "acknowledged"
        page.locator("#menu-small").tap()
        page.locator("#drawer footer button", has_text="Log out").tap()
        expect(page.locator("form[action='/api/login']")).to_be_visible(timeout=PATIENCE_MS)
        page.reload()
        expect(page.locator("form[action='/api/login']")).to_be_visible()
        assert page.evaluate("caches.has('shell')") is False


def test_a_session_that_ended_leads_to_the_login_page_and_back_to_the_same_view(
    browser: Browser, stage: Stage, door: Access
) -> None:
    query = f"?lang=en&severity=critical&alert={1:032x}"
    with opened(browser, stage, query) as page:
        log_in(page, NAMES["dispatcher"])
        is_ready(page)
        # Its worker serves the page by now: the login page must show all the same.
        is_kept(page)
        door.accounts.change(NAMES["dispatcher"], password=PASSWORD)
        expect(page.locator("form[action='/api/login']")).to_be_visible(timeout=PATIENCE_MS)
        log_in(page, NAMES["dispatcher"])
        is_ready(page)
        assert page.url.endswith(query)
        expect(page.locator("#detail .rules")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#list .card.severity-low")).to_have_count(0)


def test_an_admin_gives_another_role_which_holds_at_once(
    browser: Browser, stage: Stage, door: Access
) -> None:
    door.accounts.put("lin", "viewer", PASSWORD)
    with opened(browser, stage, "?lang=en") as page:
        log_in(page, NAMES["admin"])
        is_ready(page)
        page.evaluate("window.cellhound.emit('panel', 'accounts')")
        page.locator('#drawer [data-role="lin"]').select_option("field")
        until(lambda: door.accounts.role("lin") == "field", "the role is another")
        expect(page.locator('#drawer [data-role="lin"]')).to_have_value("field")
        expect(page.locator(f'#drawer [data-role="{NAMES["admin"]}"]')).to_have_count(0)


def test_a_token_is_shown_once_and_works_until_it_is_revoked(
    browser: Browser, stage: Stage
) -> None:
    with opened(browser, stage, "?lang=en") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        log_in(page, NAMES["field"])
        is_ready(page)
        page.evaluate("window.cellhound.emit('panel', 'own')")
        page.locator('.own-token [name="label"]').fill("van 7")
        page.locator(".own-token [type=submit]").click()
        token = page.locator(".once code").inner_text(timeout=PATIENCE_MS)
        assert re.fullmatch(r"chd_[\w-]{40,}", token)
        page.locator(".once .copy").click()
        is_noticed(page, "Copied")
        assert page.evaluate("navigator.clipboard.readText()") == token
        assert name_by(stage, token) == NAMES["field"]
        page.evaluate("window.cellhound.emit('panel', 'own')")
        row = page.locator("#drawer tr", has_text="van 7")
        expect(row).to_contain_text(token[:12])
        expect(page.locator("#drawer")).not_to_contain_text(token)
        row.locator("[data-revoke]").click()
        expect(row).to_have_count(0, timeout=PATIENCE_MS)
        assert name_by(stage, token) is None


@pytest.mark.nightly
def test_ones_own_password_is_changed_and_asked_for_at_once(
    browser: Browser, stage: Stage, door: Access
) -> None:
    door.accounts.put("wang", "field", PASSWORD)
    with opened(browser, stage, "?lang=en") as page:
        log_in(page, "wang")
        is_ready(page)
        page.evaluate("window.cellhound.emit('panel', 'own')")
        tries = (("not the old one", "another horse battery"), (PASSWORD, "short"))
        for times, (old, new) in enumerate(tries, 1):
            page.locator('.own-password [name="old"]').fill(old)
            page.locator('.own-password [name="new"]').fill(new)
            page.locator(".own-password [type=submit]").click()
            is_noticed(page, "refused", "error", times)
        page.locator('.own-password [name="old"]').fill(PASSWORD)
        page.locator('.own-password [name="new"]').fill("another horse battery")
        page.locator(".own-password [type=submit]").click()
        expect(page.locator("form[action='/api/login']")).to_be_visible(timeout=PATIENCE_MS)
        log_in(page, "wang", "another horse battery")
        is_ready(page)


@pytest.mark.nightly
def test_a_password_can_be_shown_its_strength_is_measured_and_other_sessions_are_ended(
    browser: Browser, stage: Stage, door: Access
) -> None:
    door.accounts.put("qian", "field", PASSWORD)
    with opened(browser, stage, "?lang=en") as other, opened(browser, stage, "?lang=en") as page:
        for one in (other, page):
            log_in(one, "qian")
            is_ready(one)
        page.evaluate("window.cellhound.emit('panel', 'own')")
        new = page.locator('.own-password [name="new"]')
        meter = page.locator(".own-password meter")
        measured = []
        for typed in ("aaaaaaaaaaaaaaa", "four", "correct horse battery staple"):
            new.fill(typed)
            measured.append(float(meter.evaluate("node => node.value")))
        assert measured[0] < 0.2
        assert measured[1] < 0.2
        assert measured[2] == 1.0
        expect(new).to_have_attribute("type", "password")
        page.locator(".own-password .show-secret").last.click()
        expect(new).to_have_attribute("type", "text")
        rows = page.locator(".own-sessions tbody tr")
        expect(rows).to_have_count(2, timeout=PATIENCE_MS)
        page.locator(".own-sessions input").fill(PASSWORD)
        page.locator(".own-sessions [data-session]").click()
        is_noticed(page, "Ended")
        expect(rows).to_have_count(1, timeout=PATIENCE_MS)
        # Unless it is on its way to the login by itself.
        with suppress(Error):
            other.reload()
        expect(other.locator("form[action='/api/login']")).to_be_visible(timeout=PATIENCE_MS)


def test_a_second_factor_is_set_up_asked_for_and_switched_off(
    browser: Browser, stage: Stage, door: Access
) -> None:
    door.accounts.put("zhao", "field", PASSWORD)

    def prove(code: str) -> None:
        page.locator('.own-mfa [name="password"]').fill(PASSWORD)
        page.locator('.own-mfa [name="code"]').fill(code)
        page.locator(".own-mfa [type=submit]").click()

    with opened(browser, stage, "?lang=en") as page:
        log_in(page, "zhao")
        is_ready(page)
        page.evaluate("window.cellhound.emit('panel', 'own')")
        page.locator('[data-mfa="begin"]').click()
        key = page.locator(".own-mfa .once code").inner_text(timeout=PATIENCE_MS)
        assert f"secret={key}" in (page.locator(".own-mfa a").get_attribute("href") or "")
        prove("000000")
        is_noticed(page, "refused", "error")
        prove(pyotp.TOTP(key).now())
        expect(page.locator(".own-mfa")).to_contain_text("It is on", timeout=PATIENCE_MS)
        codes = page.locator(".own-mfa .once code").inner_text().split()
        assert len(codes) == 10
        prove(codes[0])
        log_in(page, "zhao")
        is_ready(page)
        assert not door.factors.has("zhao")
        again = door.factors.add("zhao", key, pyotp.TOTP(key).now())
        assert again is not None
    with opened(browser, stage, "?lang=en") as page:
        log_in(page, "zhao")
        expect(page.locator('[name="code"]')).to_be_visible(timeout=PATIENCE_MS)
        page.locator('[name="code"]').fill(again[0])
        page.locator("form button").click()
        is_ready(page)


@pytest.mark.nightly
def test_a_search_for_companions_is_approved_by_another_admin(
    browser: Browser, stage: Stage, door: Access
) -> None:
    door.accounts.put("bo", "admin", PASSWORD)
    now = now_ms()
    track = [(now - 60_000 * (30 - n), 39.9, 116.2 + 0.01 * n) for n in range(31)]
    seen = {"first_seen": track[0][0], "last_seen": track[-1][0]}
    sent = msgspec.structs.replace(fresh(), track=track, **seen)
    stage.send_alerts(sent)
    query = f"?lang=en&alert={sent.alert_id}"
    with opened(browser, stage, query) as page, opened(browser, stage, query) as other:
        for shown, name in ((other, "bo"), (page, NAMES["admin"])):
            log_in(shown, name)
            is_ready(shown)
            shown.locator(".companions summary").click()
        page.locator('.companions [name="order"]').fill("2026-0123")
        page.locator(".companions [type=submit]").click()
        own, others = page.locator(".asks li"), other.locator(".asks li")
        expect(own).to_contain_text("waits for another admin", timeout=PATIENCE_MS)
        expect(own.locator('[data-ask="approve"], [data-ask="search"]')).to_have_count(0)
        is_noticed(other, "ada asks for a search")
        expect(others).to_contain_text("ada asks by order 2026-0123", timeout=PATIENCE_MS)
        expect(others).to_contain_text(re.compile(r"from .*\d to .*\d \(revision 1\)"))
        others.locator('[data-ask="approve"]').click()
        own.locator('[data-ask="search"]').click(timeout=PATIENCE_MS)
        expect(page.locator(".companions .found")).to_contain_text(
            "No phone travelled along", timeout=PATIENCE_MS
        )
        expect(own).to_have_attribute("data-state", "used")
        expect(page.locator(".companions .found")).to_contain_text("No phone travelled along")


def name_by(stage: Stage, token: str) -> str | None:
    """Who the token stands for, by the API; None where it isn't known."""
    request = urllib.request.Request(
        f"{stage.url}/api/me", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_MS / 1000) as answer:
            return str(json.load(answer)["name"])
    except urllib.error.HTTPError as error:
        return None if error.code == 401 else str(error)
