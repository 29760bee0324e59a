"""The description of the topics, as the console serves it: with all that it refers to."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml

from streams.kafka.topics import SPECS
from tests.field.console.loopback_console import Desk, desk


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk")) as found:
        yield found


def test_all_that_the_document_refers_to_is_served(console: Desk) -> None:
    answer = console.browser().get("/schema/asyncapi.yaml")
    assert answer.headers["content-type"].startswith("application/vnd.aai.asyncapi+yaml")
    document: dict[str, Any] = yaml.safe_load(answer.text)
    assert set(document["channels"]) == {spec.name for spec in SPECS}
    messages = document["components"]["messages"].values()
    references = [one["payload"]["schema"]["$ref"] for one in messages]
    assert len(references) > 20
    for reference in references:
        schema = console.get(f"/schema/{reference.removeprefix('./')}")
        jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize(
    ("name", "status"),
    [("no.thing.json", 404), ("No.Thing.json", 422), ("asyncapi.yml", 404), ("x.json", 422)],
)
def test_nothing_else_is_there(console: Desk, name: str, status: int) -> None:
    assert console.browser().get(f"/schema/{name}").status_code == status
