"""Any CSV by a mapping file: units, constants, words, times, and what is wrong with a mapping."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from replay.imports.conversations import Summary
from replay.imports.importing import Given, ImportFileError, import_table
from replay.imports.mapped.mapped_csv import MAPPED, mapped_reader
from streams.config_error import ConfigError
from streams.privacy.hasher import Hasher
from streams.register.column_map import read_column_map

GIVEN = Given(Hasher(b"k"), "probe-1")
IMSI = "001010123456789"
TABLE = (
    "Zeit;Gerät;Netz;Technik;eNB;CI;TAC;EARFCN;PCI;RSRP;Breite;Länge;km/h;Höhe;dient\n"
    f"01.06.2024 08:00:00;{IMSI};00101;4G;21;11;1004;2850;145;56;10,5;-30,5;36;328,084;ja\n"
    f"01.06.2024 08:00:01;{IMSI};001-01;4G;21;12;1004;n/a;145;50;10,5;-30,5;;;nein\n"
    "later;d;00101;4G;21;12;1004;2850;145;50;10,5;-30,5;;;ja\n"
    "01.06.2024 08:00:02;d;00101;6G;21;12;1004;2850;145;50;10,5;-30,5;;;ja\n"
    "01.06.2024 08:00:03;d\n"
)
MAPPING = """
into: measurements
columns:
  ts: {column: Zeit, unit: "%d.%m.%Y %H:%M:%S", utc_offset: "+02:00"}
  device: Gerät
  plmn: Netz
  rat: {column: Technik, values: {4G: lte, 2G: gsm}}
  node: eNB
  cell: CI
  area: {column: TAC, unit: hex}
  arfcn: EARFCN
  pci: {column: PCI, unit: hex}
  signal_dbm: {column: RSRP, unit: rsrp_index}
  lat: Breite
  lon: Länge
  speed_mps: {column: km/h, unit: km/h}
  altitude_m: {column: Höhe, unit: ft}
  serving: {column: dient, values: {ja: true, nein: false}}
constants: {position_source: fixed}
delimiter: semicolon
decimal: comma
missing: [n/a]
"""


def imported(
    folder: Path, table: str, mapping: str, given: Given = GIVEN, topic: str = "measurements"
) -> tuple[Summary, list[dict[str, Any]]]:
    (folder / "mapping.yaml").write_text(mapping, "utf-8")
    (folder / "table.csv").write_text(table, "utf-8")
    read = mapped_reader(read_column_map(folder / "mapping.yaml", MAPPED))
    summary = import_table(read, folder / "table.csv", folder / "out", given)
    lines = (folder / "out" / f"{topic}.jsonl").read_bytes().splitlines()
    return summary, [msgspec.json.decode(line) for line in lines]


def test_columns_are_turned_into_our_fields_and_units(tmp_path: Path) -> None:
    summary, reports = imported(tmp_path, TABLE, MAPPING)
    assert reports[0] == {
        **{"ts": 1717221600000, "device": Hasher(b"k").pseudonym(IMSI), "rat": "lte"},
        **{"mcc": 1, "mnc": 1, "area": 0x1004, "cell": 21 * 256 + 11, "arfcn": 2850, "pci": 0x145},
        **{
            "signal_dbm": -84.0,
            "lat": 10.5,
            "lon": -30.5,
            "speed_mps": 10,
            "altitude_m": pytest.approx(100),
        },
        **{"serving": True, "position_source": "fixed"},
    }
    assert reports[1].keys() == reports[0].keys() - {"arfcn", "speed_mps", "altitude_m"}
    assert reports[1]["serving"] is False
    assert summary.left_out == {"missing_field": 2, "unknown_value": 1}
    assert (summary.packets, summary.messages) == (5, 2)
    assert IMSI not in (tmp_path / "out" / "measurements.jsonl").read_text()


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("ms", "1717228800123"),
        ("s", "1717228800.123"),
        ("us", "1717228800123456"),
        ("ns", "1717228800123456789"),
        ("iso", "2024-06-01T08:00:00.123Z"),
        ("iso", "2024-06-01 10:00:00.123+02:00"),
        ("iso", "2024-06-01T11:00:00.123"),
        ("'%Y%m%d %H%M%S.%f'", "20240601 110000.123"),
    ],
)
def test_times_in_every_unit(tmp_path: Path, unit: str, text: str) -> None:
    mapping = (
        f"into: measurements\nheader: false\ncolumns: {{ts: {{column: 1, unit: {unit}}}}}\n"
        "constants: {rat: gsm, mcc: 1, mnc: 1, area: 1, cell: 2, signal_dbm: -80}\n"
    )
    given = Given(Hasher(b"k"), utc_offset_ms=3 * 3_600_000)
    _, reports = imported(tmp_path, f"{text},\n", mapping, given)
    assert reports[0]["ts"] == 1717228800123


def test_signalling(tmp_path: Path) -> None:
    mapping = (
        "into: signalling\ncolumns: {ts: {column: t, unit: s}, subscriber: who, procedure: what,"
        " cause: why, area: tac}\nconstants: {rat: lte, cell: 25601}\n"
    )
    table = f"t,who,what,why,tac\n1717228800,{IMSI},attach,300,4100\n1717228801,,paging,,4100\n"
    given = Given(Hasher(b"k"), "probe-1", plmn=(1, 1))
    summary, messages = imported(tmp_path, table, mapping, given, "signalling")
    assert [m["subscriber"] for m in messages] == [Hasher(b"k").pseudonym(IMSI), "probe-1"]
    assert {(m["source"], m["mcc"], m["cell"]) for m in messages} == {("device", 1, 25601)}
    assert summary.dropped == {"cause": 1}


def test_a_table_without_a_column_of_the_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="no column 'Zeit', which the mapping names; it has"):
        imported(tmp_path, TABLE.replace("Zeit", "Time"), MAPPING)
    with pytest.raises(ImportFileError, match="nothing in it can be used"):
        imported(tmp_path, TABLE.splitlines()[0] + "\n", MAPPING)


def test_what_is_wrong_with_a_mapping_is_listed_with_what_is_due(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        """
into: measurements
columns:
  ts: {column: t, unit: hours, utc_offset: east}
  signal_dbm: {column: s, unit: dBW}
  colour: c
  rat: r
constants: {cell: 1}
""",
        "utf-8",
    )
    with pytest.raises(ConfigError) as refused:
        read_column_map(path, MAPPED)
    found = [line.removeprefix(f"{path}: ") for line in str(refused.value).splitlines()]
    assert found[0].startswith("columns.colour is no key here; allowed are ts, ")
    assert found[1:] == [
        "columns.ts.unit is 'hours'; due is one of ms, s, us, ns, iso, a pattern such as"
        " %d.%m.%Y %H:%M:%S",
        "columns.ts.utc_offset is 'east'; write it as \"+08:00\", in quotes",
        "columns.signal_dbm.unit is 'dBW'; due is one of dBm, dBm/10, rxlev, rscp_index,"
        " rsrp_index",
        "columns lacks area; name its column, or its value in constants",
    ]


def test_a_table_with_spaces_is_taken_by_its_mapping(tmp_path: Path) -> None:
    """Of itself it can't be seen to be a table."""
    mapping = (
        "into: measurements\nheader: false\ndelimiter: space\nconstants: {rat: lte}\n"
        "columns: {ts: 1, plmn: 2, area: 3, cell: 4, signal_dbm: 5}\n"
    )
    summary, (message,) = imported(tmp_path, "1717200000000 46000 7 8 -90\n", mapping)
    assert (summary.messages, message["cell"], message["signal_dbm"]) == (1, 8, -90.0)
