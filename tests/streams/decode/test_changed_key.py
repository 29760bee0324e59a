"""While the hashing key is changed, each message is hashed by the key of its arrival, wherever it
is read, whatever it is read with, and however often."""

import json
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from streams.decode.codec import decode, decode_table
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import RecordSlice
from streams.decode.topic_reader import arrived_ms
from streams.privacy.hasher import Hasher

T = 1_748_916_000_000
OLD, NEW = Hasher(b"old"), Hasher(b"new")
BOTH = Hasher(b"new", former=(b"old", T))
IMSI = "460001234567890"
CELL = {"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 17, "signal_dbm": -90}
#: Before, at and after the change, also out of order.
ARRIVALS = [T - 2, T - 1, T, T + 1, T - 1, T + 2]


def due(arrival_ms: int) -> Hasher:
    return NEW if arrival_ms >= T else OLD


def records(topic: str, messages: list[dict[str, Any]], stand_ins: list[int]) -> RecordSlice:
    values = [msgspec.json.encode(message) for message in messages]
    rx_ms = np.array(stand_ins, dtype=np.int64)
    return RecordSlice(topic, 0, range(len(values)), values, rx_ms)


@pytest.mark.parametrize("own", [True, False])
def test_rows_are_hashed_by_their_arrival(own: bool) -> None:
    messages = [
        CELL | {"ts": at, "device": IMSI} | ({"rx_ts": at} if own else {}) for at in ARRIVALS
    ]
    stand_ins = [T + 9] * len(ARRIVALS) if own else ARRIVALS
    whole = decode(records("cell.measurements", messages, stand_ins), BOTH).batch
    expected = [due(at).pseudonym(IMSI) for at in ARRIVALS]
    assert whole.device.tolist() == expected
    apart = [
        decode(records("cell.measurements", [one], [at]), BOTH).batch.device[0]
        for one, at in zip(messages, stand_ins, strict=True)
    ]
    assert apart == expected


def test_so_are_rows_of_a_table_and_numbers_in_other_columns() -> None:
    number = "+8613812345678"
    rows = {
        "ts": [at - 5 for at in ARRIVALS],
        "device": [IMSI] * len(ARRIVALS),
        "source": ["smsc"] * len(ARRIVALS),
        "sender": [number] * len(ARRIVALS),
    }
    rx_ms = np.array(ARRIVALS, dtype=np.int64)
    batch = decode_table("sms.metadata", pa.table(rows), BOTH, rx_ms=rx_ms).batch
    assert batch.device.tolist() == [due(at).pseudonym(IMSI) for at in ARRIVALS]
    assert batch.sender.tolist() == [due(at).sender(number) for at in ARRIVALS]


def test_so_are_notes_and_dead_letters() -> None:
    note = {"kind": "maintenance", "from_ts": T, "to_ts": T + 1, "note": f"see {IMSI}"}
    for at in ARRIVALS:
        (change,) = decode(records("network.changes", [note], [at]), BOTH).batch
        assert change.note == due(at).scrub_text(note["note"])
        wrong = CELL | {"ts": at, "device": IMSI, "rat": "none"}
        (letter,) = decode(records("cell.measurements", [wrong], [at]), BOTH).dead
        (alone,) = decode(records("cell.measurements", [wrong], [at]), due(at)).dead
        assert isinstance(letter, DeadLetter)
        assert letter == alone


def test_the_arrival_of_a_message_is_its_own_where_it_has_one() -> None:
    for own, found in ((T, T), (float(T), T), (True, 5), ("x", 5), (None, 5), (0.5, 5)):
        assert arrived_ms(json.dumps({"rx_ts": own}).encode(), 5) == found
    assert arrived_ms(b"\xff", 5) == 5
