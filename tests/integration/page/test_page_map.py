"""The page's map and places: all alerts, base maps of other datums, own position, a replay's time;
and the page without a network. In a real browser, before a real console."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.city_alerts import alert, evening, many
from benchmarks.measuring.console.page_stage import Stage, until
from geo.earth.gcj02 import to_bd09
from tests.integration.page.seen import (
    IN_BROWSER,
    PATIENCE_MS,
    WHO,
    Seen,
    console_on,
    fresh,
    is_noticed,
    now_ms,
    play_evening,
    seen,
)

pytestmark = IN_BROWSER
FIRST = f"{1:032x}"
DAYS_MS = 86_400_000


@pytest.fixture(scope="module")
def stage(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with console_on(kafka, tmp_path_factory.mktemp("map")) as made:
        play_evening(made)
        yield made


@pytest.mark.nightly
def test_the_map_draws_all_open_alerts_however_few_the_list_has_loaded(
    drawing_browser: Browser, kafka: str, tmp_path: Path
) -> None:
    with console_on(kafka, tmp_path) as made:
        sent = [msgspec.structs.replace(one, status="open") for one in many(900, now_ms())]
        closed = alert("c" * 32, now_ms(), "high", 39.9, 116.4, WHO, status="closed")
        made.send_alerts(*sent, closed)
        until(lambda: made.holds(901), "the console has all alerts")
        with seen(drawing_browser, made) as one:
            until(lambda: len(drawn(one)) == 900, "all are drawn")
            assert one.page.locator("#list [data-alert]").count() < 200
            # So many are drawn as clusters, with their number.
            until(
                lambda: one.page.evaluate("window.cellhound.clustered()") > 0, "some are together"
            )
            # One that comes, and one that is over.
            new, over = fresh("critical"), msgspec.structs.replace(sent[5], status="closed")
            made.send_alerts(new, msgspec.structs.replace(over, revision=over.revision + 1))
            until(lambda: new.alert_id in drawn(one), "the new one is drawn")
            until(lambda: over.alert_id not in pins(one), "what is over is none of the open")
            # A filter holds for the map too.
            one.page.locator('[data-filter="severity=critical"]').click()
            some = {a.alert_id for a in [*sent, new] if a.severity == "critical"}
            until(lambda: pins(one) == some - {over.alert_id}, "the map is narrowed too")
            assert one.problems == []


def drawn(one: Seen) -> list[str]:
    found: list[str] = one.page.evaluate("window.cellhound.drawn('alerts')")
    return found


def pins(one: Seen) -> set[str]:
    return set(one.page.evaluate("window.cellhound.pins()"))


def test_a_replay_is_called_one_and_ages_are_by_its_own_time(
    browser: Browser, kafka: str, tmp_path: Path
) -> None:
    behind_ms = 540 * DAYS_MS
    with console_on(kafka, tmp_path) as made:
        made.beat(behind_ms=behind_ms)
        made.send_alerts(*evening(now_ms() - behind_ms))
        until(lambda: made.holds(7), "the console has the alerts")
        until(lambda: made.get("/api/health")["replay"], "the replay is known")
        with seen(browser, made, f"?lang=en&alert={FIRST}") as one:
            pill = one.page.locator("#live")
            expect(pill).to_have_text("Replay", timeout=PATIENCE_MS)
            expect(pill).to_have_class("pill replay")
            ages = one.page.locator("#list .age").all_inner_texts()
            assert len(ages) == 7
            assert [age for age in ages if " d ago" in age] == []
            expect(one.page.locator("#detail .detail-head")).not_to_contain_text(" d ago")
            until(lambda: is_dated(one, behind_ms), "the clock shows the replay's day")


def is_dated(one: Seen, behind_ms: int) -> bool:
    """Whether the page's clock has the day that it was so long ago."""
    text, day = one.page.evaluate(
        "ms => [document.getElementById('clock').textContent, new Date(Date.now() - ms).getDate()]",
        behind_ms,
    )
    return f"{day} " in text


def test_an_alert_of_today_among_a_replay_s_is_as_old_as_it_is(
    browser: Browser, kafka: str, tmp_path: Path
) -> None:
    behind_ms = 540 * DAYS_MS
    today = msgspec.structs.replace(fresh(), last_seen=now_ms() - 20 * 3_600_000)
    with console_on(kafka, tmp_path) as made:
        made.beat(behind_ms=behind_ms)
        made.send_alerts(*evening(now_ms() - behind_ms), today)
        until(lambda: made.holds(8), "the console has the alerts")
        until(lambda: made.get("/api/health")["replay"], "the replay is known")
        with seen(browser, made, f"?lang=en&alert={today.alert_id}") as one:
            expect(one.page.locator("#live")).to_have_text("Replay", timeout=PATIENCE_MS)
            expect(one.card(today.alert_id).locator(".age")).to_have_text("20 h ago")
            expect(one.page.locator("#detail .seen")).to_contain_text("20 h ago")


def test_a_replay_without_a_worker_has_the_time_of_its_newest_alert(
    browser: Browser, kafka: str, tmp_path: Path
) -> None:
    with console_on(kafka, tmp_path) as made:
        made.send_alerts(*evening(now_ms() - 3 * DAYS_MS))
        until(lambda: made.holds(7), "the console has the alerts")
        until(lambda: made.get("/api/health")["replay"], "the replay is known")
        assert abs(made.get("/api/health")["behind_ms"] - 3 * DAYS_MS) < 10 * 60_000
        with seen(browser, made, "?lang=zh") as one:
            expect(one.page.locator("#live")).to_have_text("回放", timeout=PATIENCE_MS)
            assert [a for a in one.page.locator(".age").all_inner_texts() if "天" in a] == []


