"""The page in a real browser, before a real console on a real Kafka."""

import time

import msgspec
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import Stage, until
from detectors.model.finding import Identity
from tests.integration.page.seen import (
    IN_BROWSER,
    PATIENCE_MS,
    Seen,
    context_of,
    fresh,
    is_noticed,
    listed,
    now_ms,
    seen,
    state_of,
)

pytestmark = IN_BROWSER


def test_an_alert_on_the_topic_shows_in_list_and_map(
    drawing_browser: Browser, stage: Stage
) -> None:
    with seen(drawing_browser, stage) as one:
        sent = fresh()
        began = time.monotonic()
        stage.send_alerts(sent)
        expect(one.card(sent.alert_id)).to_be_visible(timeout=PATIENCE_MS)
        listed = time.monotonic() - began
        until(lambda: one.on_map(sent.alert_id), "it is on the map")
        print(
            f"in the list after {listed:.2f} s, on the map after {time.monotonic() - began:.2f} s"
        )
        is_noticed(one.page, "New: High")
        newer = msgspec.structs.replace(sent, revision=2, severity="critical", status="update")
        stage.send_alerts(newer)
        expect(one.card(sent.alert_id)).to_contain_text("Critical", timeout=PATIENCE_MS)


def test_acknowledging_in_one_browser_shows_in_another(browser: Browser, stage: Stage) -> None:
    sent = fresh()
    stage.send_alerts(sent)
    query = f"?lang=en&alert={sent.alert_id}"
    with seen(browser, stage, query) as one, seen(browser, stage, "?lang=en") as other:
        expect(other.card(sent.alert_id)).to_contain_text("New")
        one.page.locator(".note").fill("on my way")
        began = time.monotonic()
        one.page.locator('[data-action="acknowledge"]').click()
        expect(other.card(sent.alert_id)).to_contain_text("Acknowledged", timeout=PATIENCE_MS)
        print(f"seen by the other after {time.monotonic() - began:.2f} s")
        expect(one.page.locator("ol.history")).to_contain_text("on my way", timeout=PATIENCE_MS)
        expect(one.page.locator('[data-action="dispatch"]')).to_be_visible(timeout=PATIENCE_MS)
        expect(one.page.locator('[data-action="acknowledge"]')).to_have_count(0)


def test_a_verdict_is_asked_about_once_more(browser: Browser, stage: Stage) -> None:
    sent = fresh()
    stage.send_alerts(sent)
    until(lambda: any(one["alert_id"] == sent.alert_id for one in listed(stage)), "it is there")
    with seen(browser, stage, f"?lang=en&alert={sent.alert_id}") as one:
        verdict = one.page.locator('[data-action="false_alarm"]')
        expect(verdict).to_be_visible()
        # It is asked about for some seconds only, and no more of them pass from here on.
        one.page.clock.set_fixed_time(now_ms())
        verdict.click()
        expect(verdict).to_contain_text("press again")
        assert state_of(stage, sent.alert_id) == "new"
        verdict.click()
        expect(one.card(sent.alert_id)).to_contain_text("False alarm", timeout=PATIENCE_MS)
        assert state_of(stage, sent.alert_id) == "false_alarm"


def test_the_age_of_a_chosen_alert_grows(browser: Browser, stage: Stage) -> None:
    """Nothing more comes of it: it must not look fresh."""
    one_seen = fresh()
    stage.send_alerts(one_seen)
    until(lambda: one_seen.alert_id in str(stage.get("/api/alerts")), "the console has it")
    with seen(browser, stage, f"?lang=en&alert={one_seen.alert_id}") as one:
        # Until the whole alert is there, its head stands alone, and is drawn anew with it.
        expect(one.page.locator("#detail .facts")).to_be_visible(timeout=PATIENCE_MS)
        line = one.page.locator("#detail .seen")
        expect(line).to_contain_text("Newest evidence", timeout=PATIENCE_MS)
        before = line.inner_text()
        one.page.evaluate("window.same = document.querySelector('#detail .detail-head')")
        expect(line).not_to_have_text(before, timeout=PATIENCE_MS)
        assert one.page.evaluate("window.same.isConnected"), "it wasn't drawn anew for it"


def test_an_update_stays_where_its_region_reaches_into_the_chosen_area(
    browser: Browser, stage: Stage
) -> None:
    alert = fresh()
    stage.send_alerts(alert)
    west = min(lon for lon, _ in alert.region["coordinates"][0])
    place = alert.position["lon"]
    box = f"{west - 0.5},39,{(west + place) / 2},41"
    until(lambda: alert.alert_id in str(stage.get("/api/alerts")), "the console has it")
    with seen(browser, stage, f"?lang=en&bbox={box}") as one:
        expect(one.card(alert.alert_id)).to_be_visible(timeout=PATIENCE_MS)
        newer = msgspec.structs.replace(
            alert, revision=2, status="update", ts=now_ms(), probability=0.61
        )
        stage.send_alerts(newer)
        expect(one.card(alert.alert_id)).to_contain_text("61 %", timeout=PATIENCE_MS)


