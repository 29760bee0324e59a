"""A browser for tests of the page over a console in the test's own process."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

from benchmarks.measuring.console.page_stage import CHROMIUM
from tests.field.console.page.in_browser.browsed import PATIENCE_MS

#: Without a map, which takes most of the time.
_ARGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-3d-apis")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one file."""
    with sync_playwright() as player:
        chromium = player.chromium.launch(
            executable_path=CHROMIUM, args=_ARGS, timeout=2 * PATIENCE_MS
        )
        yield chromium
        chromium.close()
