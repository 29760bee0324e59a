"""A team's phone before a console, and what lies on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from benchmarks.measuring.console.page_stage import until
from tests.field.console.guarded_app import PASSWORD
from tests.integration.page.seen import PATIENCE_MS, context_of, is_kept, is_ready
from tests.integration.van.served import Served

PHONE = {"viewport": {"width": 390, "height": 780}}
_LYING = """new Promise((done) => {
  const asked = indexedDB.open("cellhound");
  asked.onsuccess = async () => {
    const found = {};
    for (const name of asked.result.objectStoreNames) {
      const store = asked.result.transaction(name).objectStore(name);
      found[name] = await new Promise((all) => {
        store.getAll().onsuccess = ({ target }) => all(target.result);
      });
    }
    asked.result.close();
    done(found);
  };
})"""
_CACHED = """caches.keys().then((names) => Promise.all(names.map(async (name) => [name,
  (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)])))"""


@contextmanager
def phone(browser: Browser, console: Served, query: str = "?lang=en") -> Iterator[Page]:
    """The console's address on a phone of its own."""
    with context_of(browser, **PHONE) as context:
        page = context.new_page()
        page.goto(f"{console.url}/{query}")
        yield page


def log_in(page: Page, name: str) -> None:
    """On the login page."""
    page.locator('[name="name"]').fill(name)
    page.locator('[name="password"]').fill(PASSWORD)
    page.locator("form button").click()
    is_ready(page)


def lying(page: Page) -> dict[str, list[dict[str, Any]]]:
    """The records in the page's database on the device, by store."""
    found: dict[str, list[dict[str, Any]]] = page.evaluate(_LYING)
    return found


def cached(page: Page) -> dict[str, list[str]]:
    """The paths that the page's worker keeps, by cache."""
    return dict(page.evaluate(_CACHED))


def is_prepared(page: Page, details: int = 1) -> None:
    """Waits until the page would do without a network."""
    is_ready(page)
    is_kept(page)

    def enough() -> bool:
        stores = lying(page)
        keys = {record["key"] for record in stores["known"]}
        return keys == {"me", "list"} and len(stores["details"]) >= details

    until(enough, "the device has what it needs")


def tunnel(page: Page, inside: bool = True) -> None:
    """Into the tunnel, or out of it."""
    page.context.set_offline(inside)


def is_offline(page: Page) -> None:
    """Waits until the page says so."""
    expect(page.locator('[data-banner="lost"]')).to_be_visible(timeout=PATIENCE_MS)


def act(page: Page, *actions: str) -> None:
    """Presses buttons of the life cycle, and waits until each is written down."""
    for action in actions:
        page.locator(f'[data-action="{action}"]').click()
        expect(page.locator(f'[data-waiting="{action}"]')).to_be_visible()
