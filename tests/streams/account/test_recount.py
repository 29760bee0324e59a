"""A partition counted anew: where each message stands, and which letters it wants."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pytest

from streams.account.letters import Letters
from streams.account.recount import Recount
from streams.account.run import stage_of
from streams.account.shown import as_json, as_text
from streams.account.tally import Statement, Tally
from streams.decode.codec import decode
from streams.decode.dead_letters import DeadItem, dead_letter
from streams.decode.raw_rows import Fault
from streams.decode.records import Decoded, RecordSlice
from streams.kafka.stage_records import RX_TS, WATERMARK_VALUE
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.worker.inputs import list_slice, slice_of
from streams.worker.watermarks import WatermarkTracker

TOPIC = "cell.measurements"
HASHER = Hasher(b"test")
AT_MS = 1_750_000_000_000
ARROW = [("content-type", b"application/vnd.apache.arrow.stream")]
FEW = Limits(letters=2)


class Record(NamedTuple):
    """As consumers give them."""

    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    key: bytes | None = b"d"
    timestamp: int = AT_MS + 3_600_000
    partition: int = 0


def good(at_ms: int = AT_MS, **changes: Any) -> dict[str, Any]:
    row = {"ts": at_ms, "rx_ts": at_ms, "device": f"d-{at_ms}", "rat": "gsm", "mcc": 460, "mnc": 0}
    row |= {"area": 4100, "cell": 1001, "signal_dbm": -80.0, "lat": 30.65, "lon": 104.06}
    return row | changes


def bad(at_ms: int = AT_MS) -> dict[str, Any]:
    return good(at_ms, rat="6g")


def records(*values: Any, first: int = 0) -> list[Record]:
    return [
        Record(first + place, value if isinstance(value, bytes) else json.dumps(value).encode())
        for place, value in enumerate(values)
    ]


def arrow(*rows: dict[str, Any]) -> bytes:
    table = pa.Table.from_pylist(list(rows))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def written(some: Sequence[Record], limits: Limits = DEFAULT) -> list[bytes]:
    """The letters that a worker writes of records."""
    decoded = decode(slice_of(some, TOPIC, 0, limits), HASHER, limits)
    return [msgspec.json.encode(letter) for letter in decoded.dead]


def counted(
    some: Sequence[Record],
    there: Sequence[bytes] = (),
    committed: int | None = 10**6,
    cut: bool = False,
    limits: Limits = DEFAULT,
    read: Any = None,
) -> Statement:
    first, end = (some[0].offset, some[-1].offset + 1) if some else (0, 0)
    tally = Tally(TOPIC, 0, first, end, committed)
    letters = Letters([(TOPIC, 0)])
    for offset, value in enumerate(there):
        letters.put(Record(offset, value))
    recount = Recount(
        tally,
        letters,
        read or partial(decode, hasher=HASHER, limits=limits),
        partial(slice_of, topic=TOPIC, partition=0, limits=limits),
        limits,
        WatermarkTracker(10_000),
        cut,
    )
    recount.count(some)
    found = Statement([tally], [], letters.repeated, letters.strange)
    letters.close()
    return found


def sums(found: Statement) -> tuple[int, ...]:
    """Produced, used, late, repeated, dead, waiting."""
    one = found.inputs[0]
    return one.produced, one.used, one.late, one.repeated, one.dead, one.waiting


def test_messages_are_counted_not_records() -> None:
    some = records(good(AT_MS), [good(AT_MS + 1), good(AT_MS + 2)], [], b"[ ]")
    some.append(Record(4, arrow(good(AT_MS + 3), bad(), good(AT_MS + 5)), ARROW))
    found = counted(some, written(some))
    assert sums(found) == (6, 5, 0, 0, 1, 0)
    assert found.adds_up
    assert found.inputs[0].reasons == {"unknown_value": 1}


def test_what_is_not_committed_waits_with_or_without_letters() -> None:
    some = records(good(), bad(), good(AT_MS + 1), [bad(), good(AT_MS + 2)])
    for there in (written(some)[:1], written(some)):
        found = counted(some, there, committed=2)
        assert sums(found) == (5, 1, 0, 0, 1, 3)
        assert found.adds_up
    assert sums(counted(some, committed=None)) == (5, 0, 0, 0, 0, 5)


def test_late_is_what_came_after_the_partitions_own_promise() -> None:
    some = records(good(AT_MS + 20_000), good(AT_MS + 10_000), good(AT_MS + 9_999), good(AT_MS))
    assert sums(counted(some)) == (4, 2, 2, 0, 0, 0)
    # In one record no less than in four.
    together = records([json.loads(one.value or b"") for one in some])
    assert sums(counted(together)) == (4, 2, 2, 0, 0, 0)


def test_a_publishers_watermark_is_no_message_and_makes_late_what_comes_behind_it() -> None:
    mark = Record(1, WATERMARK_VALUE, [(RX_TS, b"%d" % (AT_MS + 500))])
    some = [*records(good(AT_MS)), mark, *records(good(AT_MS + 499), good(AT_MS + 500), first=2)]
    assert sums(counted(some)) == (3, 2, 1, 0, 0, 0)
    # One that lies further ahead of its own time stamp than a message may be is none.
    ahead = mark._replace(headers=[(RX_TS, b"%d" % (AT_MS + 10 * 86_400_000))])
    assert sums(counted([some[0], ahead, *some[2:]])) == (3, 3, 0, 0, 0, 0)


def test_a_record_that_stood_there_before_is_repeated() -> None:
    some = records(good(), [good(AT_MS + 1), bad()], good(), [good(AT_MS + 1), bad()])
    found = counted(some, written(some))
    assert sums(found) == (6, 2, 0, 2, 2, 0)
    other = [some[0], Record(1, some[0].value, key=b"another")]
    assert sums(counted(other)) == (2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (None, []),
        (b"", []),
        (b"{", []),
        (b"[1,2", []),
        (b"\xff", []),
        (b"[" * 100_000, []),
        (b"ARROW1", ARROW),
        (b"{}", [("content-type", b"text/xml")]),
    ],
)
def test_a_record_that_is_refused_as_a_whole_counts_as_one(
    value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    some = [*records(good()), Record(1, value, headers)]
    found = counted(some, written(some))
    assert sums(found) == (2, 1, 0, 0, 1, 0)
    assert found.adds_up


@pytest.mark.parametrize("form", ["json", "arrow"])
@pytest.mark.parametrize("alive", [True, False])
def test_one_letter_for_many_counts_for_all_of_them(form: str, alive: bool) -> None:
    rows = [bad() for _ in range(7)] + ([good()] if alive else [])
    value = json.dumps(rows).encode() if form == "json" else arrow(*rows)
    some = [Record(0, value, [] if form == "json" else ARROW)]
    there = written(some, FEW)
    assert len(there) == (2 if alive else 1)
    found = counted(some, there, limits=FEW)
    assert sums(found) == (len(rows), int(alive), 0, 0, 7, 0)
    assert found.adds_up


def test_a_letter_that_is_not_there_is_named() -> None:
    some = records(bad(), [good(), bad()])
    found = counted(some, written(some)[:1])
    assert not found.adds_up
    assert found.inputs[0].missing.count == 1
    assert found.inputs[0].missing.first == ["cell.measurements/0 offset 1, index 1: unknown_value"]
    assert "NOT add up" in as_text(found)
    assert json.loads(as_json(found))["adds_up"] is False


def test_a_letter_of_what_a_correlator_left_out_is_none_of_the_message() -> None:
    some = records(good())
    fault = Fault("kills_correlating", "it raises ArithmeticError")
    letter = dead_letter(DeadItem(0, -1, AT_MS, fault), (TOPIC, 0, 0), None, HASHER)
    found = counted(some, [msgspec.json.encode(letter)])
    assert sums(found) == (1, 1, 0, 0, 0, 0)
    assert found.adds_up


def test_a_letter_that_nothing_gives_rise_to_is_named() -> None:
    some = records(good(), bad())
    (there,) = written(some)
    letter = json.loads(there)
    for change in ({"offset": 0}, {"offset": 2}, {"index": 0}, {"reason": "not_json"}):
        found = counted(some, [there, json.dumps(letter | change).encode()])
        assert not found.adds_up, change
        assert found.inputs[0].extra.count == 1
        assert found.inputs[0].missing.count == 0
    for strange in (b"{}", b"\xff", json.dumps(letter | {"topic": "fbs.alerts"}).encode()):
        found = counted(some, [there, strange])
        assert not found.adds_up
        assert found.strange_letters.count == 1


def test_letters_that_stand_twice_count_once() -> None:
    some = records(bad(), bad())
    found = counted(some, [*written(some), *written(some)])
    assert found.adds_up
    assert found.repeated_letters == 2
    assert found.inputs[0].letters == 2


def test_letters_that_retention_took_are_unknown_not_missing() -> None:
    some = records(bad(AT_MS), bad(AT_MS + 1), bad(AT_MS + 2), bad(AT_MS + 3))
    there = written(some)
    found = counted(some, there[2:], cut=True)
    assert found.adds_up
    assert (found.inputs[0].unknown, found.inputs[0].letters) == (2, 2)
    # Behind the first that is kept none can have been taken.
    assert not counted(some, [there[1], there[3]], cut=True).adds_up
    assert counted(some, cut=True).inputs[0].unknown == 4
    assert not counted(some).adds_up


def test_letters_of_records_that_are_deleted_are_beyond_account() -> None:
    some = records(good(AT_MS), bad(AT_MS + 1))
    early = written(records(bad(), first=0))
    later = [one._replace(offset=one.offset + 7) for one in some]
    found = counted(later, [*early, *written(later)])
    assert found.adds_up
    assert found.inputs[0].beyond == 1


def test_a_message_that_decoding_loses_is_named() -> None:
    def forgetful(piece: RecordSlice) -> Decoded[Any]:
        decoded = decode(piece, HASHER)
        return Decoded(decoded.batch.take(decoded.batch.index != 1), decoded.dead, decoded.dropped)

    found = counted(records([good(), good(AT_MS + 1)]), read=forgetful)
    assert not found.adds_up
    named = "cell.measurements/0 offset 0: of 2 messages 1 are accounted for"
    assert found.inputs[0].unaccounted.first == [named]


def test_records_deleted_before_they_were_read_do_not_add_up() -> None:
    found = counted(records(good(), first=9))
    assert found.adds_up
    found.inputs[0].unread = 4
    assert not found.adds_up
    assert "4 records were deleted before they were read" in as_text(found)


def test_the_register_has_deletions_and_no_letters() -> None:
    row = {"radio": "GSM", "mcc": 460, "net": 0, "area": 4100, "cell": 1, "lon": 104.0, "lat": 30.0}
    key = b"gsm-460-0-4100-1"
    some = [
        Record(3, json.dumps([row, row]).encode(), key=key),
        Record(5, None, key=key),
        Record(6, None, key=b"no cell"),
        Record(8, b"17", key=key),
    ]
    tally, letters = Tally("cell.register", 0, 0, 9, None), Letters([])
    read = partial(decode, hasher=HASHER, limits=DEFAULT)
    Recount(tally, letters, read, list_slice, DEFAULT, None).count(some)
    letters.close()
    found = Statement([tally])
    assert sums(found) == (5, 3, 0, 0, 2, 0)
    assert found.adds_up


def test_what_no_state_holds_is_read_again_or_lost() -> None:
    assert (stage_of("fbs.evidence", 0, (0, 90), 50, 60).again) == 0
    gap = stage_of("fbs.evidence", 0, (35, 90), 50, 30)
    assert (gap.again, gap.lost) == (15, 5)
    assert not Statement([], [gap]).adds_up
    # Where there is no state at all, what a former one held can't be known.
    assert stage_of("fbs.evidence", 0, (35, 90), 50, None).lost == 0
    assert stage_of("fbs.evidence", 0, (0, 0), None, None).again == 0
