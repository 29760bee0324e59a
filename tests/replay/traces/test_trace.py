"""Traces on disk in all forms, and the stand-in arrival times against a naive twin.

Long because each form on disk is tried with all that may be wrong with a line.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from replay.traces.arrival import NO_TIME, times_of_lines, with_arrivals
from replay.traces.trace import LineFile, Lines, read_lines, read_messages, read_tables
from replay.traces.trace_files import FORMS, TraceError, open_trace
from replay.traces.trace_writer import TraceWriter

DAY = 86_400_000
TOPIC = "cell.measurements"
LINES = [form for form in FORMS if form != ".parquet"]


def packed(form: str, content: bytes) -> bytes:
    if form.endswith(".gz"):
        return gzip.compress(content)
    return zstandard.compress(content) if form.endswith(".zst") else content


def lines_of(file: LineFile) -> list[tuple[int, bytes, int, int]]:
    return [
        row
        for chunk in file
        for row in zip(
            chunk.line_numbers.tolist(),
            chunk.values,
            chunk.rx_ms.tolist(),
            chunk.arrival_ms.tolist(),
            strict=True,
        )
    ]


def twin(ts: list[int | None]) -> list[int]:
    """Arrival times line by line, looking at the whole file."""
    readable = [(at, t) for at, t in enumerate(ts) if t is not None]
    counted: list[int | None] = [None] * len(ts)
    for place, (at, t) in enumerate(readable):
        ahead_of_last = place == 0 or t - readable[place - 1][1] > DAY
        ahead_of_next = place + 1 < len(readable) and t - readable[place + 1][1] > DAY
        if not (ahead_of_last and ahead_of_next):
            counted[at] = t
    first = next((t for t in counted if t is not None), 0)
    arrivals = []
    for known in counted:
        first = first if known is None else max(first, known)
        arrivals.append(first)
    return arrivals


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.sampled_from([0, 1, DAY, DAY + 1, 2 * DAY + 2, 2 * DAY + 3, 400 * DAY, -DAY]),
        ),
        max_size=14,
    ),
    st.integers(1, 5),
)
def test_stand_in_arrivals_do_not_depend_on_chunks(ts: list[int | None], size: int) -> None:
    column = np.array([NO_TIME if t is None else t for t in ts], dtype=np.int64)

    def chunks() -> Iterator[tuple[int, Any]]:
        for start in range(0, len(column), size):
            yield start, column[start : start + size]

    parts = list(with_arrivals(chunks))
    assert [start for start, _ in parts] == list(range(0, len(ts), size))
    assert [t for _, part in parts for t in part.tolist()] == twin(ts)


@pytest.mark.parametrize(
    ("ts", "arrivals"),
    [
        ([5, 9 * DAY, 6], [5, 5, 6]),
        ([9 * DAY, 5, 6], [5, 5, 6]),
        ([5, 9 * DAY, None, 6], [5, 5, 5, 6]),
        ([5, 9 * DAY, 9 * DAY + 1, 6], [5, 9 * DAY, 9 * DAY + 1, 9 * DAY + 1]),
        ([5, 6, 9 * DAY], [5, 6, 9 * DAY]),
        ([5, 5 + DAY, 5], [5, 5 + DAY, 5 + DAY]),
        ([None, None, 7, 3], [7, 7, 7, 7]),
        ([None], [0]),
    ],
)
def test_stand_in_arrivals(ts: list[int | None], arrivals: list[int]) -> None:
    assert twin(ts) == arrivals


def test_times_of_lines_are_whole_numbers_or_none() -> None:
    values = [
        *(b'{"ts":5,"rx_ts":6}', b'{"rx_ts":7,"x":{"ts":1},"ts":5.0}', b'{"ts":5.5}'),
        *(b'{"ts":"5"}', b'{"ts":true}', b'{"ts":1e300}', b'{"ts":9007199254740993}'),
        *(b'{"ts":5', b"\xff", b"[5]", b"null", b'{"rx_ts":253402300800000}'),
    ]
    ts, rx_ts = times_of_lines(values)
    assert ts.tolist() == [5, 5] + [NO_TIME] * 10
    assert rx_ts.tolist() == [6, 7] + [NO_TIME] * 10


@pytest.mark.parametrize("form", LINES)
def test_lines_keep_their_bytes_and_numbers(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"sms{form}"
    content = b'\r\n{"ts":3, "rx_ts":9}\r\n\n  {"ts":1}\n \nbroken\xff\n{"ts":4}'
    path.write_bytes(packed(form, content))
    file = read_lines(path, chunk_rows=2)
    assert lines_of(file) == [
        (2, b'{"ts":3, "rx_ts":9}', 3, 9),
        (4, b'  {"ts":1}', 3, 3),
        (6, b"broken\xff", 3, 3),
        (7, b'{"ts":4}', 4, 4),
    ]
    assert [int(chunk.line_numbers[0]) for chunk in file] == [2, 6]
    assert file.warning is None


@pytest.mark.parametrize("form", LINES)
def test_an_empty_file_has_no_lines(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"sms{form}"
    for content in (b"", packed(form, b""), packed(form, b"\n \n")):
        path.write_bytes(content)
        assert list(read_lines(path)) == []


@pytest.mark.parametrize("form", [".jsonl.gz", ".jsonl.zst"])
def test_a_packed_file_of_several_parts_is_read_to_its_end(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"sms{form}"
    path.write_bytes(packed(form, b'{"ts":1}\n{"t') + packed(form, b"") + packed(form, b's":2}\n'))
    file = read_lines(path)
    assert [line[1] for line in lines_of(file)] == [b'{"ts":1}', b'{"ts":2}']
    assert file.warning is None


def many_lines(count: int) -> list[bytes]:
    return [b'{"ts":%d,"n":%d}' % (n, n * n * 7919 % 1_000_003) for n in range(count)]


@pytest.mark.parametrize("form", [".jsonl.gz", ".jsonl.zst"])
def test_of_a_file_cut_short_what_can_be_read_is_kept(
    tmp_path: Path, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    values = many_lines(100_000)
    content = packed(form, b"\n".join(values))
    path = tmp_path / f"sms{form}"
    path.write_bytes(content[: len(content) * 2 // 3])
    file = read_lines(path)
    got = [line[1] for line in lines_of(file)]
    assert 30_000 < len(got) < 90_000
    assert got[:-1] == values[: len(got) - 1]
    assert "is cut short" in str(file.warning)
    assert str(path) in str(file.warning)
    assert [line[1] for line in lines_of(file)] == got
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("replay.")]
    assert logged == [file.warning]  # Once, however often the file is gone through.


@pytest.mark.parametrize("form", [".jsonl.gz", ".jsonl.zst"])
def test_a_damaged_file_leaves_a_warning(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"sms{form}"
    path.write_bytes(b'{"ts":1}\n')
    file = read_lines(path)
    assert list(file) == []
    assert "is damaged" in str(file.warning)


def test_the_forms_of_lines_and_tables_are_distinguished(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="read_tables"):
        read_lines(tmp_path / "sms.parquet")
    with pytest.raises(TraceError, match="ends in none of"):
        read_lines(tmp_path / "sms.json")
    with pytest.raises(TraceError, match="can't be read"):
        list(read_lines(tmp_path / "sms.jsonl"))


def test_open_trace_finds_the_files(tmp_path: Path) -> None:
    for name in ("sms.jsonl", "field.parquet", "changes.jsonl.zst", "register.csv.gz", "x.jsonl"):
        (tmp_path / name).touch()
    trace = open_trace(tmp_path)
    assert {topic: path.name for topic, path in trace.files.items()} == {
        "sms.metadata": "sms.jsonl",
        "network.changes": "changes.jsonl.zst",
        "field.measurements": "field.parquet",
    }
    assert trace.register == tmp_path / "register.csv.gz"
    assert trace.truth is None


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "holds no file of a trace"),
        (("register.csv", "truth.jsonl"), "holds no file of a trace"),
        (("sms.jsonl", "sms.parquet"), r"sms\.jsonl and sms\.parquet"),
        (("sms.jsonl", "register.csv", "register.csv.gz"), r"register\.csv and register\.csv\.gz"),
    ],
)
def test_what_is_no_trace(tmp_path: Path, names: tuple[str, ...], says: str) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(TraceError, match=says):
        open_trace(tmp_path)
    with pytest.raises(TraceError, match="no such folder"):
        open_trace(tmp_path / "nowhere")


MESSAGES: list[dict[str, Any]] = [
    {"ts": 1, "device": "a", "rat": "lte", "mcc": 460, "mnc": 0, "area": 1, "cell": 2}
    | {"signal_dbm": -90.5, "serving": True, "timing_advance": 3, "lat": 39, "lon": 116.4},
    {"ts": 2, "device": "b", "rat": "nr", "mcc": 460, "mnc": 1, "area": 5, "cell": 68719476734}
    | {"signal_dbm": -80.0, "rx_ts": 77, "firmware": "2024-01-01", "build": 7}
    | {"neighbours": [{"rat": "nr", "pci": 4}, {"signal_dbm": -99.0}], "broadcast": {"gprs": True}},
]


def write(folder: Path, form: str, values: list[bytes], topic: str = TOPIC) -> dict[str, int]:
    with TraceWriter(folder, form) as writer:
        writer.write(topic, values[:1])
        writer.write(topic, iter(values[1:]))
    return writer.left_out


@pytest.mark.parametrize("form", FORMS)
def test_a_trace_that_is_written_is_read_again(tmp_path: Path, form: str) -> None:
    values = [msgspec.json.encode(message) for message in MESSAGES]
    assert write(tmp_path, form.removeprefix("."), values) == {}
    trace = open_trace(tmp_path)
    assert trace.files == {TOPIC: tmp_path / f"measurements{form}"}
    messages = list(read_messages(trace, TOPIC))
    assert [msgspec.json.decode(message.value) for message in messages] == MESSAGES
    assert [message.arrival_ms for message in messages] == [1, 77]
    assert [message.stand_in_ms for message in messages] == [1, 2]


@pytest.mark.parametrize("form", FORMS)
def test_the_same_values_give_the_same_bytes(tmp_path: Path, form: str) -> None:
    values = [b'{"ts":%d,"device":"a"}' % n for n in range(1000)]
    for name in ("one", "two"):
        write(tmp_path / name, form, values)
    one, two = ((tmp_path / name / f"measurements{form}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(one) > 50


@pytest.mark.parametrize("form", LINES)
def test_broken_lines_stay_and_line_ends_within_go(tmp_path: Path, form: str) -> None:
    values = [b'{"ts": 1', b"\xff\xfe", b'{\n "ts": 1\n}', b'{"device": "a\nb"}', b" [1 ,2] "]
    assert write(tmp_path, form, values) == {}
    got = [line[1] for line in lines_of(read_lines(tmp_path / f"measurements{form}"))]
    assert got == [*values[:2], b'{"ts":1}', b'{"device": "a\x0bb"}', values[4]]


def test_what_does_not_fit_into_parquet_is_left_out_and_counted(tmp_path: Path) -> None:
    good = [b'{"ts":%d,"device":"d%d","odd":%d}' % (n, n, n) for n in range(50)]
    bad = [b'{"ts":1', b"\xff", b'{"ts":"1"}', b"[1]", b'{"ts":1} {"ts":2}', b'{"mcc":1.5}', b"7"]
    values = [line for n, line in enumerate(good) for line in (line, *bad[n::50])]
    assert len(values) == 57
    assert write(tmp_path, "parquet", values) == {TOPIC: 7}
    rows = [row for chunk in read_tables(tmp_path / "measurements.parquet") for row in _rows(chunk)]
    assert [(row["ts"], row["device"], row["odd"]) for row in rows] == [
        (n, f"d{n}", n) for n in range(50)
    ]


def _rows(chunk: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = chunk.table.to_pylist()
    return rows


def test_nothing_but_bad_values_is_an_empty_parquet_file(tmp_path: Path) -> None:
    assert write(tmp_path, "parquet", [b"7", b"8"]) == {TOPIC: 2}
    assert list(read_messages(open_trace(tmp_path), TOPIC)) == []


def test_rare_and_nested_messages_are_lines_in_every_form(tmp_path: Path) -> None:
    value = b'{"from_ts":1,"polygon":{"type":"Polygon","coordinates":[[[1,2]]]}}'
    write(tmp_path, "parquet", [value], "network.changes")
    assert (tmp_path / "changes.jsonl").read_bytes() == value + b"\n"


def test_the_writer_refuses_what_would_be_no_trace(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no form of a trace"):
        TraceWriter(tmp_path, "csv")
    with TraceWriter(tmp_path) as writer, pytest.raises(TraceError, match="not in a trace"):
        writer.write("fbs.alerts", [])
    write(tmp_path, "jsonl", [b"{}"])
    with pytest.raises(TraceError, match="second form"):
        write(tmp_path, "parquet", [b"{}"])


@given(ts=st.lists(st.one_of(st.none(), st.integers(0, 3).map(lambda n: n * DAY)), max_size=12))
def test_tables_arrive_as_lines_do(tmp_path_factory: pytest.TempPathFactory, ts: list[Any]) -> None:
    path = tmp_path_factory.mktemp("trace") / "sms.parquet"
    rx_ts = [None if n % 3 else 7.0 for n in range(len(ts))]
    table = pa.table({"ts": pa.array(ts, pa.int64()), "rx_ts": pa.array(rx_ts, pa.float64())})
    pq.write_table(table, path)
    chunks = list(read_tables(path, chunk_rows=2))
    assert [chunk.first_row for chunk in chunks] == list(range(1, len(ts) + 1, 2))
    stand_in = [t for chunk in chunks for t in chunk.rx_ms.tolist()]
    assert stand_in == twin(ts)
    arrival = [t for chunk in chunks for t in chunk.arrival_ms.tolist()]
    assert arrival == [t if n % 3 else 7 for n, t in enumerate(stand_in)]


def test_columns_of_other_types_are_no_times(tmp_path: Path) -> None:
    path = tmp_path / "sms.parquet"
    pq.write_table(pa.table({"ts": ["1", "2"], "sender": [b"\xff", b"a"]}), path)
    (chunk,) = read_tables(path)
    assert chunk.rx_ms.tolist() == [0, 0]
    values = [message.value for message in read_messages(open_trace(tmp_path), "sms.metadata")]
    assert len(values) == 2


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sms.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(TraceError, match=r"sms\.parquet: can't be read as Parquet"):
        list(read_tables(path))


def test_a_chunk_waits_only_for_the_line_after_its_last(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    path.write_bytes(b"".join(b'{"ts":%d}\n' % n for n in range(1, 1001)))
    chunks = iter(read_lines(path, chunk_rows=10))
    first = next(chunks)
    assert isinstance(first, Lines)
    assert first.rx_ms.tolist() == list(range(1, 11))


def test_recorded_drives_are_read(shared_data: Path) -> None:
    for name, rows in (("dakar-drive", 2702), ("ottawa-walks", 400)):
        trace = open_trace(shared_data / name)
        messages = list(read_messages(trace, TOPIC))
        assert len(messages) == rows
        arrivals = [message.arrival_ms for message in messages]
        assert arrivals == sorted(arrivals)
        assert trace.register is not None
        assert trace.truth is not None


@pytest.mark.parametrize("form", LINES)
@pytest.mark.parametrize("text", [b'{"ts":5}\n{"ts":6}\n', b"", b"\n"])
def test_a_byte_order_mark_belongs_to_no_line(tmp_path: Path, form: str, text: bytes) -> None:
    plain, marked = (tmp_path / f"{name}{form}" for name in ("plain", "marked"))
    plain.write_bytes(packed(form, text))
    marked.write_bytes(packed(form, b"\xef\xbb\xbf" + text))
    assert lines_of(read_lines(marked)) == lines_of(read_lines(plain))


def test_a_mark_further_on_is_part_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\xef\xbb\xbf1\n\xef\xbb\xbf2")
    values = [value for _, value, _, _ in lines_of(read_lines(path))]
    assert values == [b"\xef\xbb\xbf1", b"\xef\xbb\xbf2"]
