"""A register that was written and read again is the same."""

from pathlib import Path

import numpy as np

from streams.register.csv_columns import COLUMNS
from streams.register.csv_file import read_register
from streams.register.csv_write import write_register_file

ROWS = (
    "GSM,262,2,801,1795,,13.276907,52.525714,,,,,,,,,,,,,,",
    "LTE,460,0,4100,77,3,116.4,39.9,900,12,0,4,5,-90.5,1850,7,120.25,61,30.5,1000,2000,macro",
    "NR,460,1,4100,68719476734,0,-116.4,-39.9,0,1,1,4,5,0,3,7,0,0,0,,2000,femto",
)


def test_all_columns_come_back(tmp_path: Path) -> None:
    path, copy = tmp_path / "register.csv", tmp_path / "new" / "copy.csv"
    path.write_text("\n".join((",".join(COLUMNS), *ROWS)) + "\n", "utf-8")
    register = read_register(path)
    assert len(register.rows) == len(ROWS)
    write_register_file(copy, register)
    again = read_register(copy)
    assert (again.rejects, again.dropped) == ([], {})
    for name in register.rows.__dataclass_fields__:
        ours, theirs = (np.asarray(getattr(each.rows, name)) for each in (register, again))
        assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f"), name
    for name, column in register.carried.items():
        assert np.array_equal(column, again.carried[name], equal_nan=True), name
    assert copy.read_text().splitlines()[0] == ",".join(COLUMNS)
