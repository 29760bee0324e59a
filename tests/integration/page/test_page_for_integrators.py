"""The page about the API and the sharing of feeds, in a browser; neither needs a broker."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from field.console.page import STATIC
from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import PASSWORD
from tests.field.console.served import served

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Whole, str]]:
    with whole(tmp_path_factory.mktemp("whole")) as made, served(made.app) as url:
        yield made, url


@pytest.fixture(scope="module")
def page(browser: Browser, console: tuple[Whole, str]) -> Iterator[Page]:
    """Somebody of the role field who has logged in."""
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.goto(f"{console[1]}/?lang=en")
    opened.locator('[name="name"]').fill("fei")
    opened.locator('[name="password"]').fill(PASSWORD)
    opened.locator("form button").click()
    expect(opened.locator("#list .card").first).to_be_visible(timeout=PATIENCE_MS)
    yield opened
    context.close()


@pytest.mark.integration
@pytest.mark.nightly
def test_the_api_can_be_read_from_the_console_s_own_files(
    page: Page, console: tuple[Whole, str]
) -> None:
    if not (STATIC / "vendor" / "swagger-ui-bundle.js").is_file():
        pytest.skip("the page's third-party parts are not installed")
    asked, printed = [], []
    docs = page.context.new_page()
    docs.on("request", lambda request: asked.append(request.url))
    docs.on("console", lambda message: printed.append(message.text))
    docs.goto(f"{console[1]}/api/docs")
    expect(docs.locator(".opblock").first).to_be_visible(timeout=PATIENCE_MS)
    expect(docs.locator("#docs")).to_contain_text("/api/alerts")
    expect(docs.locator("#docs")).to_contain_text("/feeds/{secret}/network-link.kml")
    docs.locator(".opblock-summary-path", has_text="/api/pins").click()
    expect(docs.locator(".opblock.is-open")).to_contain_text("Needs the role viewer")
    assert all(url.startswith((console[1], "data:", "blob:")) for url in asked), asked
    assert [text for text in printed if "Content Security Policy" in text] == []
    docs.close()


@pytest.mark.integration
def test_somebody_shares_what_the_list_is_narrowed_to(
    page: Page, console: tuple[Whole, str]
) -> None:
    page.locator("#filters details.more summary").click()
    page.locator("#filters button", has_text="Share a feed").click()
    form = page.locator("#drawer form.share-feed")
    expect(form).to_contain_text("all alerts")
    form.locator('[name="label"]').fill("van 3")
    form.locator('[name="format"]').select_option("csv")
    form.locator('[name="days"]').fill("2")
    form.locator("button[type=submit]").click()
    shown = page.locator("#drawer .once code")
    expect(shown).to_have_count(1, timeout=PATIENCE_MS)
    url = shown.inner_text()
    # As a program that has nothing but the address.
    answer = httpx.get(url)
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["alert_id"] for row in rows} == set(console[0].alert_ids)
    row = page.locator("#drawer table tbody tr", has_text="van 3")
    expect(row).to_contain_text("CSV")
    row.locator("button", has_text="Revoke").click()
    expect(row).to_have_count(0, timeout=PATIENCE_MS)
    assert httpx.get(url).status_code == 403
