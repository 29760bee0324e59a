"""How fast the console's page is with ten thousand alerts: first card, map, and filters.

Starts a real console on the broker (KAFKA_BOOTSTRAP), sends it the alerts by their topic, opens
the page in a headless browser that draws in software, and prints what it took::

    python benchmarks/page.py --alerts 10000

Times are those of the page's own clock, from the begin of its loading, or from a click: to the
painted list, and by itself to the map that shows the filter's alerts. All alerts are open, so that
the map has to draw all of them.
"""

import argparse
import statistics
from typing import Final

from playwright.sync_api import Page, sync_playwright

from benchmarks.measuring.console.city_page import city_page
from benchmarks.measuring.console.page_stage import CHROMIUM, CHROMIUM_ARGS, Stage

_PATIENCE_MS: Final = 120_000
_LOADS: Final = 5
#: When the first card was there, by the page's clock.
_WATCH: Final = """
new MutationObserver((_, watch) => {
  if (!document.querySelector("[data-alert]")) return;
  window.firstCardMs = performance.now();
  watch.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
#: Presses a filter; resolves to the ms until the list has changed and was painted, and until the
#: map has drawn the alerts that fit it and is at rest.
_FILTER: Final = """(name) => {
  const began = performance.now();
  const after = () => performance.now() - began;
  const [list, map] = [document.getElementById("list"), document.getElementById("map")];
  const listed = new Promise((done) => new MutationObserver((_, watch) => {
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(after())));
  }).observe(list, { childList: true }));
  const drawn = new Promise((done) => {
    let begun = false;
    new MutationObserver((_, watch) => {
      begun ||= !map.dataset.drawn;
      if (!begun || !map.dataset.drawn) return;
      watch.disconnect();
      done(after());
    }).observe(map, { attributeFilter: ["data-drawn"] });
  });
  document.querySelector(`[data-filter="${name}"]`).click();
  return Promise.all([listed, drawn]);
}"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    asked = parser.parse_args()
    with city_page(asked.alerts) as (stage, _):
        measure(stage)


def measure(stage: Stage) -> None:
    """Loads the page a few times and presses filters."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(_WATCH)
        page = context.new_page()
        cards, maps = [], []
        for _ in range(_LOADS):
            page.goto(f"{stage.url}/?lang=en")
            page.wait_for_selector("[data-alert]", timeout=_PATIENCE_MS)
            cards.append(page.evaluate("window.firstCardMs"))
            page.wait_for_selector("#map[data-drawn]", state="attached", timeout=_PATIENCE_MS)
            maps.append(page.evaluate("performance.now()"))
        show("first card, browser new", cards[:1])
        show("first card, later loads", cards[1:])
        show("map drawn", maps)
        for name in ("severity=critical", "severity=high", "severity=medium"):
            press(page, name)
        page.locator("#filters summary").click()
        for name in ("rat=nr", "status=open", "kind=fake_base_station"):
            press(page, name)
        browser.close()


def press(page: Page, name: str) -> None:
    """Presses a filter on and off a few times, and prints what it took."""
    lists, maps = [], []
    for _ in range(2 * _LOADS):
        painted, drawn = page.evaluate(_FILTER, name)
        lists.append(painted)
        maps.append(drawn)
        page.wait_for_timeout(1000)
    show(f"filter {name}: list", lists)
    show(f"filter {name}: map", maps)


def show(what: str, times_ms: list[float]) -> None:
    """One line: median and worst."""
    print(f"{what:38} median {statistics.median(times_ms):6.0f} ms, worst {max(times_ms):6.0f} ms")


if __name__ == "__main__":
    main()
