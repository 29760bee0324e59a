"""What becomes of a console's page that stays open while updates arrive: does it grow, or freeze?

Starts a real console on the broker (KAFKA_BOOTSTRAP) with some thousand open alerts, opens the page
in a headless browser, sends it updates of them and new alerts at a steady rate for some minutes,
and then very many for some seconds::

    python benchmarks/page_open_long.py --minutes 5

Prints what the page's heap (after collecting), nodes and listeners are every so often, and how long
the page's thread was without a moment for anything else.
"""

import argparse
import time
import uuid
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import msgspec
from kafka import KafkaProducer
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.measuring.console.city_page import city_page
from benchmarks.measuring.console.page_stage import CHROMIUM, CHROMIUM_ARGS, Stage
from detectors.alert.record import Alert

_PATIENCE_MS: Final = 120_000
_STEADY: Final = 20
_STORM: Final = 500
_STORM_S: Final = 20.0
_LOOK_EVERY_S: Final = 30.0
#: Every so many is a new alert, the others are updates; of the new ones as many are closed again.
_NEW: Final = 10
#: Notes the longest time between two moments at which the page's thread was free.
_WATCH: Final = """
window.mostMs = 0;
let last = performance.now();
setInterval(() => {
  window.mostMs = Math.max(window.mostMs, performance.now() - last - 20);
  last = performance.now();
}, 20);
"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=5.0)
    asked = parser.parse_args()
    with city_page(asked.alerts) as (stage, alerts):
        watch(stage, alerts, 60.0 * asked.minutes)


def watch(stage: Stage, alerts: Sequence[Alert], steady_s: float) -> None:
    """Opens the page and lets updates arrive."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(_WATCH)
        page.goto(f"{stage.url}/?lang=en")
        page.wait_for_selector("#map[data-drawn]", state="attached", timeout=_PATIENCE_MS)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        news = News(stage, alerts)
        look("at first", page, session)
        left_s = steady_s
        while left_s > 0.0:
            span_s = min(_LOOK_EVERY_S, left_s)
            news.send(_STEADY, span_s, page)
            left_s -= span_s
            look(f"{_STEADY} a second, {steady_s - left_s:.0f} s", page, session)
        began = time.monotonic()
        news.send(_STORM, _STORM_S, page)
        newest = f'#list [data-alert="{news.newest()}"]'
        page.wait_for_selector(newest, state="attached", timeout=_PATIENCE_MS)
        look(f"{_STORM} a second, {time.monotonic() - began:.0f} s", page, session)
        page.wait_for_timeout(20_000)
        look("20 s later", page, session)
        browser.close()


class News:
    """Updates of alerts in turn, some new ones, and closings of these."""

    def __init__(self, stage: Stage, alerts: Sequence[Alert]) -> None:
        self._alerts, self._numbers = alerts, count(1)
        self._topic = f"{stage.prefix}fbs.alerts"
        self._producer = KafkaProducer(bootstrap_servers=stage.bootstrap, linger_ms=5)
        self._new: Alert | None = None

    def send(self, per_second: int, span_s: float, page: Page) -> None:
        """For so long; the page lives meanwhile."""
        began = time.monotonic()
        sent = 0
        while (gone_s := time.monotonic() - began) < span_s:
            while sent < gone_s * per_second:
                self._send(self._next())
                sent += 1
            page.wait_for_timeout(20)
        self._producer.flush()

    def newest(self) -> str:
        """The id of one more, critical, which stands before all others."""
        critical = self._fresh(self._alerts[0], uuid.uuid4().hex, 1)
        self._send(msgspec.structs.replace(critical, severity="critical"))
        self._producer.flush()
        return critical.alert_id

    def _send(self, alert: Alert) -> None:
        self._producer.send(self._topic, msgspec.json.encode(alert), alert.alert_id.encode())

    def _next(self) -> Alert:
        number = next(self._numbers)
        before = self._alerts[number * 37 % len(self._alerts)]
        if number % _NEW == 0:
            self._new = self._fresh(before, uuid.uuid4().hex, 1)
            return self._new
        if number % _NEW == 1 and self._new is not None:
            return msgspec.structs.replace(self._new, revision=2, status="closed")
        return self._fresh(before, before.alert_id, 1 + number)

    def _fresh(self, alert: Alert, alert_id: str, revision: int) -> Alert:
        now = int(time.time() * 1000)
        changed: dict[str, Any] = {"alert_id": alert_id, "revision": revision}
        return msgspec.structs.replace(alert, ts=now, last_seen=now, **changed)


def look(when: str, page: Page, session: CDPSession) -> None:
    """One line of what the page holds, and the longest freeze since the last."""
    freeze = page.evaluate("(([most]) => ((window.mostMs = 0), most))([window.mostMs])")
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    found = {one["name"]: one["value"] for one in metrics}
    cards = page.locator("#list [data-alert]").count()
    print(
        f"{when:28} heap {found['JSHeapUsedSize'] / 1e6:6.1f} MB, nodes {found['Nodes']:6.0f}, "
        f"listeners {found['JSEventListeners']:5.0f}, cards {cards:4}, "
        f"longest without a moment {freeze:5.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