@pytest.mark.parametrize(
    ("language", "probability", "text"),
    [
        ("en", 0.9962, ">99 %"),
        ("zh", 0.0, "<1 %"),
        pytest.param("zh", 1.0, ">99 %", marks=pytest.mark.nightly),
        pytest.param("en", 0.002, "<1 %", marks=pytest.mark.nightly),
    ],
)
def test_no_probability_is_written_as_certainty(
    drawing_browser: Browser, stage: Stage, language: str, probability: float, text: str
) -> None:
    sent = msgspec.structs.replace(fresh(), probability=probability)
    stage.send_alerts(sent)
    path = f"/api/alerts?q={sent.alert_id}"
    until(lambda: stage.get(path)["alerts"], "it is there")
    with seen(
        drawing_browser, stage, f"?lang={language}&alert={sent.alert_id}&q={sent.alert_id}"
    ) as one:
        expect(one.card(sent.alert_id)).to_contain_text(text)
        expect(one.page.locator("#detail .facts")).to_contain_text(text, timeout=PATIENCE_MS)
        expect(one.page.locator("#detail .run")).to_contain_text(text)
        until(lambda: text in one.page.evaluate("window.cellhound.labels()"), "the map says so")
        shown = one.page.locator("#detail .facts meter").evaluate("node => node.value")
        assert 0.0 < shown < 1.0


def test_own_position_shows_how_far_and_which_way(browser: Browser, stage: Stage) -> None:
    place = stage.get(f"/api/alerts/{FIRST}")["position"]
    # A minute of latitude to its south.
    here = {"latitude": place["lat"] - 1 / 60, "longitude": place["lon"]}
    more = {"geolocation": here, "permissions": ["geolocation"]}
    with seen(browser, stage, f"?lang=en&alert={FIRST}", **more) as one:
        expect(one.page.locator("#detail .coordinates")).to_be_visible(timeout=PATIENCE_MS)
        one.page.locator("#locate").click()
        away = one.page.locator("#detail .from-here")
        expect(away).to_contain_text("1.9 km N 0°", timeout=PATIENCE_MS)
        expect(one.card(FIRST)).to_contain_text("↔ 1.9 km")
        one.page.context.set_geolocation(
            {"latitude": place["lat"], "longitude": place["lon"] + 0.01}
        )
        expect(away).to_contain_text("W 270°", timeout=PATIENCE_MS)
        one.page.locator("#locate").click()
        expect(away).to_have_count(0)


def test_copied_places_name_their_datum_unless_they_are_plain_wgs84(
    browser: Browser, stage: Stage
) -> None:
    forms = stage.get(f"/api/alerts/{FIRST}")["coordinates"]
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    with seen(browser, stage, f"?lang=zh&alert={FIRST}", **allowed) as one:
        for form, text in forms.items():
            one.page.locator(f'#detail [data-copy="{form}"]').click()
            is_noticed(one.page, text)
            assert one.page.evaluate("navigator.clipboard.readText()") == text
        assert forms["gcj02"].startswith("GCJ-02 ")
        assert forms["bd09"].startswith("BD-09 ")
        assert forms["dd"][0].isdigit()


@pytest.mark.nightly
def test_an_xyz_base_map_in_bd_09_comes_from_the_set_host_alone(
    drawing_browser: Browser, kafka: str, tmp_path: Path
) -> None:
    with tile_server() as (tiles, asked), tile_server() as (other, asked_of_other):
        source = {
            "CELLHOUND__CONSOLE__BASEMAP__SOURCE": f"{tiles}/{{z}}/{{x}}/{{y}}.png",
            "CELLHOUND__CONSOLE__BASEMAP__DATUM": "bd09",
        }
        with console_on(kafka, tmp_path, **source) as made:
            made.send_alerts(*evening(now_ms()))
            until(lambda: made.holds(7), "the console has the alerts")
            with seen(drawing_browser, made, f"?lang=en&alert={FIRST}") as one:
                expect(one.page.locator("#map[data-drawn]")).to_be_attached(timeout=3 * PATIENCE_MS)
                until(lambda: len(asked) > 0, "tiles were asked for")
                position = made.get(f"/api/alerts/{FIRST}")["position"]
                lat, lon = to_bd09(position["lat"], position["lon"])
                place = one.page.evaluate(f"window.cellhound.placeOf('{FIRST}')")
                assert place == pytest.approx([lon, lat], abs=1e-9)
                assert one.problems == []
                refused = one.page.evaluate("a => fetch(a).then(() => 0, () => 1)", f"{other}/")
                assert refused == 1
                assert asked_of_other == []
                until(lambda: is_logged(one, "Content Security Policy"), "the page says why")


def is_logged(one: Seen, text: str) -> bool:
    """Whether the page complained of it; looks into the page, as only then its news arrive."""
    one.page.evaluate("0")
    return any(text in problem for problem in one.problems)


@contextmanager
def tile_server() -> Iterator[tuple[str, list[str]]]:
    """A server of grey tiles for any page; its address, and the paths that it was asked for."""
    grey = BytesIO()
    Image.new("RGB", (256, 256), (200, 200, 200)).save(grey, "PNG")
    tile = grey.getvalue()
    asked: list[str] = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(tile)))
            self.end_headers()
            self.wfile.write(tile)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
