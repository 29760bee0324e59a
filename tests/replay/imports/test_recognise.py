"""What a file is taken for, and what an importer says of one that is not its own."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest

from replay.imports.importers import READERS, import_any
from replay.imports.importing import Given, ImportFileError, import_file, import_table
from replay.imports.mapped.mapped_csv import mapped_reader
from replay.imports.recognise import NAMES, TABLES, described, kind_of
from streams.privacy.hasher import Hasher
from streams.register.column_map import Column, ColumnMap

GIVEN = Given(Hasher(b"k"))
KML = b'<?xml version="1.0"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark/></kml>'
#: Kinds, by the beginning of a file.
SAMPLES: dict[str, bytes] = {
    "tower-collector": b"\xef\xbb\xbfmcc,mnc,lac,cell_id,psc,asu,dbm,ta,lat,lon,accuracy,speed,"
    b"bearing,altitude,measured_at,net_type,neighboring,device\r\n",
    "g-nettrack": b"Timestamp\tLongitude\tLatitude\tOperator\tCellID\tLAC\tLevel\n",
    "netmonster": b"4G;001;01;13;21800;141311;270;10.5;-30.5;Pylon;6200\n",
    "opencellid": b"radio,mcc,net,area,cell,unit,lon,lat,range\n",
    "capture": b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00",
    "rayhunter": b'{"analyzers":[{"name":"Null Cipher"}],"rayhunter":{}}\n{"events":[]}\n',
    "nas-table": b"trace,time_epoch,nas_msg_emm_type\n",
    "csv": b"when;where\n1;2\n",
    "trace": b'{"ts": 1, "rat": "lte"}\n',
    "wigle": b"WigleWifi-1.6,appRelease=2.78,model=X\nMAC,SSID,AuthMode\n",
    "qmdl": b"\x10\x00\x1c\x00\x1c\x00" + bytes(40),
    "kml": KML,
    "gpx": b'<gpx version="1.1" creator="Tower Collector 3"><trk/></gpx>',
    "html": b"<!DOCTYPE html><html></html>",
    "xml": b"<a/>",
    "json": b'{"cells": []}',
    "zip": b"PK\x03\x04rest",
    "pdf": b"%PDF-1.7",
    "parquet": b"PAR1rest",
    "picture": b"\x89PNG\r\n",
    "empty": b"",
}


@pytest.fixture
def samples(tmp_path: Path) -> dict[str, Path]:
    paths = {}
    for kind, data in SAMPLES.items():
        paths[kind] = tmp_path / f"sample-of-{kind}"
        paths[kind].write_bytes(data)
    for kind, table in (("kismet", "KISMET (kismet_version TEXT)"), ("sqlite", "other (a TEXT)")):
        paths[kind] = tmp_path / f"sample-of-{kind}"
        with sqlite3.connect(paths[kind]) as database:
            database.execute(f"CREATE TABLE {table}")
        database.close()
    return paths


def test_each_kind_is_known_by_its_content_plain_and_gzipped(samples: dict[str, Path]) -> None:
    assert samples.keys() == NAMES.keys()
    for kind, path in samples.items():
        assert kind_of(path) == kind
        path.write_bytes(gzip.compress(path.read_bytes()))
        assert kind_of(path) == kind


@pytest.mark.parametrize(
    "data",
    [
        *(b"\x00\x01\x02\x03" * 9, b"just a sentence\n", b"\x1f\x8b broken", b"\xff\xfe\x00"),
        *(b"# A title, of a page\n\nSentences, and more.\n", b"First, second,\nand so on.\n"),
    ],
)
def test_what_is_no_known_kind_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert kind_of(tmp_path / "file") is None
    assert "can't be seen" in described(None)


def test_every_importer_refuses_what_is_not_its_own_and_names_it(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for kind, reader in READERS.items():
        for other in samples.keys() - {kind}:
            with pytest.raises(ImportFileError) as refused:
                import_file(kind, reader, samples[other], out, GIVEN)
            assert f"is not {NAMES[kind]}; it looks like {NAMES[other]}" in str(refused.value)
    reader = mapped_reader(ColumnMap("measurements", {"ts": Column("when")}))
    for other in samples.keys() - set(TABLES):
        with pytest.raises(ImportFileError, match=r"is not a CSV table; it looks like"):
            import_table(reader, samples[other], out, GIVEN)
    assert not out.exists()


def test_a_file_of_its_own_kind_without_anything_in_it_is_refused_too(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    for kind in READERS:
        with pytest.raises(ImportFileError, match="nothing in it can be used"):
            import_file(kind, READERS[kind], samples[kind], tmp_path / "out", GIVEN)
    assert not (tmp_path / "out").exists()


def test_what_no_importer_reads_is_named_with_what_can_be_done(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(ImportFileError) as refused:
        import_any(samples["kml"], tmp_path / "out", GIVEN)
    assert str(refused.value).endswith(
        "no importer reads it; it looks like a KML document; take the app's own log or CSV: a KML"
        " of it has lost most of what was measured."
    )
    for kind in ("capture", "rayhunter", "nas-table", "opencellid", "trace"):
        with pytest.raises(ImportFileError):
            import_any(samples[kind], tmp_path / "out", GIVEN)


def test_a_trace_of_one_line_that_is_longer_than_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "analysis"
    path.write_text(json.dumps({"analyzers": ["x" * 100_000]}, separators=(",", ":")), "utf-8")
    assert kind_of(path) == "rayhunter"
