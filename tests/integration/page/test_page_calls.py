"""Alerts about calls on the page: listed, chosen, drawn as a campaign; and numbers that are
looked up. In a real browser, before a real console."""

import uuid

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import Stage, until
from detectors.alert.record import Alert
from detectors.model.finding import Finding, OfCalls, Source
from tests.field.call_alert import a_call_alert, hashed
from tests.integration.page.seen import IN_BROWSER, PATIENCE_MS, fresh, now_ms, seen

pytestmark = IN_BROWSER
TYPED = "13812345678"


def scam(campaign: str) -> Alert:
    """A campaign of four numbers that goes on now."""
    now = now_ms()
    whole = a_call_alert(campaign=campaign, alert_id=uuid.uuid4().hex)
    return msgspec.structs.replace(whole, ts=now, first_seen=now - 60_000, last_seen=now - 1_000)


def finding(at: int, number: str) -> dict[str, object]:
    made = Finding(
        **{"detector": "of_numbers", "version": 1, "family": "number", "ts": now_ms()},
        **{"rx_ts": now_ms(), "weight": 2.5, "cap": 5.0, "space": "number", "who": number},
        of_calls=OfCalls(number=number, links=("trunk:gw-east",)),
        source=Source("call.signalling", 0, at, -1),
    )
    return dict(msgspec.to_builtins(made))


def sent(stage: Stage) -> tuple[Alert, Alert]:
    """A campaign and the rogue station whose texts said to ring one of its numbers."""
    campaign = uuid.uuid4().hex
    calls, station = scam(campaign), fresh()
    text = msgspec.structs.replace(station.evidence[0], values={"callback": hashed(101)})
    station = msgspec.structs.replace(station, campaign=campaign, evidence=[text])
    stage.send_alerts(calls, station)
    stage.send("fbs.evidence", [("zone", finding(n, hashed(100 + n))) for n in range(3)])
    rows = [{"ts": now_ms(), "prefix": "861381", "class": "mobile", "rights": ["gw-1"]}]
    stage.send("number.register", [(str(row["prefix"]), row) for row in rows])

    def is_there() -> bool:
        if not stage.get("/api/numbers/register")["rows"]:
            return False
        known = [one["campaign"] for one in stage.get("/api/campaigns")["campaigns"]]
        return campaign in known and bool(stage.get(f"/api/campaigns/{campaign}")["links"])

    until(is_there, "the console has the campaign")
    return calls, station


@pytest.mark.parametrize(
    ("language", "kind", "line"),
    [
        ("en", "Campaign of fraudulent calls", "4 numbers, 80 calls, 75 people"),
        pytest.param("zh", "诈骗呼叫团伙", "4 个号码，80 次呼叫，75 人", marks=pytest.mark.nightly),
    ],
)
def test_calls_are_listed_chosen_and_drawn_as_a_campaign(
    browser: Browser, stage: Stage, language: str, kind: str, line: str
) -> None:
    calls, station = sent(stage)
    with seen(browser, stage, f"?lang={language}&alert={calls.alert_id}") as one:
        card = one.card(calls.alert_id)
        expect(card).to_contain_text(kind)
        expect(card).to_contain_text(line)
        expect(card).to_contain_text("8695588…")
        detail = one.page.locator("#detail")
        expect(detail.locator("details.numbers tbody tr")).to_have_count(4)
        expect(detail.locator("details.where")).to_have_count(0)
        expect(detail.locator("details.readings")).to_have_count(0)
        expect(detail.locator(".rules > li")).to_have_count(2)
        assert "true" not in detail.inner_text()
        list_pane = "document.getElementById('list-pane')"
        assert one.page.evaluate(f"{list_pane}.scrollWidth <= {list_pane}.clientWidth")

        detail.locator("[data-campaign]").click()
        panel = one.page.locator("#drawer .panel.campaigns")
        expect(panel.locator("svg .node.number")).to_have_count(4)
        expect(panel.locator("svg .node.station")).to_have_count(1)
        expect(panel.locator("svg .node.shared")).to_have_count(1)
        expect(panel.locator("svg .edge.tie")).to_have_count(1)
        assert "true" not in panel.inner_text()
        expect(panel.locator("table").first.locator("tbody tr")).to_have_count(2)
        panel.locator(f'svg a[href="/?alert={station.alert_id}"]').click()
        expect(one.page.locator("#detail details.where")).to_have_count(1, timeout=PATIENCE_MS)
        assert [p for p in one.problems if "WebGL" not in p] == []


def test_a_number_is_looked_up_and_leaves_the_page_at_once(browser: Browser, stage: Stage) -> None:
    calls, _ = sent(stage)
    with seen(browser, stage) as one:
        one.page.evaluate("window.cellhound.emit('panel', 'numbers')")
        panel = one.page.locator("#drawer .panel.numbers")
        panel.locator('input[name="number"]').fill(hashed(101))
        panel.get_by_role("button", name="Look up").click()
        expect(panel.locator(f'a[href="/?alert={calls.alert_id}"]')).to_have_count(1)

        panel.locator('input[name="number"]').fill(TYPED)
        panel.get_by_role("button", name="Look up").click()
        expect(panel).to_contain_text("8613812…")
        expect(panel).to_contain_text("No alert names it.")
        expect(panel).to_contain_text("861381…")
        expect(panel.locator('input[name="number"]')).to_have_value("")
        assert TYPED not in one.page.content()

        before = len(stage.get("/api/number-cases")["cases"])
        panel.locator('[data-deed="open"]').click()
        expect(one.page.locator("#drawer .panel.checks tbody tr")).to_have_count(before + 1)

        one.page.evaluate("window.cellhound.emit('panel', 'rights')")
        rights = one.page.locator("#drawer .panel.rights")
        expect(rights.locator("tbody tr")).to_have_count(1)
        expect(rights).to_contain_text("gw-1")


def test_figures_and_cases_of_complaints_are_shown(browser: Browser, stage: Stage) -> None:
    report = {"ts": now_ms(), "source": "12321", "about": "call", "number": TYPED}
    case = report | {"case_ref": uuid.uuid4().hex[:8]}
    before = len(stage.get("/api/number-cases")["cases"])
    stage.send("public.reports", [("x", report), ("x", case)])
    until(lambda: bool(stage.get("/api/complaints/figures")["figures"]), "the complaints are there")
    with seen(browser, stage) as one:
        one.page.evaluate("window.cellhound.emit('panel', 'figures')")
        figures = one.page.locator("#drawer .panel.figures")
        expect(figures.locator("tbody tr")).to_have_count(1)
        figures.locator('[data-split="class"]').click()
        expect(figures.locator("th")).to_have_count(8)

        one.page.evaluate("window.cellhound.emit('panel', 'checks')")
        checks = one.page.locator("#drawer .panel.checks")
        expect(checks.locator("tbody tr")).to_have_count(before + 1)
        checks.locator('input[name="remark"]').fill("c-9")
        checks.locator('[data-deed="dispatch"]').first.click()
        expect(checks.locator('[data-deed="answer"]')).to_have_count(1)
        expect(checks).to_contain_text("c-9")
        expect(one.page.get_by_role("button", name="Victims")).to_have_count(0)
