"""What an address may ask: what is unknown is refused, and the answer says what is known."""

from collections.abc import Iterator
from typing import Any

import pytest

from field.alerts.severity import SEVERITIES
from tests.field.console.loopback_console import Desk, desk
from tests.field.console.topic_records import alert


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk")) as found:
        found.take("fbs.alerts", alert(1))
        yield found


def refused(console: Desk, path: str, status: int = 422) -> list[dict[str, Any]]:
    answer = console.browser().get(path)
    assert answer.status_code == status, answer.text
    problems: list[dict[str, Any]] = answer.json()["detail"]
    return problems


@pytest.mark.parametrize(
    ("query", "field", "value", "among"),
    [
        ("severity=Critical", "severity", "Critical", "critical"),
        ("severity=high,Critical", "severity", "Critical", "critical"),
        ("status=shut", "status", "shut", "closed"),
        ("state=gone", "state", "gone", "not_found"),
        ("rat=5g", "rat", "5g", "nr"),
        ("kind=sms", "kind", "sms", "sms_spammer"),
        ("operator=46000", "operator", "46000", "MCC-MNC, such as 460-00"),
    ],
)
@pytest.mark.parametrize("path", ["/api/alerts", "/api/pins", "/alerts.geojson", "/numbers.csv"])
def test_an_unknown_value_is_refused_with_those_that_are_known(
    console: Desk, path: str, query: str, field: str, value: str, among: str
) -> None:
    [problem] = refused(console, f"{path}?{query}")
    assert (problem["field"], problem["value"]) == (field, value)
    assert among in problem["allowed"]
    assert problem["loc"] == ["query", field]


def test_all_unknown_values_are_named_at_once(console: Desk) -> None:
    problems = refused(console, "/api/alerts?severity=Critical,worst&rat=5g")
    assert [problem["value"] for problem in problems] == ["Critical", "worst", "5g"]
    assert problems[0]["allowed"] == list(SEVERITIES)


@pytest.mark.parametrize("values", ["critical", "critical,high", "critical,,", ""])
def test_known_values_are_taken(console: Desk, values: str) -> None:
    assert console.get(f"/api/alerts?severity={values}").keys() >= {"alerts", "counts"}


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [
        ("/api/alerts?severty=critical", "severty", 422),
        ("/api/health?colour=red", "colour", 422),
        ("/api/cells?limit=1&Limit=2", "Limit", 422),
        ("/ogc/collections/cells/items?srs=4326", "srs", 400),
        ("/ogc/?f=json", "f", 400),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(
    console: Desk, path: str, name: str, status: int
) -> None:
    [problem] = refused(console, path, status)
    assert (problem["field"], problem["type"]) == (name, "unknown_parameter")
    assert name not in problem["allowed"]


def test_a_parameter_with_a_list_of_values_names_them_too(console: Desk) -> None:
    [problem] = refused(console, "/alerts.kml?language=fr")
    assert (problem["value"], problem["allowed"]) == ("fr", ["en", "zh"])


def test_what_is_long_or_no_text_is_not_sent_back_whole(console: Desk) -> None:
    [problem] = refused(console, f"/api/alerts?{'x' * 500}=1")
    assert len(problem["field"]) == 64
    [problem] = refused(console, "/alerts.kml?language=%ED%A0%80")
    assert problem["allowed"] == ["en", "zh"]


def test_the_page_itself_takes_any_address(console: Desk) -> None:
    assert console.browser().get("/?severity=Critical&colour=red").status_code == 200
