"""The console's page as a test sees it in a browser, with all that went wrong on it."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.measuring.console.city_alerts import alert, evening
from benchmarks.measuring.console.page_stage import CHROMIUM, Stage, until
from detectors.model.finding import Identity
from tests.conftest import free_port
from tests.integration.door_process import start_door
from tests.integration.page.cable import Cable

#: Of each test that looks at the page.
IN_BROWSER = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]

#: Far more than ten times what must hold: the machine may stand, or be busy with other things.
PATIENCE_MS = 120_000
WHO = Identity("lte", 460, 0, 4_100, 77_001, 1_300, 5)
CORRELATOR = {"viewport": {"width": 1280, "height": 800}}
#: A worker's sign of life counts for ten minutes, however long a page takes to open.
ALIVE_FOR_LONG = {"CELLHOUND__CONSOLE__FEED_SILENT_S": "600"}
#: What a browser without a graphics card says of its own reading of what it has drawn.
_READ_BACK = "GPU stall due to ReadPixels"
#: Notices go by themselves, maybe before a test looks: all that ever came, by kind and text.
_NOTE_NOTICES = """
window.noticed = [];
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes]))
    if (node.classList?.contains("notice")) window.noticed.push([node.className, node.textContent]);
}).observe(document, { childList: true, subtree: true });
"""


def now_ms() -> int:
    return int(time.time() * 1000)


@contextmanager
def console_on(
    bootstrap: str,
    folder: Path,
    token: str = "",
    launch: Callable[..., Any] = start_door,
    **settings: str,
) -> Iterator[Stage]:
    """A console under a prefix of its own; ``settings`` are environment variables for it."""
    prefix, known = f"page.{uuid.uuid4().hex[:10]}.", ALIVE_FOR_LONG | settings
    made = Stage(bootstrap, prefix, folder, free_port(), known, token, launch)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def play_evening(stage: Stage) -> None:
    """A worker's sign of life, and the alerts of an evening; returns when the console has them."""
    stage.beat()
    stage.send_alerts(*evening(now_ms()))
    until(lambda: stage.holds(7), "the console has the first alerts")


@contextmanager
def context_of(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """What a browser of its own is: patient, and with all notices kept."""
    context = browser.new_context(**(CORRELATOR | options))
    try:
        context.set_default_timeout(3 * PATIENCE_MS)
        context.add_init_script(_NOTE_NOTICES)
        yield context
    finally:
        context.close()


@contextmanager
def cable_to(stage: Stage) -> Iterator[Cable]:
    """A cable between a browser and a console."""
    cable = Cable(stage.port)
    try:
        yield cable
    finally:
        cable.close()


class Seen:
    """A page and what went wrong on it."""

    def __init__(
        self, context: BrowserContext, stage: Stage, query: str, port: int | None = None
    ) -> None:
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", self._logged)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.goto(f"http://127.0.0.1:{port or stage.port}/{query}")
        is_ready(self.page)

    def _logged(self, message: Any) -> None:
        if message.type in ("error", "warning") and _READ_BACK not in message.text:
            self.problems.append(message.text)

    def card(self, alert_id: str) -> Any:
        return self.page.locator(f'#list [data-alert="{alert_id}"]')

    def on_map(self, alert_id: str) -> bool:
        """Whether the map's source of alerts has it: what is drawn from it is the library's."""
        drawn: bool = self.page.evaluate(
            "id => window.cellhound.drawn('alerts').includes(id)", alert_id
        )
        return drawn


def is_ready(page: Page) -> None:
    expect(page.locator("body[data-ready]")).to_be_attached(timeout=3 * PATIENCE_MS)


def is_kept(page: Page) -> None:
    """Waits until the page's worker has all that it keeps."""
    there = "navigator.serviceWorker.getRegistration('/').then((one) => Boolean(one?.active))"
    until(lambda: bool(page.evaluate(there)), "the page's worker is there")


def is_noticed(page: Page, text: str, kind: str = "", times: int = 1) -> None:
    """Waits until notices showed this so often, even where they are gone again."""

    def shown() -> bool:
        noticed = page.evaluate("window.noticed")
        return (
            sum(text in shown_text and kind in [*of.split(), ""] for of, shown_text in noticed)
            >= times
        )

    until(shown, f"the page shows {text!r}")


@contextmanager
def seen(browser: Browser, stage: Stage, query: str = "?lang=en", **options: Any) -> Iterator[Seen]:
    with context_of(browser, **options) as context:
        yield Seen(context, stage, query)


def fresh(severity: str = "high", **more: Any) -> Any:
    """An alert of this moment in Beijing."""
    return alert(uuid.uuid4().hex, now_ms(), severity, 39.93, 116.41, WHO, **more)


def listed(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.get("/api/alerts")["alerts"]
    return found


def state_of(stage: Stage, alert_id: str) -> str:
    return str(stage.get(f"/api/alerts/{alert_id}")["state"])
