"""Secret identities in all forms, put into every text field of every input: none comes out."""

import base64
import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from streams.decode.clean_messages import clean_message, hashed_line
from streams.decode.codec import TOPICS, decode
from streams.decode.rare.tables import RARE_FIELDS
from streams.decode.records import RecordSlice
from streams.decode.schema import SCHEMAS
from streams.privacy.hasher import Hasher
from tests.streams.privacy.canary_forms import ANY, IMSI, MSISDN, OWN, as_json, forms, found

HASHER = Hasher(b"a key for the canary")
AT = 1_748_916_000_500
FORMS = list(forms())
#: What no field holds, as a foreign producer may send it.
STRANGE = ("imsi", "user")
RARE_EXAMPLES: dict[str, dict[str, Any]] = {
    "network.changes": {"from_ts": AT, "to_ts": AT + 1, "kind": "replan", "note": "none"},
    "field.feedback": {"ts": AT, "alert_id": "0a1b" * 8, "verdict": "confirmed", "by": "van 7"},
}


def example(topic: str) -> dict[str, Any]:
    return dict(SCHEMAS[topic].example) if topic in SCHEMAS else dict(RARE_EXAMPLES[topic])


def text_fields(topic: str) -> list[str]:
    """From the tables, so that a new field is covered by itself."""
    if topic in SCHEMAS:
        listed = next(spec.name for spec in SCHEMAS[topic].fields if spec.kind == "listed")
        return [listed, *(spec.name for spec in SCHEMAS[topic].fields if spec.kind == "text")]
    return [spec.name for spec in RARE_FIELDS[topic] if spec.shape.get("type") == "string"]


FIELDS = [(topic, field) for topic in TOPICS for field in (*text_fields(topic), *STRANGE)]


def test_there_are_forms_and_fields_enough() -> None:
    assert len(ANY) + min(map(len, OWN.values())) >= 40
    fields = {field for _, field in FIELDS}
    assert {"device", "subscriber", "sender", "smsc", "url_domain", "message_ref"} <= fields
    assert {"content_hash", "note", "by", "alert_id"} <= fields
    # The search finds all that is put in.
    missed = [(identity, form) for identity, form, text in FORMS if identity not in found(text)]
    assert missed == []
    assert found("d-17 at 1748916000500, lte-460-0-4100-100000001") == set()


@pytest.mark.parametrize(("topic", "field"), FIELDS)
def test_none_comes_out_of_decoding(topic: str, field: str) -> None:
    messages = [example(topic) | {field: text} for _, _, text in FORMS]
    messages += [message | {"ts": "broken", "lat": "broken"} for message in messages]
    values = [msgspec.json.encode(message) for message in messages]
    values += [value[:-1] for value in values]
    out = decode(_records(topic, values), HASHER)
    problems = [f"in the batch: {name}" for name in found(as_json(list(_texts(out.batch))))]
    for letter in out.dead:
        content = as_json(msgspec.to_builtins(letter))
        held = base64.b64decode(letter.value_base64 or "")
        problems += [f"in a letter: {name}" for name in found(content) | found(held)]
    assert sorted(set(problems)) == []
    assert out.dead


@pytest.mark.parametrize(("topic", "field"), FIELDS)
def test_none_comes_out_of_recordings_and_bundles(topic: str, field: str) -> None:
    made: list[bytes] = []
    for _, _, text in FORMS:
        lines = [msgspec.json.encode(example(topic) | {field: text})]
        if field == STRANGE[0]:
            lines += [_nested(topic, text), _twice(topic, text), lines[0][:-1]]
        for line in lines:
            made += [hashed_line(line, HASHER), clean_message(line, HASHER, topic) or b""]
    problems = {name: next(one for one in made if name in found(one)) for name in _in_all(made)}
    assert problems == {}


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "number",
    [int(IMSI), -int(IMSI), float(IMSI), int(IMSI) / 1000, int(MSISDN), int("86" + MSISDN)],
)
def test_none_comes_out_as_a_number(topic: str, number: float) -> None:
    for field in ("device", "subscriber", "sender", "note", "by", "imsi", "ts", "length"):
        value = msgspec.json.encode(example(topic) | {field: number})
        out = decode(_records(topic, [value]), HASHER)
        # A field of numbers may hold any that a cell's or a time's can be.
        allowed = {"MSISDN"} if field in ("ts", "length") else set()
        made = [hashed_line(value, HASHER), clean_message(value, HASHER, topic) or b""]
        made += [base64.b64decode(letter.value_base64 or "") for letter in out.dead]
        made += [letter.detail.encode() for letter in out.dead]
        made += [as_json(list(_texts(out.batch))).encode()]
        assert [name for each in made for name in found(each) - allowed] == [], field


@pytest.mark.parametrize("identity", ["IMSI", "MSISDN"])
def test_all_forms_of_one_number_are_one_pseudonym(identity: str) -> None:
    made = {form: HASHER.pseudonym(text) for name, form, text in FORMS if name == identity}
    odd = {form for form, name in made.items() if name != made["bare"]}
    assert odd == set()
    assert made["bare"].startswith("h-")


def test_what_is_no_identifier_stays() -> None:
    for topic in TOPICS:
        value = msgspec.json.encode(example(topic))
        assert hashed_line(value, HASHER) == value
        assert clean_message(value, HASHER, topic) == value
    numbers = {"cell": 13_947_182_650, "ts": AT, "lat": 39.90420123456789, "valid_from": AT}
    line = msgspec.json.encode({"device": "d-1", **numbers, "count": 1_748_916_000})
    assert hashed_line(line, HASHER) == line


def _nested(topic: str, text: str) -> bytes:
    return msgspec.json.encode(example(topic) | {"more": {text: [text, {"at": text}]}})


def _twice(topic: str, text: str) -> bytes:
    """Of two fields of one name readers see the last."""
    first, harmless = msgspec.json.encode({"device": text}), msgspec.json.encode(example(topic))
    return first[:-1] + b',"device":"d-1",' + harmless[1:]


def _in_all(made: list[bytes]) -> set[str]:
    return found(b"\n\n".join(made))


def _records(topic: str, values: list[bytes]) -> RecordSlice:
    count = len(values)
    return RecordSlice(topic, 0, range(count), values, np.full(count, AT, dtype=np.int64))


def _texts(batch: Any) -> Iterator[str]:
    """All texts of a batch, or of a list of rare messages."""
    if isinstance(batch, list):
        yield from (as_json(msgspec.to_builtins(message)) for message in batch)
        return
    for field in dataclasses.fields(batch):
        column = getattr(batch, field.name)
        if isinstance(column, np.ndarray) and column.dtype == np.object_:
            yield from (text for text in column.tolist() if text)
