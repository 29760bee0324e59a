"""Records as data frames: the same columns and values with pandas and with polars, or with none."""

import sys
from typing import Any

import pandas as pd
import polars as pl
import pytest

from replay.results.frames import Columns, frame

COLUMNS: Columns = {
    "name": "text",
    "count": "int",
    "share": "float",
    "found": "bool",
    "at": "time",
    "rules": "list",
}
ROWS: list[dict[str, Any]] = [
    {
        "name": "a",
        "count": (1 << 62) + 1,  # No float holds it.
        "share": 0.5,
        "found": True,
        "at": 1748916459547,
        "rules": ["one", "two"],
        "other": 1,
    },
    {"name": None, "count": None, "share": None, "found": None, "at": None, "rules": None},
    {"count": 3, "share": 1},
]


def test_pandas_keeps_types_and_what_is_missing() -> None:
    made = frame(ROWS, COLUMNS, "pandas")
    assert list(made.columns) == list(COLUMNS)
    assert made["count"].tolist()[0] == (1 << 62) + 1
    assert made["at"][0] == pd.Timestamp("2025-06-03 02:07:39.547", tz="UTC")
    assert made["rules"][0] == ["one", "two"]
    assert made.isna().sum().to_dict() == dict.fromkeys(COLUMNS, 2) | {"count": 1, "share": 1}


def test_polars_keeps_types_and_what_is_missing() -> None:
    made = frame(ROWS, COLUMNS, "polars")
    assert made.columns == list(COLUMNS)
    assert made["count"][0] == (1 << 62) + 1
    assert str(made["at"][0]) == "2025-06-03 02:07:39.547000+00:00"
    assert made["rules"][0].to_list() == ["one", "two"]
    assert made.null_count().row(0) == (2, 1, 1, 2, 2, 2)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_without_rows_the_columns_have_the_same_types(library: Any) -> None:
    whole, empty = frame(ROWS, COLUMNS, library), frame([], COLUMNS, library)
    assert len(empty) == 0
    assert list(empty.dtypes) == list(whole.dtypes)


def test_pandas_comes_first_then_polars(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(frame(ROWS, COLUMNS), pd.DataFrame)
    monkeypatch.setattr(
        "replay.results.frames.find_spec", lambda name: None if name == "pandas" else object()
    )
    assert isinstance(frame(ROWS, COLUMNS), pl.DataFrame)


def test_without_a_library_the_error_names_the_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.results.frames.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'cellhound\[pandas\]' or 'cellhound\[pol"):
        frame(ROWS, COLUMNS)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"need polars: pip install 'cellhound\[polars\]'"):
        frame(ROWS, COLUMNS, "polars")
    with pytest.raises(ValueError, match="'numpy' is no library of data frames here"):
        frame(ROWS, COLUMNS, "numpy")  # type: ignore[arg-type]
