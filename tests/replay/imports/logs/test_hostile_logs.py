"""Logs that lie about how much belongs together, or about their header."""

import sqlite3
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from replay.imports.conversations import Summary
from replay.imports.importers import READERS
from replay.imports.importing import Given, ImportFileError, Message
from replay.imports.mapped.mapped_csv import MAPPED, mapped_reader
from replay.imports.radio import reading
from replay.imports.recognise import kind_of
from streams.privacy.hasher import Hasher
from streams.register.column_map import read_column_map
from tests.replay.imports.logs import test_logs_of_apps as apps
from tests.replay.imports.test_captures import pcap

GIVEN = Given(Hasher(b"k"), plmn=(1, 1))
MIB = 1 << 20


def all_of(kind: str, path: Path) -> tuple[int, int, Summary]:
    """How many messages a file gives, and the most bytes that it takes meanwhile."""
    summary, count = Summary(), 0
    tracemalloc.start()
    for _ in READERS[kind](path, GIVEN, summary):
        count += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, peak, summary


def test_rows_that_are_all_of_one_moment_are_not_held_together(tmp_path: Path) -> None:
    head, first = apps.TOWER_COLLECTOR.split("\r\n")[:2]
    path = tmp_path / "log.csv"
    path.write_text("\r\n".join([head, *[first] * 20_000]))
    count, peak, _ = all_of("tower-collector", path)
    assert count == 20_000
    assert peak < 8 * MIB


def test_records_of_kismet_are_held_for_as_long_as_they_may_have_neighbours(tmp_path: Path) -> None:
    records: list[Any] = [("Cellular", "a", apps.SERVING)] * 15_000
    count, peak, _ = all_of("kismet", apps.kismet(tmp_path / "log.kismet", *records))
    assert count == 15_000
    assert peak < 2 * MIB


def at_once(path: Path, *records: Any) -> Path:
    """A log all of which is of one second."""
    with sqlite3.connect(apps.kismet(path, *records)) as database:
        database.execute("UPDATE data SET ts_sec = 1717228800")
    database.close()
    return path


def test_so_many_sources_of_kismet_are_different_devices(tmp_path: Path) -> None:
    records = [("Cellular", f"s{number}", apps.SERVING) for number in range(1200)]
    count, _, summary = all_of("kismet", at_once(tmp_path / "log.kismet", *records))
    assert (count, summary.left_out["too_many_sources"]) == (1000, 200)


def test_a_report_of_kismet_has_so_many_neighbours(tmp_path: Path) -> None:
    records = [("Cellular", "a", apps.SERVING), *[("CellModem", "a", apps.NEIGHBOUR)] * 400]
    path = at_once(tmp_path / "log.kismet", *records)
    summary = Summary()
    [(_, report)] = list[Message](READERS["kismet"](path, GIVEN, summary))
    assert len(report["neighbours"]) == 256
    assert summary.left_out["too_many_neighbours"] == 144


@pytest.mark.parametrize("turn", ["\r", "\x0b", "\x1c", "\u2028"])
@pytest.mark.parametrize("kind", ["g-nettrack", "tower-collector"])
def test_a_header_that_ends_elsewhere_for_others_raises_nothing(
    tmp_path: Path, kind: str, turn: str
) -> None:
    whole = {"g-nettrack": apps.G_NETTRACK, "tower-collector": apps.TOWER_COLLECTOR}[kind]
    head, _, rest = whole.replace("\r", "").partition("\n")
    names = head.replace("\t", ",").split(",")
    names.sort(key=lambda name: name.lower() in ("timestamp", "measured_at"))
    path = tmp_path / "log"
    path.write_bytes(f"{','.join(names)}{turn};;;;;;;;;;\n{rest}".encode())
    assert kind_of(path) == kind
    list(READERS[kind](path, GIVEN, Summary()))


def test_names_of_columns_move_no_cursor(tmp_path: Path) -> None:
    mapping, path = tmp_path / "mapping.yaml", tmp_path / "table.csv"
    mapping.write_text(
        "into: measurements\ncolumns: {ts: t, rat: r, area: a, cell: c, signal_dbm: s}\n"
    )
    path.write_bytes(b"\x1b[2J\x1b]0;owned\x07,x" + b",y" * 5000 + b"\n1,2\n")
    with pytest.raises(ImportFileError) as refused:
        list(mapped_reader(read_column_map(mapping, MAPPED))(path, GIVEN, Summary()))
    text = str(refused.value)
    assert text.isprintable()
    assert len(text) < 3000


def test_of_a_capture_so_many_packets_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny ones, of which a gigabyte of zeros in gzip has twenty million."""
    monkeypatch.setattr(reading, "_MOST_PACKETS", 5)
    summary = Summary()
    reading.read_capture(pcap(*[b"\0"] * 9), summary)
    assert (summary.packets, summary.left_out["too_large"]) == (5, 1)
