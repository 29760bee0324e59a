"""Logs of phone apps and scanners: what becomes of each column, and what is left out, and why.

The texts are written as the tools write them, by their own sources (named in each importer); the
places are on the high seas, the networks those for tests.
"""

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from replay.imports.conversations import Summary
from replay.imports.importers import READERS, import_any
from replay.imports.importing import Given, ImportFileError, import_file
from streams.privacy.hasher import Hasher

GIVEN = Given(Hasher(b"k"), "probe-1")
TOWER_COLLECTOR = (
    "mcc,mnc,lac,cell_id,psc,asu,dbm,ta,lat,lon,accuracy,speed,bearing,altitude,measured_at,"
    "net_type,neighboring,device\r\n"
    "1,1,4100,25601,41,55,-85,6,10.00000000,-30.00000000,8.5,1.25,271.5,44.2,"
    '"2024-06-01T08:00:00.123Z",LTE,false,"Acme Phone 3"\r\n'
    ",2147483647,2147483647,2147483647,77,,-96,,10.00000000,-30.00000000,8.5,1.25,271.5,44.2,"
    '"2024-06-01T08:00:00.123Z",LTE,true,"Acme Phone 3"\r\n'
    "1,1,4100,25602,42,,-101,,10.00000000,-30.00000000,8.5,1.25,271.5,44.2,"
    '"2024-06-01T08:00:00.123Z",LTE,true,"Acme Phone 3"\r\n'
    '1,1,77,1200,,,-70,3,10.1,-30.1,5,-1,-1,,"2024-06-01T08:00:05.000Z",GSM,false,"Acme"\r\n'
    '1,1,77,1200,,,-70,3,10.1,-30.1,5,0,0,,"2024-06-01T08:00:06.000Z",CDMA,false,"Acme"\r\n'
    '1,1,77,1200,,,-70,3,10.1,-30.1,5,0,0,,"yesterday",GSM,false,"Acme"\r\n'
    '1,1,77,1200,,,,3,10.1,-30.1,5,0,0,,"2024-06-01T08:00:07.000Z",GSM,false,"Acme"\r\n'
)
G_NETTRACK = (
    "Timestamp\tLongitude\tLatitude\tSpeed\tOperatorname\tOperator\tCellname\tNode\tCellID\tLAC\t"
    "NetworkTech\tLevel\tQual\tSNR\tARFCN\tPSC\tAltitude\tTA\tNLAC1\tNCellid1\tNARFCN1\tNRxLev1\t"
    "IMSI\tIMEI\n"
    "2024.06.01_08.00.00\t-30.0\t10.0\t36\tTest\t00101\t\t21\t11\t7000\t4G\t-81\t-8.0\t5\t2850\t"
    "325\t74\t3\t\t12\t2850\t-99\t001010123456789\t490154203237518\n"
    "2024.06.01_08.00.01.500\t-30.0\t10.0\t-\tTest\t00101\t\t8\t18892\t9000\t3G\t-70\t-4\t-\t3019\t"
    "398\t78\t-\t\t\t\t\t001010123456789\t490154203237518\n"
    "2024.06.01_08.00.02\t-30.0\t10.0\t-\tTest\t00101\tHill\t-\t1200\t77\t2G\t-60\t-\t-\t33\t"
    "-\t78\t1\t\t\t\t\t\t\n"
    "2024.06.01_08.00.03\t-30.0\t10.0\t0\tTest\t00101\t\t21\t11\t7000\t4G\t-340\t-\t-\t2850\t"
    "325\t71\t-1\t\t\t\t\t\t\n"
    "2024.06.01_08.00.04\t-30.0\t10.0\t0\tTest\t00101\t\t5\t7\t7000\t5G\t-90\t-\t-\t63000\t"
    "325\t71\t-1\t\t\t\t\t\t\n"
    "soon\t-30.0\t10.0\t0\tTest\t00101\t\t5\t7\t7000\t4G\t-90\n"
)
NETMONSTER = (
    "2G;001;01;8136;21800;60;25;10.5;-30.5;Pylon, north;60\n"
    "3G;001;01;35796;21800;4011;211;10.5;-30.5;Pylon;10812\n"
    "4G;001;01;13;21800;141311;270;10.5;-30.5;Pylon;6200\n"
    "4G;001;01;14;21800;141311;null;10.5;-30.5;Pylon;2147483647\n"
    "5G;001;01;212737;21800;;752;10.5;-30.5;Pylon;151600\n"
    "CD;0;1;2;3;4;5;10.5;-30.5;Pylon;6\n"
    "4G;001;01;13;2147483647;141312;270;10.5;-30.5;Pylon;6200\n"
)


