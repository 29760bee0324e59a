"""Secret identities in all forms, put into every text field of every input: none comes out."""

import base64
import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from streams.decode.clean_messages import clean_message, hashed_line
from streams.decode.codec import TOPICS, decode
from streams.decode.rare.topics import RARE_FIELDS
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
    "number.register": {"ts": AT, "prefix": "8640012", "rights": ["t-1"], "valid_from": AT},
    "subscriber.changes": {"ts": AT, "subscriber": "s-1", "kind": "activated", "outlet": "o-3"},
    "public.reports": {"ts": AT, "source": "bank", "about": "url", "url_domain": "a.example"},
    "number.reputation": {"ts": AT, "number": "h-" + "0a1b" * 6, "mark": "x", "count": 41},
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
    assert {"content_hash", "note", "by", "alert_id", "callback", "caller", "callee"} <= fields
    assert {"caller_prefix", "asserted", "redirecting", "presented", "sim", "terminal"} <= fields
    assert {"call_ref", "ported_to", "number", "prefix", "reporter", "case_ref", "mark"} <= fields
    # The search finds all that is put in.
    missed = [(identity, form) for identity, form, text in FORMS if identity not in found(text)]
    assert missed == []
    assert found("d-17 at 1748916000500, lte-460-0-4100-100000001") == set()


def test_the_search_finds_one_among_many() -> None:
    """All that one decode makes is searched at once: a form among much else is found, too."""
    harmless = [as_json(example(topic) | {"device": "h-0a1b2c3d4e5f6071"}) for topic in TOPICS]
    assert _in_all(harmless) == set()
    missed = [
        (identity, form)
        for identity, form, text in FORMS
        if identity not in _in_all([*harmless, as_json(text), *harmless])
    ]
    assert missed == []


@pytest.mark.parametrize("topic", TOPICS)
def test_none_comes_out_of_decoding(topic: str) -> None:
    whole = _in_all_fields(topic)
    # In a field with a list of values each form makes the message a dead letter.
    listed = [example(topic) | {field: text} for field in _listed(topic) for _, _, text in FORMS]
    bad = {"ts": "broken", "lat": "broken"}
    values = [msgspec.json.encode(message) for message in (*whole, *listed)]
    values += [value[:-1] for value in values]
    # Of a change nothing is refused but what is no object.
    if topic != "network.changes":
        values += [msgspec.json.encode(message | bad) for message in (*whole, *listed)]
    out = decode(_records(topic, values), HASHER)
    # So every form was in every field of a message that is used, and of one that is not.
    assert len(out.dead) == len(values) - len(whole), {letter.reason for letter in out.dead}
    made = [*_texts(out.batch)]
    for letter in out.dead:
        assert re.fullmatch(r"[0-9a-f]{64}", letter.sha256)
        rest = {"value_base64": None, "sha256": None, "offset": None}
        made.append(as_json(msgspec.to_builtins(letter) | rest))
        made.append(base64.b64decode(letter.value_base64 or "").decode("utf-8", "replace"))
    assert _named(made) == {}


@pytest.mark.parametrize("topic", TOPICS)
def test_none_comes_out_of_recordings_and_bundles(topic: str) -> None:
    lines = [msgspec.json.encode(message) for message in _in_all_fields(topic)]
    lines += [line[:-1] for line in lines]
    for _, _, text in FORMS:
        lines += [msgspec.json.encode(example(topic) | {field: text}) for field in _listed(topic)]
        lines += [_nested(topic, text), _twice(topic, text)]
    made = [hashed_line(line, HASHER) for line in lines]
    made += [clean_message(line, HASHER, topic) or b"" for line in lines]
    assert _named([one.decode("utf-8", "replace") for one in made]) == {}


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "number",
    [int(IMSI), -int(IMSI), float(IMSI), int(IMSI) / 1000, int(MSISDN), int("86" + MSISDN)],
)
def test_none_comes_out_as_a_number(topic: str, number: float) -> None:
    for field in (
        *("device", "subscriber", "sender", "note", "by", "imsi", "ts", "length"),
        *("caller", "callee", "number", "prefix", "callback_prefix", "rights", "sim"),
    ):
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


def _listed(topic: str) -> list[str]:
    """The field whose values are from a list."""
    if topic not in SCHEMAS:
        return []
    return [next(spec.name for spec in SCHEMAS[topic].fields if spec.kind == "listed")]


def _in_all_fields(topic: str) -> list[dict[str, Any]]:
    """Messages that together have each form in each field of any text, another in each field."""
    fields = [name for name in (*text_fields(topic), *STRANGE) if name not in _listed(topic)]
    count = len(FORMS)
    return [
        example(topic) | {name: FORMS[(at + 7 * n) % count][2] for n, name in enumerate(fields)}
        for at in range(count)
    ]


def _in_all(made: list[str]) -> set[str]:
    """The identities in all texts; a word stands between them, so that no digits meet."""
    return found("\n and \n".join(dict.fromkeys(made)))


def _named(made: list[str]) -> dict[str, str]:
    """For each identity that is found in the texts, one that holds it."""
    return {name: next(one for one in made if name in found(one)) for name in _in_all(made)}


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
