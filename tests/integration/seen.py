"""The console's page as a test sees it in a browser, with all that went wrong on it."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.measuring.city_alerts import alert
from benchmarks.measuring.page_stage import Stage
from detectors.finding import Identity

#: Ten times what must hold: the machine may be busy with other things.
PATIENCE_MS = 20_000
WHO = Identity("lte", 460, 0, 4_100, 77_001, 1_300, 5)


def now_ms() -> int:
    return int(time.time() * 1000)


class Seen:
    """A page and what went wrong on it."""

    def __init__(
        self, context: BrowserContext, stage: Stage, query: str, port: int | None = None
    ) -> None:
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.goto(f"http://127.0.0.1:{port or stage.port}/{query}")
        expect(self.page.locator("body[data-ready]")).to_be_attached(timeout=3 * PATIENCE_MS)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def card(self, alert_id: str) -> Any:
        return self.page.locator(f'#list [data-alert="{alert_id}"]')

    def on_map(self, alert_id: str) -> bool:
        """Whether the map's source of alerts has it: what is drawn from it is the library's."""
        drawn: bool = self.page.evaluate(
            "id => window.cellhound.drawn('alerts').includes(id)", alert_id
        )
        return drawn


@contextmanager
def seen(browser: Browser, stage: Stage, query: str = "?lang=en", **options: Any) -> Iterator[Seen]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
    try:
        yield Seen(context, stage, query)
    finally:
        context.close()


def fresh(severity: str = "high", **more: Any) -> Any:
    """An alert of this moment in Beijing."""
    return alert(uuid.uuid4().hex, now_ms(), severity, 39.93, 116.41, WHO, **more)
