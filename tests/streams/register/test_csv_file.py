"""Registers as CSV: what is read, what is refused and why, and the way to the topic and back."""

import gzip
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.model.columns import RegisterRows
from detectors.register.register import Register
from streams.register import csv_file
from streams.register.csv_file import RegisterError, read_register
from streams.register.csv_result import REASONS, RegisterFile
from streams.register.topic_rows import register_messages, write_register

HEADER = "radio,mcc,net,area,cell,lon,lat,valid_from"
GOOD = "LTE,460,0,4100,1,116.4,39.9,"


def read(folder: Path, *lines: str | bytes, header: str = HEADER) -> RegisterFile:
    path = folder / "register.csv"
    texts = [line if isinstance(line, bytes) else line.encode() for line in (header, *lines)]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return read_register(path)


def test_all_columns_in_any_order_with_bom_crlf_quotes_and_blank_lines(tmp_path: Path) -> None:
    names = (
        "\ufeffkind,note,valid_to,valid_from,antenna_m,eirp_dbm,azimuth_deg,pci,arfcn,averageSignal,"
        "updated,created,changeable,samples,range,lat,lon,unit,cell,area,net,mcc,radio"
    )
    row = 'macro,"a, b",2000,1000,30.5,61,120,7,1850,-90,5,4,0,12,900'
    row += ',39.9,116.4,3,77,4100,0,460,"lte"'
    path = tmp_path / "register.csv.gz"
    path.write_bytes(gzip.compress(f"{names}\r\n\r\n{row}\r\n   \r\n".encode()))
    file = read_register(path)
    rows = file.rows
    assert (file.rejects, file.dropped) == ([], {})
    read = {
        name: getattr(rows, name).tolist()
        for name in RegisterRows.__dataclass_fields__
        if name not in ("index", "deleted")
    }
    assert read == {
        **{"ts_ms": [5000], "rx_ms": [5000], "offset": [3], "rat": [3], "mcc": [460], "mnc": [0]},
        **{"area": [4100], "cell": [77], "lat": [39.9], "lon": [116.4], "range_m": [900]},
        **{"samples": [12], "changeable": [0], "average_signal_dbm": [-90], "arfcn": [1850]},
        **{"pci": [7], "azimuth_deg": [120], "eirp_dbm": [61], "antenna_m": [30.5]},
        **{"valid_from_ms": [1000], "valid_to_ms": [2000], "kind": [1]},
    }
    assert {name: column.tolist() for name, column in file.carried.items()} == {
        "unit": [3],
        "created": [4],
        "updated": [5],
    }


@pytest.mark.parametrize(
    ("radio", "code"), [("GSM", 1), ("umts", 2), ("Wcdma", 2), ("LTE", 3), (" nr ", 4)]
)
def test_radios_in_any_case(tmp_path: Path, radio: str, code: int) -> None:
    assert read(tmp_path, f"{radio},1,1,1,1,0,0,").rows.rat.tolist() == [code]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("LTE,460,0,4100,1,116.4", "wrong_column_count"),
        (GOOD + ",", "wrong_column_count"),
        ("LTE,460,,4100,1,116.4,39.9,", "missing_field"),
        (",460,0,4100,1,116.4,39.9,", "missing_field"),
        ("LTE,460,0,4100,1,116.4, ,", "missing_field"),
        ("LTE,460,0,41x0,1,116.4,39.9,", "wrong_type"),
        ("LTE,460,0,4100,1.5,116.4,39.9,", "wrong_type"),
        ("LTE,460,0,4100,1,nan,39.9,", "wrong_type"),
        ("LTE,460,0,4100,1_0,116.4,39.9,", "wrong_type"),
        ("LTE,460,0,4100,0x10,116.4,39.9,", "wrong_type"),
        (b"LTE,460,0,4100,\xff,116.4,39.9,", "wrong_type"),
        ("CDMA,460,0,4100,1,116.4,39.9,", "unknown_value"),
        ("LTE,1000,0,4100,1,116.4,39.9,", "out_of_range"),
        ("LTE,460,-1,4100,1,116.4,39.9,", "out_of_range"),
        ("LTE,460,0,1e300,1,116.4,39.9,", "out_of_range"),
        ("LTE,460,0,4100,1,180.1,39.9,", "bad_position"),
        ("LTE,460,0,4100,1,116.4,-90.1,", "bad_position"),
        ("LTE,460,0,65536,1,116.4,39.9,", "area_does_not_fit"),
        ("NR,460,0,-5,1,116.4,39.9,", "area_does_not_fit"),
        ("GSM,460,0,4100,65536,116.4,39.9,", "cell_does_not_fit"),
        ("LTE,460,0,65534,1,116.4,39.9,", "reserved_area"),
        ("NR,460,0,16777214,1,116.4,39.9,", "reserved_area"),
        ("UMTS,460,0,4100,268435455,116.4,39.9,", "reserved_cell"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_stay(
    tmp_path: Path, line: str | bytes, reason: str
) -> None:
    file = read(tmp_path, GOOD, "", line, "NR,460,0,65535,3,116.4,39.9,")
    assert [(reject.row, reject.reason) for reject in file.rejects] == [(4, reason)]
    assert reason in REASONS
    assert file.rows.offset.tolist() == [2, 5]


def test_numbers_with_spaces_and_exponents(tmp_path: Path) -> None:
    rows = read(tmp_path, "LTE, 460 ,0,4.1e3,1,116.4,39.9, ").rows
    assert (rows.mcc.tolist(), rows.area.tolist()) == ([460], [4100])
    assert np.isnan(rows.valid_from_ms).all()


def test_a_wrong_optional_value_is_dropped_and_counted(tmp_path: Path) -> None:
    file = read(tmp_path, GOOD + "soon", GOOD + "5")
    assert file.dropped == {"valid_from": 1}
    assert np.isnan(file.rows.valid_from_ms).tolist() == [True, False]


def test_the_later_of_two_rows_with_one_key_and_start_stays(tmp_path: Path) -> None:
    lines = [GOOD, GOOD + "7", GOOD.replace("39.9", "40.0"), GOOD + "7", GOOD]
    file = read(tmp_path, *lines)
    assert file.rows.offset.tolist() == [5, 6]
    assert [reject[:2] for reject in file.rejects] == [(n, "duplicate") for n in (2, 3, 4)]
    assert file.rejects[0].detail == "line 4 comes after it"


def test_lines_are_counted_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 300)
    bad = {7: "LTE,1", 23: "", 31: "LTE,460,0,4100,x,116.4,39.9,", 60: GOOD + ",", 90: "a,b"}
    lines = [bad.get(n, f"LTE,460,0,4100,{n},116.4,39.9,") for n in range(2, 101)]
    file = read(tmp_path, *lines)
    assert [reject.row for reject in file.rejects] == [7, 31, 60, 90]
    assert file.rows.offset.tolist() == file.rows.cell.tolist()
    assert len(file.rows) == 94


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"LTE,460,0,4100,1,,116.4,39.9\n", "lacks radio, mcc"),
        (b"radio,mcc,net,area,cell,lon\n", "lacks lat"),
    ],
)
def test_what_is_no_register_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "cells.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RegisterError, match=says) as error:
        read_register(path)
    assert str(path) in str(error.value)
    assert "radio,mcc,net,area,cell,lon,lat" in str(error.value)


