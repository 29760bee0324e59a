"""`docs/messages.md` and `docs/schema/`: what the code makes, with examples that are read."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import numpy as np
import pytest
import yaml

from streams.decode.codec import TOPICS, decode
from streams.decode.dead_letters import REASONS
from streams.decode.records import RecordSlice
from streams.kafka.topics import SPECS
from streams.privacy.hasher import Hasher
from tools.contract.input_schemas import input_schemas
from tools.contract.output_schemas import OUTPUTS, output_schemas
from tools.contract.write import documents, write

DOCS = Path(__file__).parents[3] / "docs"
FILES = documents()
#: Topics between the stages and the second stage's memory: their form is nobody else's business.
INTERNAL = {"fbs.census", "fbs.correlators", "fbs.guard", "fbs.profile"}


@pytest.mark.parametrize("name", FILES)
def test_what_is_committed_is_what_the_code_makes(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == FILES[name], "run `make docs`"


def test_nothing_else_lies_beside_the_schemas() -> None:
    assert {f"schema/{path.name}" for path in (DOCS / "schema").iterdir()} == set(FILES) - {
        "messages.md"
    }


def test_writing_removes_the_schema_of_a_topic_that_is_no_more(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "gone.json").write_text("{}")
    write(tmp_path)
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == set(FILES)


def test_every_topic_has_a_schema_but_for_the_internal_ones() -> None:
    assert set(input_schemas()) == set(TOPICS)
    assert {*input_schemas(), *output_schemas()} | INTERNAL == {spec.name for spec in SPECS}


@pytest.mark.parametrize(("topic", "schema"), [*input_schemas().items(), *output_schemas().items()])
def test_schemas_are_valid_and_take_their_example(topic: str, schema: dict[str, Any]) -> None:
    jsonschema_rs.meta.validate(schema)
    reader = jsonschema_rs.Draft202012Validator(schema)
    for example in schema["examples"]:
        assert [error.message for error in reader.iter_errors(example)] == []
    assert f"\n## {topic}\n" in FILES["messages.md"]


@pytest.mark.parametrize("topic", TOPICS)
def test_examples_are_read_whole(topic: str) -> None:
    """As they stand on the page."""
    section = FILES["messages.md"].partition(f"\n## {topic}\n")[2]
    example = section.partition("```json\n")[2].partition("\n```")[0].encode()
    decoded = decode(RecordSlice(topic, 0, [7], [example], np.array([1748920000000])), Hasher(b"k"))
    assert len(decoded.batch) == 1
    assert decoded.dead == []
    assert not +decoded.dropped


@pytest.mark.parametrize("topic", OUTPUTS)
def test_examples_of_what_is_written_are_such_records(topic: str) -> None:
    output = OUTPUTS[topic]
    record = msgspec.convert(output.example, output.record)
    written = msgspec.json.decode(msgspec.json.encode(record))
    assert {name: written[name] for name in output.example} == output.example


@pytest.mark.parametrize("schema", [*input_schemas().values(), *output_schemas().values()])
def test_every_field_says_what_it_means(schema: dict[str, Any]) -> None:
    nameless = [
        f"{path}.{name}"
        for path, part in _objects(schema)
        for name, spec in part["properties"].items()
        if not spec.get("description") and "$ref" not in spec
    ]
    assert nameless == []


def _objects(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield schema["title"], schema
    yield from ((name, part) for name, part in schema.get("$defs", {}).items())
    for name in ("neighbours", "broadcast"):
        part = schema["properties"].get(name)
        if part is not None:
            yield name, part.get("items", part)


def test_reasons_of_dead_letters_stand_on_the_page() -> None:
    assert [reason for reason in REASONS if f"| `{reason}` |" not in FILES["messages.md"]] == []


def test_tables_have_as_many_cells_in_each_row() -> None:
    tables = [part.split("\n") for part in FILES["messages.md"].split("\n\n") if part[:1] == "|"]
    assert len(tables) >= 15
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1, table[0]


def test_the_asyncapi_document_is_whole() -> None:
    """Its parts are those that AsyncAPI 3.0 asks for, and all references lead somewhere."""
    document = yaml.safe_load(FILES["schema/asyncapi.yaml"])
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(document["info"])
    assert set(document["channels"]) == {spec.name for spec in SPECS}
    for topic, channel in document["channels"].items():
        assert channel["address"] == topic
        assert bool(channel["messages"]) == (topic not in INTERNAL)
        assert channel["bindings"]["kafka"]["partitions"] >= 1
    actions = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in document["operations"].values()
    }
    assert actions == dict.fromkeys(input_schemas(), "receive") | dict.fromkeys(
        output_schemas(), "send"
    )
    references = list(_references(document))
    assert len(references) > 30
    for reference in references:
        if reference.startswith("#/"):
            place: Any = document
            for step in reference[2:].split("/"):
                place = place[step]
        else:
            assert json.loads(FILES[f"schema/{reference.removeprefix('./')}"])


def test_the_asyncapi_document_fits_the_official_schema() -> None:
    """That of AsyncAPI 3.0.0 without ids, from npm's @asyncapi/specs 6.11.1 (Apache-2.0)."""
    packed = Path(__file__).with_name("asyncapi-3.0.0.json.gz").read_bytes()
    reader = jsonschema_rs.Draft7Validator(json.loads(gzip.decompress(packed)))
    document = yaml.safe_load(FILES["schema/asyncapi.yaml"])
    assert [error.message for error in reader.iter_errors(document)] == []
    document["channels"]["cell.register"]["adress"] = "x"
    assert not reader.is_valid(document), "a misspelt name is seen"


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)