def kismet(
    path: Path, *records: tuple[str, str, Any], place: tuple[float, float] = (10, -30)
) -> Path:
    """A log as Kismet lays it out (version 10), with records of type, source and JSON."""
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE KISMET (kismet_version TEXT, db_version INT, db_module TEXT)"
        )
        database.execute("INSERT INTO KISMET VALUES ('2026.10.0', 10, 'kismetlog')")
        database.execute(
            "CREATE TABLE data (ts_sec INT, ts_usec INT, phyname TEXT, devmac TEXT, lat REAL,"
            " lon REAL, alt REAL, speed REAL, heading REAL, datasource TEXT, type TEXT, json BLOB,"
            " signal INT)"
        )
        for number, (kind, source, record) in enumerate(records):
            text = record if isinstance(record, str) else json.dumps(record)
            row = (1717228800 + number, 250_000, "Cellular", "02:00:00:00:00:01", *place, 12.5)
            database.execute(
                "INSERT INTO data VALUES (?,?,?,?,?,?,?,0,0,?,?,?,-85)", (*row, source, kind, text)
            )
    database.close()
    return path


SERVING = {
    **{"rat": "LTE", "mcc": 1, "mnc": 1, "tac": 4100, "cell_id": 25601, "pci": 41, "earfcn": 1300},
    **{"band": 3, "rsrp": -85, "rsrq": -9, "sinr": 12, "rssi": -60, "is_serving": True},
    **{"operator_name": "Test", "prov": {"src": "at", "origin": "QENG", "captured_at": 12.5}},
}
NEIGHBOUR = {"rat": "LTE", "pci": 77, "earfcn": 1300, "rsrp": -96, "is_serving": False}


def imported(kind: str, path: Path, given: Given = GIVEN) -> tuple[Summary, list[dict[str, Any]]]:
    out = path.parent / "out"
    summary = import_file(kind, READERS[kind], path, out, given)
    lines = (out / "measurements.jsonl").read_bytes().splitlines()
    return summary, [msgspec.json.decode(line) for line in lines]


def written(folder: Path, text: str, name: str = "log") -> Path:
    path = folder / name
    path.write_text(text, "utf-8", newline="")
    return path


def test_tower_collector(tmp_path: Path) -> None:
    summary, reports = imported("tower-collector", written(tmp_path, TOWER_COLLECTOR))
    assert reports[0] == {
        **{"ts": 1717228800123, "device": "probe-1", "lat": 10.0, "lon": -30.0, "rat": "lte"},
        **{"position_source": "gnss", "accuracy_m": 8.5, "speed_mps": 1.25, "bearing_deg": 271.5},
        **{"altitude_m": 44.2, "mcc": 1, "mnc": 1, "area": 4100, "cell": 25601, "pci": 41},
        **{"signal_dbm": -85.0, "timing_advance": 6, "serving": True},
        "neighbours": [{"rat": "lte", "pci": 77, "signal_dbm": -96.0}],
    }
    assert (reports[1]["cell"], reports[1]["serving"]) == (25602, False)
    assert reports[2]["rat"] == "gsm"
    assert not {"speed_mps", "bearing_deg", "altitude_m", "pci"} & reports[2].keys()
    assert (summary.packets, summary.messages, len(reports)) == (7, 3, 3)
    assert summary.left_out == {"other_technology": 1, "without_time": 1, "missing_field": 1}
    assert "Acme" not in (tmp_path / "out" / "measurements.jsonl").read_text()


def test_g_nettrack_with_its_local_time(tmp_path: Path) -> None:
    given = Given(Hasher(b"k"), "probe-1", utc_offset_ms=2 * 3_600_000)
    summary, reports = imported("g-nettrack", written(tmp_path, G_NETTRACK), given)
    assert reports[0] == {
        **{"ts": 1717221600000, "device": "probe-1", "lat": 10.0, "lon": -30.0, "rat": "lte"},
        **{"position_source": "gnss", "speed_mps": 10.0, "altitude_m": 74.0, "mcc": 1, "mnc": 1},
        **{"area": 7000, "cell": 21 * 256 + 11, "arfcn": 2850, "pci": 325, "signal_dbm": -81.0},
        **{"quality_db": -8.0, "timing_advance": 3},
        "neighbours": [{"rat": "lte", "pci": 12, "arfcn": 2850, "signal_dbm": -99.0}],
    }
    assert (reports[1]["ts"], reports[1]["cell"]) == (1717221601500, 8 * 65536 + 18892)
    assert (reports[2]["rat"], reports[2]["cell"], reports[2]["timing_advance"]) == ("gsm", 1200, 1)
    assert summary.left_out == {"out_of_range": 1, "missing_field": 1, "without_time": 1}
    text = (tmp_path / "out" / "measurements.jsonl").read_text()
    assert "001010123456789" not in text
    assert "490154203237518" not in text


