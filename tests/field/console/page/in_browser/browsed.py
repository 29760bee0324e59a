"""The page in a browser over a console of the test's own process: no broker, no port."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

from tests.field.console.loopback_console import Desk

ADDRESS = "http://127.0.0.1:8340"
PATIENCE_MS = 30_000


@contextmanager
def browsed(browser: Browser, desk: Desk, query: str = "?lang=en", **more: Any) -> Iterator[Page]:
    """The page as a desk's console answers it; events by themselves don't come."""
    context = browser.new_context(**more)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script("delete navigator.serviceWorker")
    asked, aside = desk.browser(), ThreadPoolExecutor(1)

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.path == "/api/stream":
            route.abort()
            return
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        # Beside the browser's own event loop.
        got = aside.submit(asked.ask, route.request.method, path).result()
        route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

    try:
        page = context.new_page()
        page.route("**/*", answer)
        page.goto(f"{ADDRESS}/{query}")
        page.wait_for_selector("body[data-ready]")
        yield page
    finally:
        context.close()
        aside.shutdown()
