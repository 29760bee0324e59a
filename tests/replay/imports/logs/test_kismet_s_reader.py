"""A log in the whole layout that Kismet's source creates, held against Kismet's own reader.

No package of a Kismet that has sources for cells can be had; `kismetdb`, which its authors
publish for scripts, can: it refuses a log whose tables and columns are not as Kismet makes them,
but for the table of packets, of which it knows fewer columns. So the file is laid out by the
source (`kis_databaselogfile.cc`, log version 9), which kind of record a source's observations
become by `phy_cell.cc` (those that it can key are `Cellular`, others stay `CellModem`), and what
is imported is what Kismet's reader reads from it.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from replay.imports.importers import import_any
from tests.replay.imports.logs.test_logs_of_apps import GIVEN, NEIGHBOUR, SERVING

kismetdb = pytest.importorskip("kismetdb", reason="Kismet's reader (PyPI: kismetdb) is not here")

#: Table by table, in the order in which Kismet makes them.
LAYOUT = """
CREATE TABLE KISMET (kismet_version TEXT, db_version INT, db_module TEXT);
CREATE TABLE devices (first_time INT, last_time INT, devkey TEXT, phyname TEXT, devmac TEXT,
  strongest_signal INT, min_lat REAL, min_lon REAL, max_lat REAL, max_lon REAL, avg_lat REAL,
  avg_lon REAL, bytes_data INT, type TEXT, device BLOB,
  UNIQUE(phyname, devmac) ON CONFLICT REPLACE);
CREATE TABLE packets (ts_sec INT, ts_usec INT, phyname TEXT, sourcemac TEXT, destmac TEXT,
  transmac TEXT, frequency REAL, devkey TEXT, lat REAL, lon REAL, alt REAL, speed REAL,
  heading REAL, packet_len INT, signal INT, datasource TEXT, dlt INT, packet BLOB, error INT,
  tags TEXT, datarate REAL, hash INT, packetid INT, packet_full_len INT);
CREATE TABLE data (ts_sec INT, ts_usec INT, phyname TEXT, devmac TEXT, lat REAL, lon REAL,
  alt REAL, speed REAL, heading REAL, datasource TEXT, type TEXT, json BLOB );
CREATE TABLE datasources (uuid TEXT, typestring TEXT, definition TEXT, name TEXT, interface TEXT,
  json BLOB, UNIQUE(uuid) ON CONFLICT REPLACE);
CREATE TABLE alerts (ts_sec INT, ts_usec INT, phyname TEXT, devmac TEXT, lat REAL, lon REAL,
  header TEXT, json BLOB );
CREATE TABLE messages (ts_sec INT, lat REAL, lon REAL, msgtype TEXT, message TEXT );
CREATE TABLE snapshots (ts_sec INT, ts_usec INT, lat REAL, lon REAL, snaptype TEXT, json BLOB );
"""
MODEM = "5FE308BD-0000-0000-0000-0000000000CE"
WIFI = "5FE308BD-0000-0000-0000-0000000000F1"
#: An observation that Kismet can't key: a channel without a code.
UNKEYED = {"rat": "LTE", "earfcn": 900, "rsrp": -104, "is_serving": False}
RAW = {"cmd": "AT+CGSN", "response": "490154203237518", "err": 0}
ANCHOR = {"schema": "clock-anchor/1", "transport": "at", "seq": 0, "edge": "start"}
#: Second, type, source, place, JSON.
DATA: tuple[tuple[int, str, str, tuple[float, float], Any], ...] = (
    (0, "ClockAnchor", MODEM, (0, 0), ANCHOR),
    (1, "RawAT", MODEM, (0, 0), RAW),
    (2, "Cellular", MODEM, (10, -30), SERVING),
    (4, "Cellular", MODEM, (10, -30), NEIGHBOUR),
    (5, "CellModem", MODEM, (10, -30), UNKEYED),
    (6, "Cellular", MODEM, (10.001, -30), SERVING | {"rsrp": -91}),
    (7, "TPMS", WIFI, (10, -30), {"model": "Tyre"}),
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """As a walk with a modem and a Wi-Fi card leaves it."""
    path = tmp_path / "Kismet-20240601-08-00-00-1.kismet"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(LAYOUT)
        database.execute("INSERT INTO KISMET VALUES ('2025.09.0', 9, 'kismetlog')")
        sources = [(MODEM, "cellat", "AT modem"), (WIFI, "linuxwifi", "wlan0")]
        database.executemany("INSERT INTO datasources VALUES (?1, ?2, ?2, ?3, ?3, '{}')", sources)
        database.execute(
            "INSERT INTO devices VALUES (1717228802, 1717228806, 'CE_0', 'Cellular',"
            " '02:00:00:00:00:01', -85, 10, -30, 10.001, -30, 10, -30, 0, 'Cell', '{}')"
        )
        database.execute(
            "INSERT INTO packets VALUES (1717228803, 5, 'IEEE802.11', '02:00:00:00:00:F1',"
            " 'FF:FF:FF:FF:FF:FF', '00:00:00:00:00:00', 2437000, '0', 10, -30, 12.5, 0, 0, 60, -70,"
            " ?, 127, x'00', 0, '', 6, 1, 1, 60)",
            (WIFI,),
        )
        database.executemany(
            "INSERT INTO data VALUES (?, 250000, 'Cellular', '02:00:00:00:00:01', ?, ?, 12.5, 0, 0,"
            " ?, ?, ?)",
            [
                (1717228800 + second, *place, source, kind, json.dumps(record))
                for second, kind, source, place, record in DATA
            ],
        )
    return path


def test_kismet_s_reader_takes_the_log(log: Path) -> None:
    """It compares the columns of each table, and raises where one is another; of packets of Wi-Fi,
    to which its Kismet added columns since, it knows fewer."""
    tables = ("Devices", "DataSources", "Alerts", "Snapshots", "DataPackets")
    counts = {name: len(list(getattr(kismetdb, name)(str(log)).yield_meta())) for name in tables}
    assert counts == {
        **{"Devices": 1, "DataSources": 2, "Alerts": 0, "Snapshots": 0},
        "DataPackets": len(DATA),
    }


def test_what_is_imported_is_what_kismet_s_reader_reads(log: Path, tmp_path: Path) -> None:
    kind, summary = import_any(log, tmp_path / "out", GIVEN)
    lines = (tmp_path / "out" / "measurements.jsonl").read_text("utf-8").splitlines()
    reports = [json.loads(line) for line in lines]
    assert kind == "kismet"
    read = [
        (row, json.loads(row["json"]))
        for row in kismetdb.DataPackets(str(log)).get_all(type=["Cellular"])
    ]
    whole = [(row, cell) for row, cell in read if "cell_id" in cell]
    assert [
        (one["ts"], one["lat"], one["lon"], one["altitude_m"], one["cell"], one["signal_dbm"])
        for one in reports
    ] == [
        (
            row["ts_sec"] * 1000 + row["ts_usec"] // 1000,
            *(row["lat"], row["lon"], row["alt"], cell["cell_id"], cell["rsrp"]),
        )
        for row, cell in whole
    ]
    assert len(whole) == 2
    # Those without an identity are neighbours of the cell that served then.
    assert reports[0]["neighbours"] == [
        {"rat": "lte", "pci": 77, "arfcn": 1300, "signal_dbm": -96.0},
        {"rat": "lte", "arfcn": 900, "signal_dbm": -104.0},
    ]
    assert "neighbours" not in reports[1]
    assert summary.left_out == {}
    assert "490154203237518" not in "".join(lines)
