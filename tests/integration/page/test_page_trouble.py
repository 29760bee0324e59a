"""The page while the network, the console, Kafka or WebGL is gone, and on other maps."""

import json
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import Stage, until
from geo.earth.gcj02 import to_gcj02
from tests.integration.page.cable import Cable
from tests.integration.page.seen import (
    IN_BROWSER,
    PATIENCE_MS,
    Seen,
    cable_to,
    console_on,
    context_of,
    fresh,
    listed,
    play_evening,
    seen,
)

pytestmark = IN_BROWSER


@pytest.mark.nightly
def test_a_network_that_was_gone_costs_no_alert(browser: Browser, stage: Stage) -> None:
    with cable_to(stage) as cable, context_of(browser) as context:
        one = Seen(context, stage, "?lang=en", cable.port)
        banner = one.page.locator('[data-banner="lost"]')
        # It has had something of the console: only then can that be old.
        live = one.page.locator("#live")
        expect(live).to_have_text(re.compile("^(Live|Not reading)"), timeout=PATIENCE_MS)
        began = time.monotonic()
        cable.pull()
        expect(banner).to_contain_text("Connection lost", timeout=PATIENCE_MS)
        print(f"the page noticed after {time.monotonic() - began:.2f} s")
        expect(banner).to_contain_text(re.compile(r"from \d\d:\d\d:\d\d, \d+ s old"))
        missed = [fresh(), fresh("medium")]
        stage.send_alerts(*missed)
        ids = {sent.alert_id for sent in missed}
        until(lambda: ids <= {one["alert_id"] for one in listed(stage)}, "the console has them")
        for sent in missed:
            expect(one.card(sent.alert_id)).to_have_count(0)
        began = time.monotonic()
        cable.plug()
        for sent in missed:
            expect(one.card(sent.alert_id)).to_be_attached(timeout=PATIENCE_MS)
        print(f"what was missed is there after {time.monotonic() - began:.2f} s")
        expect(banner).to_have_count(0, timeout=PATIENCE_MS)


def test_a_console_that_was_gone_costs_no_alert(browser: Browser, stage: Stage) -> None:
    with seen(browser, stage) as one:
        stage.stop()
        expect(one.page.locator('[data-banner="lost"]')).to_be_visible(timeout=PATIENCE_MS)
        sent = fresh()
        stage.send_alerts(sent)
        stage.start()
        expect(one.card(sent.alert_id)).to_be_attached(timeout=3 * PATIENCE_MS)
        expect(one.page.locator('[data-banner="lost"]')).to_have_count(0, timeout=PATIENCE_MS)


def test_a_console_that_reads_nothing_more_says_so(
    browser: Browser, kafka: str, tmp_path: Path
) -> None:
    """It answers as well as ever; only what it shows grows old."""
    with (
        closing(Cable(int(kafka.rpartition(":")[2]))) as cable,
        console_on(f"127.0.0.1:{cable.port}", tmp_path) as made,
    ):
        made.beat()
        with seen(browser, made) as one:
            pill = one.page.locator("#live")
            banner = one.page.locator('[data-banner="trouble"]')
            expect(pill).to_have_text("Live", timeout=PATIENCE_MS)
            expect(banner).to_have_count(0)
            cable.pull()
            expect(banner).to_contain_text("new alerts may be missing", timeout=2 * PATIENCE_MS)
            expect(pill).to_have_text("Not reading")
            pill.click()
            expect(one.page.locator('#drawer [data-trouble="ingest"]')).to_be_visible()
            cable.plug()
            expect(banner).to_have_count(0, timeout=2 * PATIENCE_MS)


def test_without_webgl_the_list_works_and_says_why(stage: Stage, browser: Browser) -> None:
    with seen(browser, stage) as one:
        webgl = "Boolean(document.createElement('canvas').getContext('webgl2'))"
        assert one.page.evaluate(webgl) is False
        expect(one.page.locator("#map-missing")).to_contain_text("WebGL 2", timeout=PATIENCE_MS)
        one.page.locator("#list [data-alert]").first.click()
        expect(one.page.locator("#detail .coordinates")).to_be_visible(timeout=PATIENCE_MS)
        # The own position can still be given, and what needs a map is not offered.
        one.page.locator("#locate").click(trial=True)
        for needless in ("#zoom-in", "#fit", "#layers", "#legend", "#map-foot"):
            expect(one.page.locator(needless)).to_be_hidden()
        assert one.problems == []


@pytest.mark.nightly
def test_a_base_map_in_gcj_02_is_drawn_and_alerts_on_it(
    drawing_browser: Browser, kafka: str, tmp_path: Path
) -> None:
    settings = {
        "CELLHOUND__CONSOLE__BASEMAP__SOURCE": str(tiles(tmp_path)),
        "CELLHOUND__CONSOLE__BASEMAP__DATUM": "gcj02",
        "CELLHOUND__CONSOLE__BASEMAP__ATTRIBUTION": "our own streets",
    }
    with console_on(kafka, tmp_path, **settings) as made:
        play_evening(made)
        with seen(drawing_browser, made, f"?lang=en&alert={1:032x}") as one:
            expect(one.page.locator("#map[data-drawn]")).to_be_attached(timeout=3 * PATIENCE_MS)
            expect(one.page.locator("#attribution")).to_have_text("our own streets")
            place = one.page.evaluate(f"window.cellhound.placeOf('{1:032x}')")
            position = made.get(f"/api/alerts/{1:032x}")["position"]
            lat, lon = to_gcj02(position["lat"], position["lon"])
            assert place == pytest.approx([lon, lat], abs=1e-9)
            assert abs(lon - position["lon"]) > 0.004
            assert one.problems == []
            assert one.hosts == {f"127.0.0.1:{made.port}"}


def tiles(folder: Path, *more: list[list[float]]) -> Path:
    """A base map with one street and ``more``, written by GDAL in a process of its own."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": "street"},
            "geometry": {"type": "LineString", "coordinates": each},
        }
        for each in ([[116.40, 39.92], [116.50, 39.93]], *more)
    ]
    source, to = folder / "roads.geojson", folder / "roads.pmtiles"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    program = (
        "import sys; from pyogrio.raw import read, write;"
        "meta, _, shapes, fields = read(sys.argv[1]);"
        "write(sys.argv[2], shapes, fields, meta['fields'], layer='roads', driver='PMTiles',"
        " geometry_type=meta['geometry_type'], crs='EPSG:4326', MINZOOM=8, MAXZOOM=14)"
    )
    subprocess.run([sys.executable, "-c", program, str(source), str(to)], check=True)
    return to
