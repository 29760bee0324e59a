"""The rare messages about numbers and subscribers, and what `sms.metadata` has of calls."""

import json
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow, PublicReport, Reputation, SubscriberChange
from streams.decode.clean_messages import RARE, clean_message, hashed_line
from streams.decode.codec import decode, decode_table
from streams.decode.rare.topics import RARE_FIELDS
from streams.decode.records import ARROW, Decoded, RecordSlice
from streams.privacy.hasher import Hasher

AT = 1_748_916_000_000
HASHER = Hasher(b"test")
HASH = "h-3b0f6a71c2d94e58a6b1f0d2"
ROW = {"ts": AT, "prefix": "8640012"}
CHANGE = {"ts": AT, "subscriber": "s-1", "kind": "sim_replaced"}
REPORT = {"ts": AT, "source": "12321", "about": "call", "number": HASH}
MARK = {"ts": AT, "number": HASH, "mark": "harassment"}
WHOLE = {
    "number.register": ROW,
    "subscriber.changes": CHANGE,
    "public.reports": REPORT,
    "number.reputation": MARK,
}
NAME = HASHER.sender("+8613812345678")


def decoded(topic: str, *messages: Any, **more: Any) -> Decoded[Any]:
    values = [m if isinstance(m, bytes) or m is None else json.dumps(m).encode() for m in messages]
    rx_ms = np.full(len(values), AT + 5)
    return decode(RecordSlice(topic, 0, range(len(values)), values, rx_ms, **more), HASHER)


def test_a_row_of_the_register_of_numbers() -> None:
    more = {"length": 12, "class": "400", "rights": ["t-1", 5, "t-2"], "protected": True}
    more |= {"valid_from": AT, "valid_to": "x", "trusted": 1, "carrier": "c-9", "odd": 1}
    found = decoded("number.register", ROW | more, ROW | {"rx_ts": AT + 1})
    source = Source("number.register", 0, 0, -1)
    row = NumberRow(rx_ts=AT + 5, source=source, ts=AT, prefix="8640012", length=12)
    assert found.batch[0] == _changed(
        row,
        number_class="400",
        rights=("t-1", "t-2"),
        protected=True,
        valid_from=AT,
        carrier="c-9",
    )
    assert found.batch[1].rx_ts == AT + 1
    assert dict(+found.dropped) == {"rights": 1, "valid_to": 1, "trusted": 1}


@pytest.mark.parametrize(
    ("written", "prefix", "number"),
    [
        ("8640012", "8640012", None),
        ("+86", "86", None),
        ("95588", "95588", None),
        # What is longer than a prefix is one number.
        ("8613812345678", None, NAME),
        ("+8613812345678", None, NAME),
        ("tel:+86-138-1234-5678", None, NAME),
        (HASH, None, HASH),
    ],
)
def test_a_range_or_one_number(written: str, prefix: str | None, number: str | None) -> None:
    line = json.dumps(ROW | {"prefix": written}).encode()
    sent = hashed_line(line, HASHER)
    assert b"12345678" not in sent
    (row,), (played,) = (decoded("number.register", value).batch for value in (line, sent))
    assert (row.prefix, row.number) == (played.prefix, played.number) == (prefix, number)
    # A key takes back what it named.
    (gone,) = decoded("number.register", None, keys=[written.encode()]).batch
    assert (gone.prefix, gone.number, gone.deleted) == (prefix, number, True)


def test_reports_changes_and_marks() -> None:
    (change,) = decoded("subscriber.changes", CHANGE | {"subscriber": "460001234567890"}).batch
    assert isinstance(change, SubscriberChange)
    assert (change.subscriber, change.kind) == (HASHER.pseudonym("460001234567890"), "sim_replaced")
    more = {"number": "013812345678", "reporter": "+8613912345678", "category": "of 13912345678"}
    (report,) = decoded("public.reports", REPORT | more).batch
    assert isinstance(report, PublicReport)
    assert (report.number, report.prefix, report.length) == (NAME, "8613812", 13)
    assert report.by == "12321"
    assert "13912345678" not in f"{report.reporter} {report.category}"
    beside = {"number_prefix": "861381234", "number_length": 13, "appealed": True, "count": 4}
    (mark,) = decoded("number.reputation", MARK | beside).batch
    assert isinstance(mark, Reputation)
    assert (mark.number, mark.prefix, mark.length, mark.count) == (HASH, "8613812", 13, 4)
    found = decoded("number.reputation", MARK | beside | {"number_length": 3, "count": -1})
    assert found.batch[0].length is None
    assert dict(+found.dropped) == {"number_length": 1, "count": 1}
    (gone,) = decoded("number.reputation", None, keys=[HASH.encode()]).batch
    assert (gone.number, gone.mark, gone.by, gone.deleted) == (HASH, None, None, True)
    # A source with a key of its own takes back nobody else's mark.
    (gone,) = decoded("number.reputation", None, keys=[f"{HASH}|cellhound".encode()]).batch
    assert (gone.number, gone.by, gone.deleted) == (HASH, "cellhound", True)


def test_a_change_names_its_subscriber_as_texts_and_as_calls_do() -> None:
    for text in ("+8613812345678", "13812345678"):
        (change,) = decoded("subscriber.changes", CHANGE | {"subscriber": text}).batch
        assert change.number == NAME
        assert change.subscriber == HASHER.pseudonym(text) != NAME
    (change,) = decoded("subscriber.changes", CHANGE | {"subscriber": HASH}).batch
    assert change.number == change.subscriber == HASH
    (change,) = decoded("subscriber.changes", CHANGE | {"subscriber": "sub-x"}).batch
    assert change.number is None