@pytest.mark.parametrize("cut", [0.0, 0.6])
def test_a_damaged_gzip_is_refused(tmp_path: Path, cut: float) -> None:
    lines = "\n".join(f"LTE,460,0,4100,{n},116.4,{n % 90}.5," for n in range(100_000))
    packed = gzip.compress(f"{HEADER}\n{lines}\n".encode())
    path = tmp_path / "register.csv.gz"
    path.write_bytes(packed[: int(len(packed) * cut)] or b"no gzip at all")
    with pytest.raises(RegisterError, match=r"register\.csv\.gz"):
        read_register(path)


def test_a_header_alone_is_an_empty_register(tmp_path: Path) -> None:
    assert len(read(tmp_path).rows) == 0
    assert len(read(tmp_path, "", "").rows) == 0
    assert list(register_messages(read(tmp_path).rows)) == []


def test_messages_have_opencellids_columns_and_one_message_a_key(tmp_path: Path) -> None:
    header = HEADER + ",valid_to,unit,averageSignal,kind"
    lines = [
        "NR,460,0,70000,68719476734,116.4,39.9,,,5,-90.5,femto",
        "UMTS,460,0,4100,2,116.4,39.9,2000,,,,",
        "UMTS,460,0,4100,2,116.4,39.8,1000,2000,,,",
    ]
    file = read(tmp_path, *lines, header=header)
    messages = dict(register_messages(file))
    place = {"mcc": 460, "net": 0, "lon": 116.4, "lat": 39.9}
    moved = {"radio": "UMTS", **place, "area": 4100, "cell": 2}
    assert {key: msgspec.json.decode(value) for key, value in messages.items()} == {
        b"umts-460-0-4100-2": [
            {**moved, "valid_from": 2000},
            {**moved, "lat": 39.8, "valid_from": 1000, "valid_to": 2000},
        ],
        b"nr-460-0-70000-68719476734": {
            **{"radio": "NR", **place, "area": 70000, "cell": 68719476734},
            **{"unit": 5, "averageSignal": -90.5, "kind": "femto"},
        },
    }


def test_a_register_goes_over_the_topic_and_back(shared_data: Path, tmp_path: Path) -> None:
    for source in (
        shared_data / "registers" / "de_opencellid_1000.csv.gz",
        shared_data / "dakar-drive" / "register.csv",
        shared_data / "ottawa-walks" / "register.csv",
    ):
        file = read_register(source)
        assert len(file.rows) > 30
        assert file.rejects == []
        path = tmp_path / "register.csv"
        assert write_register(path, (value for _, value in register_messages(file))) == 0
        content = source.read_bytes()
        text = gzip.decompress(content) if source.suffix == ".gz" else content
        original = text.decode().splitlines()
        back = [line.removesuffix("," * 8) for line in path.read_text().splitlines()]
        assert back[0].startswith(original[0])
        assert [_numbers(line) for line in back[1:]] == [_numbers(line) for line in original[1:]]
        assert len(Register.from_rows(read_register(path).rows).rows) == len(file.rows)


def _numbers(line: str) -> list[str | float]:
    radio, *numbers = line.split(",")
    return [radio, *(float(number) if number else "" for number in numbers)]


def test_what_cannot_stand_in_a_csv_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "new" / "register.csv"
    values = [b"{", b"7", b"\xff", b'{"mcc":true}', b'[{"mcc":1,"kind":"a,b\\"\\n"},{"net":[]}]']
    assert write_register(path, values) == 5
    assert path.read_text().splitlines()[1:] == [",1" + "," * 20 + '"a,b"" "']
