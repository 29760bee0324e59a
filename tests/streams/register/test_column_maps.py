"""Registers whose columns are not named as ours: without a header, or with a column map."""

import gzip
from pathlib import Path

import pytest

from replay.traces.shown_register import read_shown
from streams.config_error import ConfigError
from streams.progress import shown
from streams.register.column_map import read_column_map
from streams.register.csv_file import RegisterError, read_register
from streams.register.csv_layout import REGISTER_FIELDS
from streams.register.csv_result import RegisterFile

ROWS = (
    "LTE,262,2,801,86355,17,13.285512,52.522202,1000,7,1,1282569574,1300155341,0",
    "GSM,262,2,801,1795,0,13.276907,52.525714,5716,9,1,1282569574,1300155341,0",
)
#: An operator's own list, as spreadsheets of half the world write it.
OWN = "Technik;Netz;TAC;Zelle;Breite;Länge;Höhe\n4G;26202;801;86355;52,522202;13,285512;-\n"
MAP = """
columns:
  radio: {column: Technik, values: {4G: LTE, 2G: GSM}}
  area: TAC
  cell: Zelle
  lat: Breite
  lon: Länge
  antenna_m: Höhe
constants: {mcc: 262, net: 2, changeable: false}
delimiter: semicolon
decimal: comma
missing: ["-"]
"""


def mapped(folder: Path, text: str, column_map: str) -> RegisterFile:
    (folder / "map.yaml").write_text(column_map, "utf-8")
    (folder / "own.csv").write_text(text, "utf-8")
    found = read_column_map(folder / "map.yaml", REGISTER_FIELDS)
    return read_register(folder / "own.csv", found)


@pytest.mark.parametrize("name", ["cells.csv", "cells.csv.gz", "packed.csv"])
@pytest.mark.parametrize("columns", [14, 13])
def test_opencellid_without_a_header(tmp_path: Path, name: str, columns: int) -> None:
    lines = [",".join(row.split(",")[:columns]) for row in (*ROWS, "CDMA" + ROWS[0][3:])]
    data = "\r\n".join(lines).encode() + b"\r\n"
    path = tmp_path / name
    path.write_bytes(data if name == "cells.csv" else gzip.compress(data))
    steps: list[int] = []
    file = read_register(path, advance=steps.append)
    assert file.rows.cell.tolist() == [86355, 1795]
    assert file.rows.offset.tolist() == [1, 2]
    assert [(reject.row, reject.reason) for reject in file.rejects] == [(3, "unknown_value")]
    assert file.carried["unit"].tolist() == [17, 0]
    assert sum(steps) == path.stat().st_size


def test_a_column_map_names_turns_and_completes_columns(tmp_path: Path) -> None:
    file = mapped(tmp_path, OWN, MAP)
    rows = file.rows
    assert file.rejects == []
    assert file.dropped == {}
    assert rows.rat.tolist() == [3]
    assert (rows.mcc.tolist(), rows.mnc.tolist(), rows.changeable.tolist()) == ([262], [2], [0])
    assert (rows.lat.tolist(), rows.lon.tolist()) == ([52.522202], [13.285512])
    assert rows.antenna_m.tolist() != rows.antenna_m.tolist()  # missing


def test_columns_by_number_where_there_is_no_header(tmp_path: Path) -> None:
    column_map = (
        "header: false\ndelimiter: tab\n"
        "columns: {radio: 1, mcc: 2, net: 3, area: 4, cell: 5, lat: 7, lon: 6}\n"
    )
    file = mapped(tmp_path, "LTE\t460\t0\t4100\t7\t116.4\t39.9\n", column_map)
    assert (file.rows.cell.tolist(), file.rows.lat.tolist()) == ([7], [39.9])
    with pytest.raises(RegisterError, match=r"names column 7, but there are 6"):
        mapped(tmp_path, "LTE\t460\t0\t4100\t7\t116.4\n", column_map)


def test_a_column_that_the_file_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="no column 'Zelle', which the column map names"):
        mapped(tmp_path, OWN.replace("Zelle", "Cell"), MAP)


def test_all_that_is_wrong_in_a_map_is_listed_with_its_key_and_what_is_due(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "into: cells\ncolour: red\n",
        "utf-8",
    )
    with pytest.raises(ConfigError) as refused:
        read_column_map(path, REGISTER_FIELDS)
    assert str(refused.value).splitlines() == [
        f"{path}: colour is no key here; allowed are into, columns, constants, header, delimiter,"
        " decimal, missing",
        f"{path}: into is 'cells'; due is one of register",
    ]
    path.write_text(
        """
columns:
  radio: [1]
  mcc: {column: MCC, unit: km}
  height: H
  cell: {column: C, values: 3, scale: 2}
constants: {mcc: 1, area: [2]}
header: maybe
delimiter: ";"
missing: "-"
""",
        "utf-8",
    )
    with pytest.raises(ConfigError) as refused:
        read_column_map(path, REGISTER_FIELDS)
    found = [line.removeprefix(f"{path}: ") for line in str(refused.value).splitlines()]
    assert [line.split(" ", 1)[0] for line in found] == [
        *("columns.height", "columns.radio", "columns.mcc.unit", "columns.cell.scale"),
        *("columns.cell.values", "constants.mcc", "constants.area"),
        *("columns", "columns", "columns", "header", "missing", "delimiter"),
    ]
    assert "delimiter is ';'; due is one of comma, semicolon, tab, pipe, space" in found
    assert "columns lacks net; name its column, or its value in constants" in found


@pytest.mark.parametrize("text", ["", "- a", "{", "a" * 70_000, "\x00", "1: 2"])
def test_what_is_no_map_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"map\.yaml"):
        read_column_map(path, REGISTER_FIELDS)


def test_a_bar_shows_how_much_of_a_file_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("\n".join(ROWS) + "\n", "utf-8")
    read_shown(path)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("streams.progress.AFTER_S", 0.0)
    with shown(everywhere=True):
        read_shown(path)
    assert "read:" in capsys.readouterr().err
