"""Members that hold nothing aren't read, and what is read of the rest is the same."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.traces import trace
from replay.traces.parquet_columns import columns_with_values
from replay.traces.trace import read_messages, read_tables
from replay.traces.trace_files import open_trace

MEMBERS = [(name, pa.int64()) for name in ("pci", "arfcn", "rat")]
NEAR, BROADCAST = pa.list_(pa.struct(MEMBERS)), pa.struct(MEMBERS)
SCHEMA = pa.schema([("ts", pa.int64()), ("neighbours", NEAR), ("broadcast", BROADCAST)])
NUMBER = st.one_of(st.none(), st.integers(0, 3))
MEMBER = st.fixed_dictionaries({}, optional={name: NUMBER for name, _ in MEMBERS})
ROW = st.fixed_dictionaries(
    {
        "ts": st.integers(1, 9),
        "neighbours": st.one_of(st.none(), st.lists(st.one_of(st.none(), MEMBER), max_size=2)),
        "broadcast": st.one_of(st.none(), MEMBER),
    }
)


def written(folder: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    """A file of measurements, in row groups of two rows."""
    path = folder / "measurements.parquet"
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, path, row_group_size=2, **options)
    return path


@given(rows=st.lists(ROW, max_size=5))
def test_messages_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("trace")
    written(folder, rows)
    messages = list(read_messages(open_trace(folder), "cell.measurements"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace, "columns_with_values", lambda file: None)
        assert messages == list(read_messages(open_trace(folder), "cell.measurements"))
    assert len(messages) == len(rows)


def test_members_that_are_null_in_all_rows_are_not_read(tmp_path: Path) -> None:
    near = [{"pci": 7}, None]
    rows = [
        *({"ts": number, "neighbours": [{}, {}]} for number in range(3)),
        {"ts": 3, "neighbours": near},
    ]
    path = written(tmp_path, rows)
    (chunk,) = read_tables(path)
    assert chunk.table.schema.field("neighbours").type == pa.list_(pa.struct(MEMBERS[:1]))
    assert chunk.table.schema.field("broadcast").type == pa.struct(MEMBERS[:1])
    assert chunk.table["neighbours"].to_pylist()[2:] == [[{"pci": None}] * 2, near]
    assert chunk.table["broadcast"].null_count == len(rows)


def test_all_is_read_where_a_file_does_not_say_what_is_null(tmp_path: Path) -> None:
    path = written(tmp_path, [{"ts": 1}], write_statistics=False)
    (chunk,) = read_tables(path)
    assert chunk.table.schema.equals(SCHEMA)


@pytest.mark.parametrize("name", ["broadcast.pci", "broadcast"])
def test_all_is_read_where_columns_share_a_path(tmp_path: Path, name: str) -> None:
    path = tmp_path / "measurements.parquet"
    columns = [pa.array([None], BROADCAST), pa.array([None], pa.int64())]
    pq.write_table(pa.Table.from_arrays(columns, names=["broadcast", name]), path)
    with pq.ParquetFile(path) as file:
        assert columns_with_values(file) is None
