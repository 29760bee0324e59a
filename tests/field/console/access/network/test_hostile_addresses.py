"""Addresses that try to leave a folder or to write a header lead nowhere."""

from collections.abc import Iterator

import pytest

from tests.field.console.full_console import Whole, whole


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("whole")) as made:
        yield made


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2fsettings.py"),
        *(
            "/static/%2e%2e%2f%2e%2e%2fsettings.py",
            "/static/..\\settings.py",
            "/static/..%5csettings.py",
        ),
        *("/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/....//settings.py"),
        *("/static/%00", "/static/%c0%ae%c0%ae/settings.py", "/static/..;/settings.py"),
        *("/alerts/..%2f..%2fapp.gpx", "/alerts/%2e%2e.cap", "/basemap.pmtiles/../app.py"),
    ],
)
def test_no_path_leads_out_of_its_folder(console: Whole, path: str) -> None:
    answer = console.logged_in("ada").get(path)
    assert answer.status_code in (404, 405, 422), answer.text[:200]
    assert "ConsoleSettings" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "text", ["%0d%0aX-Injected:%201", "%0aX-Injected:%201", "%E5%98%8A%E5%98%8DX"]
)
def test_nothing_that_is_asked_writes_a_header(console: Whole, text: str) -> None:
    browser = console.logged_in("ada")
    templates = (
        *("/api/alerts?q={}", "/api/alerts?cursor={}", "/alerts/{}.gpx", "/alerts.geojson?kind={}"),
        *("/static/{}", "/{}", "/ogc/collections/{}", "/network-link.kml?seconds=5&x={}"),
    )
    for template in templates:
        answer = browser.get(template.format(text))
        assert answer.status_code < 500, template
        assert "x-injected" not in answer.headers
        assert all("\n" not in value and "\r" not in value for value in answer.headers.values())
