"""Whoever uses the page, on whatever: axe-core finds nothing, nothing is wider than the screen."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.page.seen import IN_BROWSER, context_of, is_ready
from tests.integration.van.served import Served

AXE = Path(__file__).parents[3] / "field/console/web/node_modules/axe-core/axe.min.js"
SCREENS = {
    "narrow": (320, 640),
    "phone": (390, 844),
    "sideways": (667, 375),
    "large sideways": (844, 390),
    "desk": (1440, 900),
}
#: Screens that aren't looked at by axe, and whether each is a phone's.
LAYOUTS = {
    **{(320, 640): True, (390, 844): True, (820, 1180): True, (667, 375): True},
    **{(844, 390): True, (932, 430): True, (956, 440): True, (1023, 480): True},
    **{(844, 600): False, (1024, 480): False, (1180, 820): False, (1440, 900): False},
    (1440, 400): False,
}
#: What stands in the way of somebody, by WCAG 2.2 AA and by axe's own good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: Elements beyond the right edge that no scrolling part of the page holds.
BEYOND = """() => {
  const scrolls = (node) => /auto|scroll|hidden/.test(getComputedStyle(node).overflowX);
  const held = (node) =>
    node && node !== document.body && (scrolls(node) || held(node.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => !held(node.parentElement))
    .map((node) => `${node.tagName}#${node.id}.${node.className}`);
}"""

#: What the frame names for the screen as it is.
AHEAD = """() => [...document.querySelectorAll("link[rel=preload][href*='limit=']")]
  .filter((link) => matchMedia(link.media).matches).map((link) => link.getAttribute("href"))"""
UNFOLD = "for (const one of document.querySelectorAll('#detail details')) one.open = true"

pytestmark = [
    *IN_BROWSER,
    pytest.mark.skipif(not AXE.is_file(), reason="no axe-core here (npm fetches it)"),
]


@contextmanager
def opened(browser: Browser, console: Served, language: str, theme: str) -> Iterator[Page]:
    """The page with axe in it, which the page's own policy would not let in."""
    with context_of(browser, bypass_csp=True) as context:
        context.add_init_script(AXE.read_text("utf-8"))
        page = context.new_page()
        page.goto(f"{console.url}/?lang={language}&theme={theme}")
        is_ready(page)
        yield page


def found(page: Page) -> list[dict[str, Any]]:
    """What axe finds: rule, and where."""
    ran = page.evaluate(
        "(values) => axe.run({ runOnly: { type: 'tag', values } })"
        ".then(({ violations }) => violations.map(({ id, nodes }) =>"
        " ({ id, where: nodes.map(({ target, failureSummary }) => [target, failureSummary]) })))",
        list(TAGS),
    )
    problems: list[dict[str, Any]] = ran
    return problems


def is_usable(page: Page, what: str, screens: Collection[str] = SCREENS) -> None:
    """Fits all screens; axe looks at ``screens``."""
    for name, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        problems = found(page) if name in screens else []
        assert not problems, f"{what}, {name}: {json.dumps(problems, indent=1)}"
        beyond = page.evaluate(BEYOND)
        assert not beyond, f"{what}, {name}: {beyond}"
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{what}, {name}: {wide} px beyond the edge"


@pytest.mark.parametrize(
    ("language", "theme", "screens"),
    [
        ("en", "light", ("narrow", "phone", "desk")),
        ("zh", "dark", ("phone",)),
        pytest.param("en", "dark", tuple(SCREENS), marks=pytest.mark.long),
        pytest.param("zh", "light", tuple(SCREENS), marks=pytest.mark.long),
    ],
)
def test_list_and_alert_are_for_everybody(
    browser: Browser, console: Served, language: str, theme: str, screens: tuple[str, ...]
) -> None:
    with opened(browser, console, language, theme) as page:
        is_usable(page, "list", screens)
        page.locator("#filters summary").first.click()
        is_usable(page, "filters", screens)
        page.locator("#filters summary").first.click()
        page.locator("#list [data-alert]").first.click()
        expect(page.locator("#detail .facts")).to_be_visible()
        page.evaluate(UNFOLD)
        is_usable(page, "alert", screens)


@pytest.mark.parametrize(
    ("language", "theme", "screens"),
    [
        ("en", "dark", ("narrow",)),
        ("zh", "light", ("large sideways",)),
        pytest.param("en", "light", tuple(SCREENS), marks=pytest.mark.long),
        pytest.param("zh", "dark", tuple(SCREENS), marks=pytest.mark.long),
    ],
)
def test_panels_are_for_everybody(
    browser: Browser, console: Served, language: str, theme: str, screens: tuple[str, ...]
) -> None:
    with opened(browser, console, language, theme) as page:
        page.locator("#menu").click()
        chips = page.locator("#drawer nav.chips").first.locator("button")
        expect(chips.first).to_be_visible()
        names = chips.all_inner_texts()
        assert len(names) > 10
        for at, name in enumerate(names):
            page.set_viewport_size({"width": 1440, "height": 900})
            chips.nth(at).click()
            expect(page.locator("#drawer .panel > *").first).to_be_attached()
            is_usable(page, name, screens)


def test_a_phone_has_its_layout_however_it_is_held(browser: Browser, console: Served) -> None:
    """By the styles and by the scripts: one view at a time, chosen below; else side by side."""
    with opened(browser, console, "en", "light") as page:
        page.locator("#list [data-alert]").first.click()
        expect(page.locator("#detail .facts")).to_be_visible()
        shown = page.locator("#list-pane")
        for (width, height), is_phone in LAYOUTS.items():
            page.set_viewport_size({"width": width, "height": height})
            what = f"{width} x {height}"
            assert page.locator("#views").is_visible() is is_phone, what
            assert page.locator("#menu").is_visible() is not is_phone, what
            assert shown.is_visible() is not is_phone, what
            scripts = "import('/static/js/base/dom.js').then(({ isPhone }) => isPhone())"
            assert page.evaluate(scripts) is is_phone, what
            # The list that the frame has the browser ask for ahead.
            assert page.evaluate(AHEAD) == [f"/api/alerts?limit={15 if is_phone else 40}"], what
            if is_phone:
                box, room = (page.locator(one).bounding_box() for one in ("#detail", "main"))
                assert box is not None, what
                assert room is not None, what
                assert box["width"] == width, what
                # Sideways the alert has all the height that there is; upright the map has a third.
                part = box["height"] / room["height"]
                assert part == pytest.approx(1.0 if height <= 480 else 0.66, abs=0.01), what


@pytest.mark.parametrize("screen", ["narrow", "sideways", "large sideways"])
def test_what_matters_is_within_reach_on_a_small_screen(
    browser: Browser, console: Served, screen: str
) -> None:
    width, height = SCREENS[screen]
    with opened(browser, console, "en", "light") as page:
        page.set_viewport_size({"width": width, "height": height})
        card = page.locator("#list [data-alert]").first
        expect(card).to_be_in_viewport()
        card.click()
        act = page.locator('[data-action="acknowledge"]')
        expect(act).to_be_in_viewport()
        box = act.bounding_box()
        assert box is not None
        assert box["height"] >= 40
        for view in ("map", "list"):
            page.locator(f'#views [data-view="{view}"]').click()
            expect(page.locator("body")).to_have_attribute("data-view", view)
        expect(card).to_be_in_viewport()