def test_each_claim_is_shown_once_in_its_fullest_form(browser: Browser, stage: Stage) -> None:
    """Phones tell more or less of one cell; an officer needs what to look for."""
    full = Identity("gsm", 460, 0, 309, 37019, 6, 8)
    parts = [
        Identity(None, 460, 0, 309),
        Identity("gsm", 460, 0, 309),
        Identity("gsm", 460, 0, 309, 37019),
        full,
        Identity("gsm", 460, 0, 13121),
    ]
    alert = msgspec.structs.replace(fresh(), identities=parts)
    stage.send_alerts(alert)
    until(lambda: alert.alert_id in str(stage.get("/api/alerts")), "the console has it")
    with seen(browser, stage, f"?lang=en&alert={alert.alert_id}") as one:
        claims = one.page.locator("#detail .facts dd.mono")
        expect(claims).to_have_text(
            [
                "GSM · China Mobile 460-00 · LAC 309 · cell 37019 · ARFCN 6 · "
                "BSIC 8 (NCC 1, BCC 0)",
                "GSM · China Mobile 460-00 · LAC 13121",
            ],
            timeout=PATIENCE_MS,
        )
        card = one.card(alert.alert_id).locator(".card-identity")
        expect(card).to_have_text("GSM · China Mobile 460-00 · LAC 309 · cell 37019 +1")


def test_filters_are_in_the_address_and_survive_a_reload(browser: Browser, stage: Stage) -> None:
    with seen(browser, stage) as one:
        everything = one.page.locator("#list [data-alert]").count()
        one.page.locator('[data-filter="severity=medium"]').click()
        one.page.locator('[data-filter="severity=low"]').click()
        expect(one.page.locator("#list .card.severity-high")).to_have_count(0, timeout=PATIENCE_MS)
        expect(one.page.locator("#list .card.severity-low")).not_to_have_count(0)
        narrowed = one.page.locator("#list [data-alert]").count()
        assert 0 < narrowed < everything
        assert "severity=medium,low" in one.page.url
        one.page.reload()
        expect(one.page.locator("#list [data-alert]")).to_have_count(narrowed, timeout=PATIENCE_MS)
        chip = one.page.locator('[data-filter="severity=low"]')
        expect(chip).to_have_attribute("aria-pressed", "true")
        # What comes while the list is narrowed stays out of it.
        sent, fits = fresh("high"), fresh("low")
        stage.send_alerts(sent, fits)
        expect(one.card(fits.alert_id)).to_be_attached(timeout=PATIENCE_MS)
        expect(one.card(sent.alert_id)).to_have_count(0)
        one.page.locator("#search").fill("nothing-is-called-so")
        expect(one.page.locator("#list-empty")).to_contain_text(
            "No alert fits", timeout=PATIENCE_MS
        )


def test_an_empty_list_is_not_called_all_clear(browser: Browser, stage: Stage) -> None:
    with seen(browser, stage, "?lang=en&q=nothing-is-called-so") as one:
        stage.beat(feeds=["cell.measurements"])
        empty = one.page.locator("#list-empty")
        expect(empty).to_contain_text("does not mean all clear: 2 inputs", timeout=PATIENCE_MS)
        expect(one.page.locator('[data-banner="silent"]')).to_contain_text("No data from 2 of 3")
        one.page.locator("#live").click()
        expect(one.page.locator("#drawer")).to_contain_text("no data")
    stage.beat()


def test_both_languages_leave_no_word_of_the_other(browser: Browser, stage: Stage) -> None:
    for language, mine, other in (("en", "Alerts", "告警"), ("zh", "告警", "Alerts")):
        query = f"?lang={language}&alert={1:032x}"
        with seen(browser, stage, query) as one:
            expect(one.page.locator("#detail .rules")).to_be_visible(timeout=PATIENCE_MS)
            labels = one.page.locator("#views").evaluate("node => node.textContent")
            assert mine in labels
            text = one.page.locator("body").inner_text()
            assert other not in text
            if language == "zh":
                assert "判定依据" in text
                assert "Acknowledge" not in text
            one.page.locator("#language").click()
            expect(one.page.locator("html")).to_have_attribute(
                "lang", "zh-CN" if language == "en" else "en-GB", timeout=PATIENCE_MS
            )


