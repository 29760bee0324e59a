"""Streets in the tunnel: tiles that were seen are on the device; of others the map says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.measuring.console.page_stage import until
from tests.integration.page.seen import IN_BROWSER, PATIENCE_MS, context_of
from tests.integration.page.test_page_map import tile_server
from tests.integration.page.test_page_trouble import tiles
from tests.integration.van.served import Served, served
from tests.integration.van.van import cached, is_offline, is_prepared, tunnel

pytestmark = IN_BROWSER
#: Beijing, where the evening's alerts are, and Chengdu, where nobody looks before the tunnel.
SEEN, UNSEEN = (39.925, 116.45), (30.65, 104.06)
#: After the map is drawn nothing is waited for but the tiles that are on the device.
SOON_MS = 30_000
#: Of the tiles that the server of a test gives.
GREY = (200, 200, 200)


@contextmanager
def opened(browser: Browser, console: Served) -> Iterator[Page]:
    """The page on a device that was never here; the map looks at streets until they are kept."""
    with context_of(browser) as context:
        page = context.new_page()
        page.goto(f"{console.url}/?lang=en")
        is_drawn(page)
        look(page, SEEN)
        is_prepared(page)
        until(lambda: len(cached(page).get("tiles", [])) > 3, "tiles are kept")
        look(page, SEEN)
        yield page


def is_drawn(page: Page) -> None:
    """Waits until the map has drawn what it can."""
    expect(page.locator("#map[data-drawn]")).to_be_attached(timeout=3 * PATIENCE_MS)


def look(page: Page, place: tuple[float, float]) -> None:
    """Moves the map there, and waits until it has drawn what it can."""
    lat, lon = place
    page.evaluate(
        "at => { delete document.getElementById('map').dataset.drawn;"
        " window.cellhound.emit('look', at); }",
        {"lat": lat, "lon": lon},
    )
    is_drawn(page)


def colour(page: Page) -> tuple[int, ...]:
    """Of the map's middle, below what lies on it."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 3}
    picture = page.screenshot(clip={**clip, "width": 1, "height": 1})
    with Image.open(BytesIO(picture)) as image:
        return tuple(image.convert("RGB").tobytes())


@pytest.mark.nightly
def test_pictures_of_streets_that_were_seen_are_there_in_the_tunnel(
    drawing_browser: Browser, tmp_path: Path
) -> None:
    with tile_server() as (address, asked):
        source = f"{address}/{{z}}/{{x}}/{{y}}.png"
        with (
            served(tmp_path, basemap={"source": source}) as console,
            opened(drawing_browser, console) as page,
        ):
            assert colour(page) == GREY
            before = len(asked)
            tunnel(page)
            page.reload()
            is_drawn(page)
            is_offline(page)
            look(page, SEEN)
            assert colour(page) == GREY
            expect(page.locator("#map-gaps")).to_be_hidden(timeout=SOON_MS)
            look(page, UNSEEN)
            expect(page.locator("#map-gaps")).to_contain_text("could not be loaded")
            assert colour(page) != GREY
            look(page, SEEN)
            expect(page.locator("#map-gaps")).to_be_hidden(timeout=SOON_MS)
            assert len(asked) == before
            look(page, UNSEEN)
            expect(page.locator("#map-gaps")).to_be_visible(timeout=SOON_MS)
            # Nobody has to move the map for it once the network is back.
            tunnel(page, inside=False)
            expect(page.locator("#map-gaps")).to_be_hidden(timeout=PATIENCE_MS)
            until(lambda: colour(page) == GREY, "the streets are drawn")


@pytest.mark.nightly
def test_parts_of_a_file_of_streets_that_were_seen_are_there_in_the_tunnel(
    drawing_browser: Browser, tmp_path: Path
) -> None:
    source = tiles(tmp_path, [[104.04, 30.64], [104.08, 30.66]])
    with (
        served(tmp_path, basemap={"source": str(source)}) as console,
        opened(drawing_browser, console) as page,
    ):
        assert page.evaluate("window.cellhound.streets()") > 0
        tunnel(page)
        page.reload()
        is_drawn(page)
        is_offline(page)
        look(page, SEEN)
        expect(page.locator("#map-missing")).to_be_hidden(timeout=SOON_MS)
        expect(page.locator("#map-gaps")).to_be_hidden(timeout=SOON_MS)
        assert page.evaluate("window.cellhound.streets()") > 0
        look(page, UNSEEN)
        expect(page.locator("#map-gaps")).to_be_visible(timeout=SOON_MS)
        assert page.evaluate("window.cellhound.streets()") == 0
        tunnel(page, inside=False)
        expect(page.locator("#map-gaps")).to_be_hidden(timeout=PATIENCE_MS)
        until(lambda: page.evaluate("window.cellhound.streets()") > 0, "the streets are drawn")
