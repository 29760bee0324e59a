"""Verdicts on single messages: those of the decoder, with a reason for all that it would drop."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.decode.check import Line, Verdict, verdicts
from streams.decode.codec import TOPICS
from streams.decode.schema import SCHEMAS
from streams.privacy.hasher import Hasher

HASHER = Hasher(b"key")
RX_MS = 1748920000000


def checked(topic: str, *values: bytes) -> list[Verdict]:
    return list(verdicts(topic, [Line(n, v, RX_MS) for n, v in enumerate(values, 1)], HASHER))


def changed(topic: str, **fields: Any) -> bytes:
    return json.dumps({**SCHEMAS[topic].example, **fields}).encode()


def only(topic: str, **fields: Any) -> Verdict:
    (verdict,) = checked(topic, changed(topic, **fields))
    return verdict


@pytest.mark.parametrize("topic", SCHEMAS)
def test_an_example_is_accepted(topic: str) -> None:
    assert only(topic) == Verdict(1, None, "accepted")


def test_limits_are_readable_where_what_stood_there_is_hashed() -> None:
    due = "an integer from -253402300799999 to 253402300799999 is due"
    (call,) = only("call.signalling", rx_ts=460017301948265).reasons
    (row,) = checked("number.register", b'{"ts": 1748901600000, "prefix": "86", "valid_to": 1e15}')
    assert call.endswith(f", {due}")
    assert "460017301948265" not in call
    assert row.reasons[0].endswith(f", {due}")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff", "not_utf8"),
        (b"nonsense", "not_json"),
        (b'{"ts": 1', "not_json"),
        (b"", "not_json"),
        (b"5", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b'{"ts": 1748916000500}', "missing_field"),
        (b"[" * 100_000, "nested_too_deeply"),
        (changed("cell.signalling", ts="1748916000500"), "wrong_type"),
        (changed("cell.signalling", ts=None), "missing_field"),
        (changed("cell.signalling", ts=1), "time_out_of_range"),
        (changed("cell.signalling", rx_ts=RX_MS, ts=RX_MS + 86_400_001), "time_out_of_range"),
        (changed("cell.signalling", procedure="dance"), "unknown_value"),
        (changed("cell.signalling", mcc=1000), "out_of_range"),
        (changed("cell.signalling", mcc=460.5), "wrong_type"),
        (changed("cell.signalling", area=65536), "area_does_not_fit"),
        (changed("cell.signalling", cell=65536), "cell_does_not_fit"),
    ],
)
def test_a_dead_letter_has_its_reason(value: bytes, reason: str) -> None:
    (verdict,) = checked("cell.signalling", value)
    assert (verdict.outcome, verdict.index) == ("dead letter", None)
    assert [text.partition(",")[0] for text in verdict.reasons] == [reason]


@pytest.mark.parametrize(
    ("topic", "fields", "reason"),
    [
        ("cell.signalling", {"cause": 256}, "cause is 256, an integer from 0 to 255 is due"),
        ("cell.signalling", {"cause": "13"}, 'cause is "13", an integer is due'),
        ("cell.signalling", {"csfb": 1}, "csfb is 1, true or false is due"),
        (
            "cell.signalling",
            {"outcome": "maybe"},
            'outcome is "maybe", one of accept, reject, abort is due',
        ),
        (
            "cell.signalling",
            {"old_area": 70000, "old_rat": "gsm"},
            "old_area does not fit the bits that its RAT has for areas",
        ),
        ("cell.signalling", {"lat": 39.9}, "lat is half a position"),
        ("cell.measurements", {"timing_advance": 1283}, "timing_advance is more than its RAT has"),
        ("cell.measurements", {"neighbours": 5}, "neighbours is 5, a list of objects is due"),
        (
            "cell.measurements",
            {"neighbours": [{"pci": 1}, {"pci": 1008}]},
            "neighbours.pci is 1008, an integer from 0 to 1007 is due",
        ),
        (
            "cell.measurements",
            {"neighbours": [{"rat": "gsm", "cell": 65536}]},
            "neighbours.cell does not fit the bits that its RAT has for cells",
        ),
        ("cell.measurements", {"broadcast": []}, "broadcast is [], an object is due"),
        (
            "cell.measurements",
            {"broadcast": {"t3212_min": -1}},
            "broadcast.t3212_min is -1, a number from 0 is due",
        ),
        (
            "sms.metadata",
            {"content_hash": "short"},
            'content_hash is "short", 16 hexadecimal digits is due',
        ),
        ("sms.metadata", {"rat": "5g"}, 'rat is "5g", one of gsm, umts, lte, nr is due'),
        ("cell.register", {"kind": "huge"}, 'kind is "huge", one of macro, micro'),
    ],
)
def test_a_dropped_field_has_its_reason(topic: str, fields: Mapping[str, Any], reason: str) -> None:
    verdict = only(topic, **fields)
    assert verdict.outcome == "accepted in part"
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith(reason)


@pytest.mark.parametrize(
    ("topic", "message", "reason"),
    [
        ("network.changes", {"kind": "party"}, 'kind is "party", one of replan, new_site'),
        ("network.changes", {"from_ts": "now"}, 'from_ts is "now", an integer from'),
        ("network.changes", {"cells": ["lte-1", 5]}, 'cells is "lte-1", a list, each item a key'),
        ("network.changes", {"polygon": {}}, "polygon is {}, what docs/messages.md shows is due"),
        ("field.feedback", {"withdrawn": "yes"}, 'withdrawn is "yes", true or false is due'),
        ("field.feedback", {"mute_radius_m": -1}, "mute_radius_m is -1, a number from 0 to 50000"),
    ],
)
def test_rare_messages_have_reasons_too(
    topic: str, message: Mapping[str, Any], reason: str
) -> None:
    (verdict,) = checked(topic, json.dumps(message).encode())
    assert verdict.outcome == "accepted in part"
    assert verdict.reasons[0].startswith(reason)


def test_lines_keep_their_numbers_and_their_order() -> None:
    good, part = changed("cell.signalling"), changed("cell.signalling", cause=999)
    found = checked("cell.signalling", good, part, b"x", good, good, part)
    assert [(one.line, one.outcome) for one in found] == [
        (1, "accepted"),
        (2, "accepted in part"),
        (3, "dead letter"),
        (4, "accepted"),
        (5, "accepted"),
        (6, "accepted in part"),
    ]


def test_an_array_is_looked_at_item_by_item() -> None:
    items = [changed("cell.signalling"), b"5", changed("cell.signalling", csfb="no"), b"[]"]
    found = checked("cell.signalling", b"[" + b", ".join(items) + b"]")
    assert [(one.line, one.index) for one in found] == [(1, 0), (1, 1), (1, 2), (1, 3)]
    assert [one.outcome for one in found] == [
        *("accepted", "dead letter", "accepted in part", "dead letter")
    ]


def test_a_verdict_names_nobody() -> None:
    found = only("cell.signalling", cause="460001234567890", subscriber="460001234567890")
    assert "460001234567890" not in str(found)
    (dead,) = checked("cell.signalling", changed("cell.signalling", ts="460001234567890"))
    assert "460001234567890" not in str(dead)


def test_a_topic_that_is_no_input_has_no_verdict() -> None:
    with pytest.raises(KeyError):
        checked("fbs.alerts", b"{}")


@given(st.sampled_from(sorted(TOPICS)), st.lists(st.binary(max_size=40), max_size=5))
@settings(max_examples=60)
def test_whatever_the_bytes_there_is_a_verdict_on_each_line(
    topic: str, values: list[bytes]
) -> None:
    found = checked(topic, *values)
    # An empty array is nothing.
    nothing = {n for n, value in enumerate(values, 1) if value.split() in ([b"[]"], [b"[", b"]"])}
    assert {one.line for one in found} | nothing == set(range(1, len(values) + 1))


def test_an_array_that_is_too_large_is_dead_as_a_whole() -> None:
    line = Line(1, b"[" + b"{}," * 100_000 + b"{}]", 1_748_916_000_500)
    (found,) = verdicts("cell.measurements", [line], Hasher(b"key"))
    assert str(found) == ("line 1: dead letter: too_large, 100001 messages are more than 100000")