def test_a_report_names_a_number_or_a_domain() -> None:
    nothing = {name: value for name, value in REPORT.items() if name != "number"}
    (report,) = decoded("public.reports", nothing | {"url_domain": "a.b.vercel.app"}).batch
    assert (report.number, report.url_domain) == (None, "b.vercel.app")
    found = decoded("public.reports", nothing, nothing | {"number": "", "url_domain": 7})
    assert [letter.reason for letter in found.dead] == ["missing_field"] * 2
    assert not +found.dropped


@pytest.mark.parametrize("topic", WHOLE)
def test_what_is_required_makes_a_dead_letter(topic: str) -> None:
    """By JSON, Arrow and tables."""
    required = [field.name for field in RARE_FIELDS[topic] if field.required]
    assert set(required) <= set(WHOLE[topic])
    for name in required:
        for wrong, reason in ((None, "missing_field"), (True, "wrong_type"), (5.5, "wrong_type")):
            message = WHOLE[topic] | {name: wrong}
            sink = pa.BufferOutputStream()
            table = pa.Table.from_pylist([message])
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            for found in (
                decoded(topic, message),
                decoded(topic, [message, message]),
                decoded(topic, bytes(sink.getvalue()), content_types=[ARROW]),
                decode_table(topic, table, HASHER, rx_ms=np.array([AT + 5])),
            ):
                assert {letter.reason for letter in found.dead} == {reason}, name
                assert found.batch == []
    late = WHOLE[topic] | {"ts": AT + 2 * 86_400_000}
    assert [one.reason for one in decoded(topic, late, b"x", b"[5]").dead] == [
        "time_out_of_range",
        "not_json",
        "not_an_object",
    ]


def test_listed_texts_and_values_that_are_not_shown() -> None:
    for topic, name in (("subscriber.changes", "kind"), ("public.reports", "about")):
        (letter,) = decoded(topic, WHOLE[topic] | {name: "none of these"}).dead
        assert letter.reason == "unknown_value"
    (letter,) = decoded("number.reputation", MARK | {"number": 861087654321}).dead
    assert "861087654321" not in letter.detail


def test_a_deletion_needs_a_key_and_a_compacted_topic() -> None:
    for topic, keys in (
        ("number.register", None),
        ("number.register", [b""]),
        ("number.reputation", [b"\xff"]),
        ("public.reports", [HASH.encode()]),
        ("subscriber.changes", [b"s-1"]),
    ):
        found = decoded(topic, None, keys=keys)
        assert ([letter.reason for letter in found.dead], found.batch) == (["tombstone"], [])


@pytest.mark.parametrize("topic", sorted(RARE_FIELDS))
def test_what_is_read_is_what_leaves(topic: str) -> None:
    read = {field.name for field in RARE_FIELDS[topic]}
    assert read <= RARE[topic]
    if topic in WHOLE:
        assert read == RARE[topic]
        value = json.dumps(WHOLE[topic]).encode()
        assert clean_message(value, HASHER, topic) == value


def test_texts_ask_to_be_called_back() -> None:
    sms = {"ts": AT, "device": "d", "source": "smsc", "sender": "95588"}
    messages = [
        sms | {"callback": "13812345678", "short_url": True, "url_domain": "a.b.pages.dev"},
        sms | {"callback": HASH, "callback_prefix": "8613812", "callback_length": 13},
        sms,
    ]
    for found in (
        decoded("sms.metadata", *messages),
        decoded("device.sms", messages[2] | {"source": "device"}),
    ):
        assert not found.dead
        assert not +found.dropped
    batch = decoded("sms.metadata", messages).batch
    assert batch.callback.tolist() == [NAME, HASH, None]
    assert batch.callback_prefix.tolist() == [8613812, 8613812, 0]
    assert batch.callback_digits.tolist() == [7, 7, 0]
    assert batch.callback_length.tolist()[:2] == [13, 13]
    assert batch.short_url.tolist()[0] == 1.0
    assert batch.url_domain.tolist() == ["b.pages.dev", None, None]
    wrong = decoded("sms.metadata", sms | {"callback": 13812345678, "short_url": "yes"})
    assert dict(+wrong.dropped) == {"callback": 1, "short_url": 1}
    assert b"12345678" not in hashed_line(json.dumps(messages[0]).encode(), HASHER)


def _changed(row: NumberRow, **more: Any) -> NumberRow:
    return msgspec.structs.replace(row, **more)


def test_a_report_of_a_known_text_alone() -> None:
    """Who shares texts of frauds names no number; what is no hash may be one, and is dropped."""
    form = {"ts": AT, "source": "police", "about": "sms", "content_hash": "9F3A64C0DE115B02"}
    (report,) = decoded("public.reports", form).batch
    assert (report.number, report.content_hash) == (None, "9f3a64c0de115b02")
    for wrong in ("1234567890123456", "9f3a", 5):
        found = decoded("public.reports", form | {"content_hash": wrong})
        assert [letter.reason for letter in found.dead] == ["missing_field"]
    sent = clean_message(json.dumps(form).encode(), HASHER, "public.reports")
    assert sent is not None
    assert b"9F3A64C0DE115B02" in sent
