"""A register read from its file, with a bar on a terminal."""

import sys
from pathlib import Path

from tqdm import tqdm

from streams.register.column_map import ColumnMap
from streams.register.csv_file import read_register
from streams.register.csv_result import RegisterFile


def read_shown(path: Path, column_map: ColumnMap | None = None) -> RegisterFile:
    """The register of a file; on a terminal, a bar shows how much of it is read."""
    total = path.stat().st_size if path.exists() else 0
    with tqdm(
        total=total,
        desc="read",
        unit="B",
        unit_scale=True,
        leave=False,
        file=sys.stderr,
        disable=None,
    ) as bar:
        return read_register(path, column_map, bar.update)
