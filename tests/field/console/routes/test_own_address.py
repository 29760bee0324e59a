"""Links are built from what the console knows of itself, never from an unknown Host header."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import Browser

EVIL = "evil.example"
LINKING = (
    "/ogc/",
    "/ogc/collections",
    "/ogc/collections/alerts/items?limit=1",
    "/network-link.kml",
)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Whole]:
    with whole(tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    "host",
    [EVIL, f"{EVIL}:8340", f"127.0.0.1.{EVIL}:8340", f"127.0.0.1:8340@{EVIL}", "127.0.0.1:99", "["],
)
def test_an_unknown_host_is_in_no_link(console: Whole, host: str) -> None:
    browser = console.logged_in("vera")
    for path in LINKING:
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 200, path
        assert "http://127.0.0.1:8340/" in answer.text
        assert EVIL not in answer.text
        assert ":99" not in answer.text


def test_no_redirection_leads_to_where_the_host_header_says(console: Whole) -> None:
    for path in ("/api/alerts/", "/ogc/conformance/", "/api/me/"):
        answer = console.logged_in("vera").get(path, headers={"Host": EVIL})
        assert EVIL not in answer.headers.get("location", "")
        assert answer.status_code in (404, 405)


def test_names_of_this_computer_do(console: Whole) -> None:
    browser = console.logged_in("vera")
    for host in ("localhost:8340", "127.0.0.1:8340", "[::1]:8340"):
        assert f"http://{host}/ogc/" in browser.get("/ogc/", headers={"Host": host}).text


def test_the_public_address_goes_over_all(tmp_path: Path) -> None:
    with whole(tmp_path, public_url="https://console.example/") as console:
        # By a token: the session's cookie would go by TLS alone.
        bearer = {"Authorization": f"Bearer {console.access.tokens.make('vera')}"}
        for path in LINKING:
            answer = Browser(console.app).get(path, headers=bearer | {"Host": EVIL})
            assert "https://console.example/" in answer.text
            assert EVIL not in answer.text
