"""The delivery log as a channel's memory."""

import msgspec
import pytest

from field.channels.delivery.log import Delivery, Result, decode_delivery, delivery, last_sent_by
from field.channels.delivery.outbox import Entry
from field.channels.delivery.policy import LastSent
from tests.field.channels.example import NOW_MS, an_alert


def one(
    revision: int, result: Result, channel: str = "vans", severity: str = "high", **changes: str
) -> Delivery:
    alert = an_alert("a", revision, severity=severity, **changes)
    return delivery(channel, Entry(alert, 0, 7, 100.0), result, 1, "", 101.5)


def test_what_was_sent_or_given_up_counts_as_sent_and_nothing_else() -> None:
    log = [
        one(1, "retry"),
        one(1, "sent"),
        one(9, "sent", channel="others"),
        one(2, "dead", severity="medium"),
        one(3, "dropped"),
        one(4, "retry"),
    ]
    ts = NOW_MS + 2000
    assert last_sent_by("vans", log) == {"a": LastSent(2, "high", 101.5, ts)}
    assert last_sent_by("nobody", log) == {}
    closed = last_sent_by("vans", [one(5, "sent", status="closed")])
    assert closed["a"].closed


def test_a_delivery_has_how_late_it_was() -> None:
    sent = one(1, "sent")
    assert (sent.ts, sent.latency_ms) == (101_500, 1500)
    assert decode_delivery(msgspec.json.encode(sent)) == sent


@pytest.mark.parametrize("value", [None, b"", b"[]", b"\xff", b'{"ts": 1}'])
def test_what_is_no_delivery_is_none(value: bytes | None) -> None:
    assert decode_delivery(value) is None
