"""Beside each moment in ms (or s) that the API gives stands the same as ISO 8601, in UTC."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from field.formats.words.iso_times import iso_name, with_iso
from tests.field.console.loopback_console import desk
from tests.field.console.topic_records import NOW, everything

ONE = f"{1:032x}"
#: Would never end, read topics, or are for guardians.
NOT_HERE = ("/api/stream", "evidence.zip", "/api/victims")


def moments(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
    """All numbers that are moments of these years, in ms or s: path, the object, the name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            is_number = isinstance(inner, int | float) and not isinstance(inner, bool)
            if is_number and (1.4e12 < inner < 2.2e12 or 1.4e9 < inner < 2.2e9):
                yield f"{path}/{name}", value, name
            elif name != "values":
                yield from moments(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from moments(inner, path)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON of every address that can be read."""
    found = {}
    with desk(tmp_path_factory.mktemp("desk")) as console:
        for record in everything().records:
            console.take(record.topic, record.value, key=record.key)
        values = {"alert_id": ONE, "key": "lte-460-0-4100-100", "name": "cells", "digest": "00"}
        for path, methods in console.get("/openapi.json")["paths"].items():
            if "get" not in methods or path.endswith(NOT_HERE) or "case" in path:
                continue
            if "{campaign}" in path or "{secret}" in path or path.startswith("/schema/"):
                continue
            answer = console.browser().get(path.format_map(values))
            if "json" in answer.headers.get("content-type", ""):
                found[path] = answer.json()
    return found


def test_every_moment_has_its_text_beside_it(answers: dict[str, Any]) -> None:
    checked, without = 0, []
    for path, content in answers.items():
        for where, inside, name in moments(content, path):
            text = inside.get(iso_name(name))
            if text is None:
                without.append(where)
                continue
            seconds = datetime.fromisoformat(text).timestamp()
            value = inside[name]
            assert abs(seconds - (value / 1000 if value > 1e11 else value)) < 0.002, where
            assert text.endswith("Z")
            checked += 1
    assert without == []
    assert checked > 100


def test_lists_single_alerts_and_features_have_them(answers: dict[str, Any]) -> None:
    [first, *_] = answers["/api/alerts"]["alerts"]
    assert first.keys() >= {"ts_iso", "first_seen_iso", "last_seen_iso", "received_iso"}
    one = answers["/api/alerts/{alert_id}"]
    assert one["why"][0].keys() >= {"first_ts_iso", "last_ts_iso"}
    [feature, *_] = answers["/alerts.geojson"]["features"]
    assert feature["properties"].keys() >= {"ts", "ts_iso", "first_seen_iso", "last_seen_iso"}
    [reading, *_] = answers["/ogc/collections/measurements/items"]["features"]
    assert reading["properties"].keys() >= {"ts", "ts_iso", "rx_ts_iso"}


def test_what_was_there_before_is_as_it_was() -> None:
    content = {"ts": NOW, "values": {"ts": NOW}, "track": [[NOW, 1.0, 2.0]], "as_of": None}
    made = with_iso(content)
    assert {name: made[name] for name in content} == content
    assert made["as_of_iso"] is None
    assert with_iso(made) == made
