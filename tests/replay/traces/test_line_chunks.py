"""Lines of blocks are those of the whole file, and their times those that are written in them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from replay.traces.arrival import NO_TIME, times_of_lines, times_of_rows
from replay.traces.line_chunks import line_chunks
from streams.decode.codec import decode, read_ahead
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher

_HASHER = Hasher(b"a key of tests alone")
_PART = st.sampled_from(
    [b"\n", b"\r\n", b" ", b"\t", b"\r", b"a", b"bc", b"\xff", b"\xef\xbb\xbf", b"{}"]
)
_TIME = st.sampled_from(
    [
        "5",
        "7.0",
        "7.5",
        "-3",
        "1e3",
        "1e300",
        "-0",
        "null",
        "true",
        '"5"',
        "1780000000000",
        "9007199254740993",
    ]
)
_NAME = st.sampled_from(["ts", "rx_ts", "r\\u0078_ts", "device", "sender", "odd"])
_LINE = st.one_of(
    st.lists(st.tuples(_NAME, _TIME), max_size=5).map(
        lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"
    ),
    st.tuples(_TIME, _TIME).map(
        lambda times: (
            f'{{"ts":{times[0]},"rx_ts":{times[1]},"device":"d","sender":"1069","source":"app"}}'
        )
    ),
    st.sampled_from(['{"ts":5', "[]", '{"ts":5,"rx_ts":6} ', "7", '{"device":"\\n"}']),
)


def by_lines(content: bytes) -> list[tuple[int, bytes]]:
    """Each line with its number, as it is read one by one."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [
        (number, line.removesuffix(b"\r")) for number, line in enumerate(lines, 1) if line.strip()
    ]


@given(st.lists(st.lists(_PART, max_size=6).map(b"".join), max_size=6), st.integers(1, 4))
@example([b"", b"\xef", b"\xbb\xbf\na", b"b\n\n c"], 1)
def test_lines_are_those_of_the_whole_file(blocks: list[bytes], chunk_rows: int) -> None:
    chunks = list(line_chunks(blocks, chunk_rows))
    found = [
        row for chunk in chunks for row in zip(chunk.numbers.tolist(), chunk.values, strict=True)
    ]
    assert found == by_lines(b"".join(blocks))
    assert all(len(chunk.values) == chunk_rows for chunk in chunks[:-1])
    assert all(0 < len(chunk.values) <= chunk_rows for chunk in chunks)


@pytest.mark.parametrize("topic", ["cell.measurements", "sms.metadata"])
@given(lines=st.lists(_LINE.map(str.encode), max_size=8))
def test_times_of_rows_are_those_of_lines(topic: str, lines: list[bytes]) -> None:
    ahead = read_ahead(topic, lines)
    assert ahead is not None
    found, expected = times_of_rows(lines, ahead.rows), times_of_lines(lines)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.tolist() == theirs.tolist()


def test_lines_give_rows() -> None:
    line = b'{"ts":5,"rx_ts":6,"device":"d","sender":"1069","source":"app"}'
    lines = [line, line.replace(b"5", b"1e300"), line.replace(b"5", b"6.5")]
    ahead = read_ahead("sms.metadata", lines)
    assert ahead is not None
    assert ahead.rows.record.tolist() == [0, 1, 2]
    ts, rx_ts = times_of_rows(lines, ahead.rows)
    assert ts.tolist() == [5, NO_TIME, NO_TIME]
    assert rx_ts.tolist() == [6, 6, 6]


@given(lines=st.lists(_LINE.map(str.encode), max_size=8))
def test_lines_that_were_read_ahead_decode_alike(lines: list[bytes]) -> None:
    rx_ms = np.full(len(lines), 1_780_000_000_000)
    records = RecordSlice("sms.metadata", 0, np.arange(len(lines)), lines, rx_ms, arrays=False)
    ours = decode(records, _HASHER, ahead=read_ahead("sms.metadata", lines))
    theirs = decode(records, _HASHER)
    assert ours.dead == theirs.dead
    assert ours.dropped == theirs.dropped
    for name in ("ts_ms", "rx_ms"):
        columns: list[Any] = [getattr(each.batch, name).tolist() for each in (ours, theirs)]
        assert columns[0] == columns[1]


def test_rare_messages_are_not_read_ahead() -> None:
    assert read_ahead("network.changes", [b"{}"]) is None
    with pytest.raises(KeyError):
        read_ahead("fbs.alerts", [b"{}"])
