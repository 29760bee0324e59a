"""A register read from its file, with a bar of how much of it is read."""

from pathlib import Path

from streams.progress import bar
from streams.register.column_map import ColumnMap
from streams.register.csv_file import read_register
from streams.register.csv_result import RegisterFile


def read_shown(path: Path, column_map: ColumnMap | None = None) -> RegisterFile:
    """The register of a file, with a bar (`streams.progress`) of how much of it is read."""
    total = path.stat().st_size if path.exists() else 0
    with bar("read", total, "B", unit_scale=True) as shown_bar:
        return read_register(path, column_map, shown_bar.update)
