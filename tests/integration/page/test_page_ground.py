"""Where the page's map looks first, and the way to an alert on a phone, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.measuring.console.page_stage import Stage, until
from benchmarks.screens import shoot
from tests.integration.page.seen import (
    IN_BROWSER,
    PATIENCE_MS,
    Seen,
    console_on,
    play_evening,
    seen,
)

pytestmark = IN_BROWSER
FIRST = f"{1:032x}"
PHONE = {
    "viewport": {"width": 390, "height": 780},
    "user_agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile",
    "is_mobile": True,
    "has_touch": True,
}
#: Of Chengdu, far from the alerts, which are in Beijing.
HOME = [103.9, 30.5, 104.2, 30.8]
BOUNDS = "async () => (await import('/static/js/map/map.js')).bounds()"


@pytest.fixture(scope="module")
def stage(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = {"CELLHOUND__CONSOLE__HOME": str(HOME)}
    with console_on(kafka, tmp_path_factory.mktemp("ground"), **home) as made:
        play_evening(made)
        yield made


def bounds(one: Seen) -> list[float]:
    found: list[float] = one.page.evaluate(BOUNDS)
    return found


def is_home(box: list[float]) -> bool:
    """Whether what is seen is home, with a little about it."""
    west, south, east, north = box
    around = west <= HOME[0] and south <= HOME[1] and HOME[2] <= east and HOME[3] <= north
    return around and north - south < 2.0


@pytest.mark.nightly
def test_the_map_opens_at_home_and_the_house_brings_it_back(
    drawing_browser: Browser, stage: Stage
) -> None:
    with seen(drawing_browser, stage, "?lang=en&modules") as one:
        expect(one.page.locator("#map[data-drawn]")).to_be_attached(timeout=3 * PATIENCE_MS)
        assert is_home(bounds(one))
        home = one.page.get_by_role("button", name="Home: the operator's area")
        one.page.locator("#fit").click()
        until(lambda: bounds(one)[1] > 38.0, "the alerts are seen")
        home.click()
        until(lambda: is_home(bounds(one)), "home is seen")
        assert one.problems == []


def way(one: Seen) -> Any:
    return one.page.locator("#detail .actions [data-going='navigate']")


def test_on_a_phone_the_way_and_how_far_it_is_stand_beside_acknowledge(
    browser: Browser, stage: Stage
) -> None:
    place = stage.get(f"/api/alerts/{FIRST}")["position"]
    here = {"latitude": place["lat"] - 1 / 60, "longitude": place["lon"]}
    allowed = {"geolocation": here, "permissions": ["geolocation"], **PHONE}
    with seen(browser, stage, f"?lang=en&alert={FIRST}", **allowed) as one:
        expect(way(one)).to_be_visible(timeout=PATIENCE_MS)
        there = f"geo:{place['lat']:.6f},{place['lon']:.6f}"
        assert (way(one).get_attribute("href") or "").startswith(there)
        far = one.page.locator("#detail .actions .far")
        expect(far).to_have_text("1.9 km N 0°", timeout=PATIENCE_MS)
        acknowledge = one.page.locator("#detail [data-action='acknowledge']")
        boxes = [node.bounding_box() for node in (acknowledge, way(one))]
        assert all(boxes)
        tops = [box["y"] for box in boxes if box]
        assert abs(tops[0] - tops[1]) < 8
        assert all(box["height"] >= 44 for box in boxes if box)
        assert one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert one.problems == []


def test_who_has_not_allowed_it_is_asked_by_their_own_hand_only(
    browser: Browser, stage: Stage
) -> None:
    with seen(browser, stage, f"?lang=zh&alert={FIRST}", **PHONE) as one:
        ask = one.page.locator("#detail .actions [data-going='far']")
        expect(ask).to_have_text("距离？", timeout=PATIENCE_MS)
        expect(way(one)).to_have_text("导航")
        expect(one.page.locator("#detail .far")).to_have_count(0)
        # Headless browsers refuse where nobody can be asked.
        ask.tap()
        expect(ask).to_have_count(0, timeout=PATIENCE_MS)
        expect(way(one)).to_be_visible()
        assert one.problems == []


def test_on_a_desk_the_section_where_has_it(browser: Browser, stage: Stage) -> None:
    with seen(browser, stage, f"?lang=en&alert={FIRST}") as one:
        expect(one.page.locator("#detail .coordinates")).to_be_visible(timeout=PATIENCE_MS)
        expect(way(one)).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "called"),
    [("en", "Map canvas"), pytest.param("zh", "地图画面", marks=pytest.mark.nightly)],
)
def test_the_map_s_canvas_has_a_name_of_its_own_in_the_page_s_language(
    drawing_browser: Browser, stage: Stage, language: str, called: str
) -> None:
    with seen(drawing_browser, stage, f"?lang={language}&modules") as one:
        canvas = one.page.locator("#map canvas")
        expect(canvas).to_have_attribute("aria-label", called, timeout=3 * PATIENCE_MS)


def test_a_picture_of_a_phone_s_list_waits_for_no_map(
    drawing_browser: Browser, stage: Stage, tmp_path: Path
) -> None:
    shoot(drawing_browser, stage, PHONE, "?lang=zh&modules", "", tmp_path / "list.png")
    assert (tmp_path / "list.png").stat().st_size > 10_000


#: A map of one mark, of which nobody has put the picture yet.
UNPUT = """async () => {
    const { Map } = await import("/static/vendor/maplibre-gl.mjs");
    const { putWhenMissed } = await import("/static/js/map/marks.js");
    const { colours } = await import("/static/js/map/layers.js");
    const container = document.body.appendChild(document.createElement("div"));
    container.style.cssText = "position: fixed; inset: 0";
    const data = { type: "Point", coordinates: [0, 0] };
    const layout = { "icon-image": "measure-here" };
    const style = {
        version: 8,
        sources: { next: { type: "geojson", data } },
        layers: [{ id: "next", type: "symbol", source: "next", layout }],
    };
    const map = new Map({ container, style, center: [0, 0], zoom: 3 });
    putWhenMissed(map, colours);
    await new Promise((done) => map.once("idle", done));
    return map.queryRenderedFeatures({ layers: ["next"] }).length;
}"""


def test_a_mark_that_is_drawn_before_its_picture_was_put_has_it(
    drawing_browser: Browser, stage: Stage
) -> None:
    with seen(drawing_browser, stage) as one:
        assert one.page.evaluate(UNPUT) == 1
        assert one.problems == []