def test_g_nettrack_as_csv_without_a_network(tmp_path: Path) -> None:
    text = (
        "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,State,"
        "CELLHEX,NODEHEX,LACHEX,RAWCELLID\n"
        "2019.12.16_13.40.04,-30,10,0,A,11,LTE,-98,-13,I,B,1F5C2,9CBA,32883467\n"
        "2019.12.16_13.40.05,-30,10,0,A,11,LTE,-98,-13,I,B,1F5C2,9CBA,-\n"
    )
    path = written(tmp_path, text)
    with pytest.raises(ImportFileError, match="nothing in it can be used: 2 without network"):
        imported("g-nettrack", path)
    assert not (tmp_path / "out" / "measurements.jsonl").exists()
    _, reports = imported("g-nettrack", path, Given(Hasher(b"k"), plmn=(1, 1)))
    assert [r["cell"] for r in reports] == [32883467, 0x1F5C2 * 256 + 11]
    assert [(r["area"], r["mnc"], r["signal_dbm"]) for r in reports] == [(0x9CBA, 1, -98.0)] * 2


def test_netmonster_becomes_a_register(tmp_path: Path) -> None:
    kind, summary = import_any(written(tmp_path, NETMONSTER), tmp_path / "out", GIVEN)
    assert kind == "netmonster"
    lines = (tmp_path / "out" / "register.csv").read_text().splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    assert [(r["radio"], r["cell"], r["pci"], r["arfcn"]) for r in rows] == [
        ("GSM", "8136", "25", "60"),
        ("UMTS", str(4011 * 65536 + 35796), "211", "10812"),
        ("LTE", str(141311 * 256 + 13), "270", "6200"),
        ("LTE", str(141311 * 256 + 14), "", ""),
        ("NR", "212737", "752", "151600"),
    ]
    assert {(r["mcc"], r["net"], r["lat"], r["lon"], r["changeable"]) for r in rows} == {
        ("1", "1", "10.5", "-30.5", "1")
    }
    assert summary.left_out == {"other_technology": 1, "missing_field": 1}


def test_kismet(tmp_path: Path) -> None:
    path = kismet(
        tmp_path / "log.kismet",
        ("Cellular", "a", SERVING),
        ("CellModem", "a", NEIGHBOUR),
        ("CellModem", "b", NEIGHBOUR),
        ("CellLog", "a", {"imei": "490154203237518"}),
        ("RawAT", "a", {"cmd": "AT+CGSN", "reply": "490154203237518"}),
        ("Cellular", "a", SERVING | {"cell_id": 25602, "is_serving": False}),
        ("Cellular", "b", SERVING | {"rat": "WCDMA", "tac": 77, "cell_id": 70000}),
        ("Cellular", "a", SERVING | {"rat": "CDMA"}),
        ("Cellular", "a", "no JSON"),
        ("Cellular", "a", SERVING | {"tac": -1}),
    )
    summary, reports = imported("kismet", path)
    served = next(r for r in reports if "neighbours" in r)
    assert served == {
        **{"ts": 1717228800250, "device": "probe-1", "lat": 10.0, "lon": -30.0, "rat": "lte"},
        **{"position_source": "gnss", "altitude_m": 12.5, "mcc": 1, "mnc": 1, "area": 4100},
        **{"cell": 25601, "arfcn": 1300, "pci": 41, "signal_dbm": -85.0, "quality_db": -9.0},
        "serving": True,
        "neighbours": [{"rat": "lte", "arfcn": 1300, "pci": 77, "signal_dbm": -96.0}],
    }
    assert {(r["device"], r["rat"], r["cell"], r["serving"]) for r in reports} == {
        ("probe-1", "lte", 25601, True),
        ("probe-1", "lte", 25602, False),
        ("probe-1-2", "umts", 70000, True),
    }
    assert summary.left_out == {
        **{"neighbour_without_serving_cell": 1, "other_technology": 1, "not_json": 1},
        "missing_field": 1,
    }
    assert "490154203237518" not in (tmp_path / "out" / "measurements.jsonl").read_text()


def test_kismet_without_gnss_and_gzipped(tmp_path: Path) -> None:
    plain = kismet(tmp_path / "log.kismet", ("Cellular", "a", SERVING), place=(0, 0))
    packed = tmp_path / "log.kismet.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        _, (report,) = imported("kismet", path)
        assert not {"lat", "lon", "altitude_m", "position_source"} & report.keys()


def test_a_view_in_place_of_kismets_table_is_not_followed(tmp_path: Path) -> None:
    path = kismet(tmp_path / "log.kismet")
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE data")
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
        database.execute(f"CREATE VIEW data AS {endless}")
    database.close()
    with pytest.raises(ImportFileError, match="1 broken database"):
        imported("kismet", path)


def test_damaged_files_give_what_comes_before_the_damage(tmp_path: Path) -> None:
    packed = gzip.compress(G_NETTRACK.encode() * 200)
    path = tmp_path / "log.gz"
    path.write_bytes(packed[: len(packed) - 30])
    summary, reports = imported("g-nettrack", path)
    assert summary.left_out["broken_gzip"] == 1
    assert len(reports) > 100
    path.write_text(G_NETTRACK + "x" * 300_000, "utf-8")
    summary, reports = imported("g-nettrack", path)
    assert (len(reports), summary.left_out["too_large"]) == (3, 1)
