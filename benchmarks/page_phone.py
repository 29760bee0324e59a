"""How soon a phone shows the console's list: the first time, and when it was there before.

Starts a real console on the broker (KAFKA_BOOTSTRAP) with a city's alerts, or takes one that runs
without accounts (``--port``), opens its page in headless Chromium with a phone's screen, a
processor four times slower than this machine's and a line like slow 4G
(`benchmarks.measuring.console.slow_line`), and prints what it took::

    python -m benchmarks.page_phone
    python -m benchmarks.page_phone --port 8340 --lighthouse

Times are by the page's own clock, from the begin of its loading: to the first paint, to the first
alert that is painted (what is useful), and to when all of the page works. ``--lighthouse`` runs
that too, for its scores: ``npm install lighthouse@12`` somewhere, and its folder on ``PATH``.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.measuring.console.city_page import city_page
from benchmarks.measuring.console.page_stage import CHROMIUM, CHROMIUM_ARGS, until
from benchmarks.measuring.console.slow_line import Line, slow_line

_PATIENCE_MS: Final = 120_000
_LOADS: Final = 5
_SLOWER: Final = 4
#: As Lighthouse's mobile profile has it.
_PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
    "has_touch": True,
}
#: The frame after the first card is there: it is painted by then.
_WATCH: Final = """
new MutationObserver((_, watch) => {
  if (!document.querySelector("[data-alert]")) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.firstCardMs = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""
_IS_KEPT: Final = "navigator.serviceWorker.getRegistration('/').then((one) => Boolean(one?.active))"
_PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
_LIGHTHOUSE: Final = ("performance", "accessibility", "best-practices")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=300)
    parser.add_argument("--port", type=int, help="of a console that runs on this machine")
    parser.add_argument("--lighthouse", action="store_true")
    asked = parser.parse_args()
    with _console(asked.port, asked.alerts) as port:
        measure(port)
        if asked.lighthouse:
            lighthouse(port)


def measure(port: int) -> dict[str, float]:
    """Opens the page a few times in a new browser, and then where it was before; the medians in ms
    by what was measured."""
    found = {}
    with sync_playwright() as player, slow_line(port) as line:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        first = [_first_load(browser, line) for _ in range(_LOADS)]
        found |= show("first visit", first)
        with _context(browser) as context:
            _opened(context, line)
            until(lambda: bool(context.pages[0].evaluate(_IS_KEPT)), "the page is kept")
            later = [_opened(context, line) for _ in range(_LOADS)]
        found |= show("visit again", later)
        browser.close()
    return found


def _first_load(browser: Browser, line: Line) -> dict[str, float]:
    with _context(browser) as context:
        before, connections = line.down.carried, line.connections
        taken = _opened(context, line)
        taken["kB by then"] = (line.down.carried - before) / 1000
        taken["connections"] = line.connections - connections
        return taken


def _opened(context: BrowserContext, line: Line) -> dict[str, float]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(f"http://127.0.0.1:{line.port}/?lang=en", wait_until="commit")
    page.wait_for_selector("body[data-ready]", state="attached", timeout=_PATIENCE_MS)
    ready = page.evaluate("performance.now()")
    taken = {
        "first paint ms": page.evaluate(_PAINT),
        "first alert ms": page.evaluate("window.firstCardMs"),
        "all ms": ready,
    }
    if len(context.pages) > 1:
        page.close()
    return taken


def lighthouse(port: int) -> dict[str, float]:
    """Lighthouse's scores of the page on its mobile profile, out of 100."""
    program = shutil.which("lighthouse")
    if program is None or CHROMIUM is None:
        print("lighthouse is not on the path")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        flags = ["--quiet", "--output=json", f"--output-path={report}"]
        flags += [f"--only-categories={','.join(_LIGHTHOUSE)}"]
        flags += [f"--chrome-flags=--headless=new {' '.join(CHROMIUM_ARGS)}"]
        address = f"http://127.0.0.1:{port}/?lang=en"
        subprocess.run(
            [program, address, *flags], check=True, env=os.environ | {"CHROME_PATH": CHROMIUM}
        )
        found = json.loads(report.read_text())
    scores = {name: 100 * found["categories"][name]["score"] for name in _LIGHTHOUSE}
    for name, score in scores.items():
        print(f"lighthouse {name:28} {score:6.0f}")
    for name in ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time"):
        print(f"lighthouse {name:28} {found['audits'][name]['numericValue']:6.0f} ms")
    for category in found["categories"].values():
        for one in category["auditRefs"]:
            audit = found["audits"][one["id"]]
            if one["weight"] and (audit["score"] or 0) < 0.9 and audit["score"] is not None:
                print(f"  below 90: {audit['title']} ({audit.get('displayValue', '')})")
    return scores


def show(what: str, taken: list[dict[str, float]]) -> dict[str, float]:
    """A line for each measure: median and worst."""
    found = {}
    for name in taken[0]:
        values = [one[name] for one in taken]
        found[f"{what}: {name}"] = statistics.median(values)
        print(
            f"{what:12} {name:16} median {found[f'{what}: {name}']:7.0f}, worst {max(values):7.0f}"
        )
    return found


@contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**_PHONE)
    context.add_init_script(_WATCH)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def _console(port: int | None, alerts: int) -> Iterator[int]:
    if port is not None:
        yield port
        return
    with city_page(alerts) as (stage, _):
        yield stage.port


if __name__ == "__main__":
    main()
