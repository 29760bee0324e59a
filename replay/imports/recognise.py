"""What a file is, by its content: so that an importer refuses what is another tool's, by name."""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from streams.register.csv_columns import REQUIRED
from streams.register.csv_layout import is_opencellid_row

_HEAD_BYTES: Final = 1 << 16
_DELIMITERS: Final = ",;\t|"

#: What each kind of file is called in a sentence.
NAMES: Final = {
    "tower-collector": "a Tower Collector export (CSV)",
    "g-nettrack": "a G-NetTrack log",
    "netmonster": "a NetMonster list of cells (.ntm)",
    "opencellid": "an OpenCelliD register (CSV)",
    "kismet": "a Kismet log (kismetdb)",
    "capture": "a capture (pcap or pcapng)",
    "rayhunter": "a rayhunter analysis (NDJSON)",
    "nas-table": "a table of decoded NAS messages (CSV)",
    "csv": "a CSV table",
    "trace": "a file of a trace (JSON lines)",
    "wigle": "a WiGLE export (CSV)",
    "qmdl": "a raw DIAG recording (QMDL)",
    "kml": "a KML document",
    "gpx": "a GPX document",
    "html": "a page of HTML",
    "xml": "an XML document",
    "json": "JSON",
    "sqlite": "an SQLite database that is not Kismet's",
    "zip": "a ZIP archive",
    "pdf": "a PDF",
    "parquet": "a Parquet file",
    "picture": "a picture",
    "empty": "an empty file",
}
#: Kinds that are tables of text.
TABLES: Final = (
    *("tower-collector", "g-nettrack", "netmonster", "opencellid", "nas-table", "csv", "wigle"),
)
#: What may be done with a kind that no importer reads.
_ADVICE: Final = {
    "csv": "name its columns in a mapping file: `cellhound import csv --mapping`",
    "wigle": "name its columns in a mapping file: `cellhound import csv --mapping`",
    "trace": "put it into a folder: that is a trace already",
    "qmdl": "take the capture (pcapng) that the recorder makes of it",
    "kml": "take the app's own log or CSV: a KML of it has lost most of what was measured",
    "gpx": "take the app's own log or CSV: a GPX of it has lost most of what was measured",
    "zip": "unpack it first",
}
_MAGIC: Final = (
    (b"\x0a\x0d\x0d\x0a", "capture"),
    *((magic, "capture") for magic in (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1")),
    *((magic, "capture") for magic in (b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1")),
    *((magic, "capture") for magic in (b"\xa1\xb2\xcd\x34", b"\x34\xcd\xb2\xa1")),
    (b"PK\x03\x04", "zip"),
    (b"%PDF", "pdf"),
    (b"PAR1", "parquet"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
)
_SQLITE: Final = b"SQLite format 3\x00"
#: A frame of QMDL is a log message of DIAG: its code, two octets, twice its length.
_QMDL: Final = re.compile(rb"\x10\x00(..)\1", re.DOTALL)
_NTM: Final = re.compile(r"(?:2G|3G|4G|5G|CD)(?:;[^;]*){9,}$")
_TOWER_COLLECTOR: Final = {"mcc", "mnc", "lac", "cell_id", "lat", "lon", "net_type", "measured_at"}
_G_NETTRACK: Final = {"timestamp", "longitude", "latitude", "cellid"}


def kind_of(path: Path) -> str | None:
    """The kind of a file, a key of `NAMES`, plain or gzipped; ``None`` where it can't be seen.

    Raises `OSError` where the file can't be read.
    """
    head = head_of(path)
    if not head:
        return "empty"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_SQLITE):
        return "kismet" if b"kismet_version" in head else "sqlite"
    if _QMDL.match(head):
        return "qmdl"
    text = head.decode("utf-8-sig", "replace").lstrip()
    if "\x00" in text[:1000]:
        return None
    if text.startswith("<"):
        return _markup(text)
    if text.startswith(("{", "[")):
        return _json_kind(text)
    return _table(text)


def head_of(path: Path) -> bytes:
    """The first 64 KiB of a file, unpacked where it is gzipped; less where it is damaged."""
    with path.open("rb") as stream:
        data = stream.read(_HEAD_BYTES)
    if not data.startswith(b"\x1f\x8b"):
        return data
    found = b""
    with gzip.open(path) as packed:
        try:
            while len(found) < _HEAD_BYTES and (piece := packed.read1(_HEAD_BYTES)):
                found += piece
        except (OSError, EOFError, zlib.error):
            return found[:_HEAD_BYTES] or data
    return found[:_HEAD_BYTES]


def described(kind: str | None) -> str:
    """What a file looks like, and what can be done with it, as the end of a sentence."""
    if kind is None:
        return "what it is can't be seen from its content"
    advice = _ADVICE.get(kind)
    return f"it looks like {NAMES[kind]}" + (f"; {advice}" if advice else "")


def _markup(text: str) -> str:
    lower = text[:4096].lower()
    named = ((("<kml",), "kml"), (("<gpx",), "gpx"), (("<!doctype html", "<html"), "html"))
    return next((kind for marks, kind in named if any(m in lower for m in marks)), "xml")


def _json_kind(text: str) -> str:
    try:
        first: Any = json.loads(text.splitlines()[0])
    except (ValueError, RecursionError):
        # A first line that is longer than what was read is judged by its beginning.
        return "rayhunter" if text.startswith('{"analyzers":') else "json"
    if not isinstance(first, dict):
        return "json"
    if isinstance(first.get("analyzers"), list):
        return "rayhunter"
    return "trace" if {"ts", "rat"} <= first.keys() else "json"


def fields_of(line: str, delimiter: str | None = None) -> tuple[list[str], str]:
    """The fields of a table's line, stripped, and the delimiter, if none is given that which gives
    the most of them."""
    delimiter = delimiter or max(_DELIMITERS, key=line.count)
    try:
        fields = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        fields = []
    return [field.strip() for field in fields], delimiter


_HEADERS: Final[tuple[tuple[str, Callable[[set[str]], bool]], ...]] = (
    ("tower-collector", _TOWER_COLLECTOR.issubset),
    ("g-nettrack", _G_NETTRACK.issubset),
    ("nas-table", lambda names: "nas_msg_emm_type" in names),
    ("opencellid", set(REQUIRED).issubset),
)


def _table(text: str) -> str | None:
    lines = text.splitlines()[:2]
    line = lines[0].rstrip() if lines else ""
    if line.startswith("WigleWifi-"):
        return "wigle"
    if _NTM.match(line):
        return "netmonster"
    fields, delimiter = fields_of(line)
    if is_opencellid_row(fields):
        return "opencellid"
    names = {field.lower() for field in fields}
    for kind, fits in _HEADERS:
        if fits(names):
            return kind
    # Sentences have commas too, but seldom as many in the next line.
    is_table = all(len(fields_of(each, delimiter)[0]) == len(fields) for each in lines)
    is_plain = len(fields) > 1 and all(field.isprintable() for field in fields)
    return "csv" if is_table and is_plain else None