def test_nothing_is_refused_logged_or_fetched_elsewhere(
    drawing_browser: Browser, stage: Stage
) -> None:
    with seen(drawing_browser, stage, f"?lang=en&alert={1:032x}", color_scheme="dark") as one:
        expect(one.page.locator("#detail .rules")).to_be_visible(timeout=PATIENCE_MS)
        expect(one.page.locator("#map[data-drawn]")).to_be_attached(timeout=3 * PATIENCE_MS)
        expect(one.page.locator("html")).to_have_attribute("data-theme", "dark")
        for name in ("health", "channels", "precision", "cases", "audit", "accounts", "help"):
            one.page.evaluate("name => window.cellhound.emit('panel', name)", name)
            expect(one.page.locator(f"#drawer .panel.{name} > *").first).to_be_visible()
        one.page.keyboard.press("Escape")
        one.page.locator("#layers").click()
        one.page.locator("#layer-list input").last.check()
        one.page.wait_for_timeout(1000)
        # What a console may lack is asked for once and answered by 404: a browser logs that.
        problems = [text for text in one.problems if "404" not in text]
        assert problems == []
        assert one.hosts == {f"127.0.0.1:{stage.port}"}


def test_a_bearing_that_is_entered_shows_with_the_alert(browser: Browser, stage: Stage) -> None:
    with seen(browser, stage, f"?lang=en&alert={1:032x}") as one:
        form = one.page.locator("#detail .inner", has=one.page.locator("form.reading"))
        form.locator("summary").click()
        for name, value in (("lat", "39.91"), ("lon", "116.43"), ("bearing_to_deg", "40")):
            form.locator(f'[name="{name}"]').fill(value)
        form.locator('[name="signal_dbm"]').fill("-71.5")
        form.locator("[type=submit]").click()
        expect(one.page.locator("#detail ul.readings")).to_contain_text(
            "∠ 40° ± 5°", timeout=PATIENCE_MS
        )
        expect(one.page.locator("#detail ul.readings")).to_contain_text("-71.5 dBm")


def test_keys_walk_the_list_and_acknowledge(browser: Browser, stage: Stage) -> None:
    sent = fresh("critical")
    stage.send_alerts(sent)
    with seen(browser, stage) as one:
        expect(one.card(sent.alert_id)).to_be_attached(timeout=PATIENCE_MS)
        one.page.keyboard.press("j")
        first = one.page.locator("#list [data-alert]").first
        expect(first).to_have_attribute("aria-current", "true")
        one.page.keyboard.press("j")
        one.page.keyboard.press("k")
        expect(first).to_have_attribute("aria-current", "true")
        expect(one.page.locator('[data-action="acknowledge"]')).to_be_visible(timeout=PATIENCE_MS)
        one.page.keyboard.press("a")
        expect(first).to_contain_text("Acknowledged", timeout=PATIENCE_MS)
        one.page.keyboard.press("/")
        expect(one.page.locator("#search")).to_be_focused()
        one.page.keyboard.press("Escape")
        one.page.keyboard.press("Escape")
        expect(one.page.locator("#detail")).to_be_hidden()


def test_looking_back_shows_what_was(browser: Browser, stage: Stage) -> None:
    sent = fresh()
    stage.send_alerts(sent)
    with seen(browser, stage) as one:
        expect(one.card(sent.alert_id)).to_be_attached(timeout=PATIENCE_MS)
        at = sent.ts - 1
        one.page.goto(f"{stage.url}/?lang=en&at={at}")
        expect(one.page.locator('[data-banner="past"]')).to_be_visible(timeout=PATIENCE_MS)
        expect(one.page.locator("#time-bar")).to_be_visible(timeout=PATIENCE_MS)
        expect(one.page.locator("#live")).to_have_text("Looking back", timeout=PATIENCE_MS)
        expect(one.card(sent.alert_id)).to_have_count(0)
        one.page.locator('[data-banner="past"] button').click()
        expect(one.card(sent.alert_id)).to_be_attached(timeout=PATIENCE_MS)
        assert "at=" not in one.page.url


def test_a_phone_has_one_view_at_a_time_and_no_sideways_scrolling(
    drawing_browser: Browser, stage: Stage
) -> None:
    phone = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
    with context_of(drawing_browser, **phone) as context:
        one = Seen(context, stage, "?lang=en")
        page = one.page
        expect(page.locator("#list")).to_be_visible()
        expect(page.locator("#map")).to_be_hidden()
        page.locator("#list [data-alert]").first.tap()
        expect(page.locator("#detail .actions, #detail .life").first).to_be_visible(
            timeout=PATIENCE_MS
        )
        expect(page.locator("#map")).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        small = page.evaluate(
            "[...document.querySelectorAll('#detail .act, #views button')]"
            # What a closed part of the details holds has no size yet.
            ".filter((node) => node.checkVisibility())"
            ".filter((node) => node.getBoundingClientRect().height < 44).length"
        )
        assert small == 0
