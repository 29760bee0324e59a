"""Every importer by the kind of file that it takes, for a command that looks for itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from replay.imports.conversations import Summary
from replay.imports.importing import Given, ImportFileError, Reader, import_file
from replay.imports.logs.g_nettrack import read_g_nettrack
from replay.imports.logs.kismet import read_kismet
from replay.imports.logs.tower_collector import read_tower_collector
from replay.imports.nas_traces import import_nas, import_nas_events, import_rayhunter
from replay.imports.recognise import described, kind_of
from replay.imports.registers import import_netmonster, import_register
from replay.traces.shown_register import read_shown

#: Importers whose messages are checked and written alike.
READERS: Final[dict[str, Reader]] = {
    "tower-collector": read_tower_collector,
    "g-nettrack": read_g_nettrack,
    "kismet": read_kismet,
}


def _capture(path: Path, out: Path, given: Given) -> Summary:
    mcc, mnc = given.plmn or (None, None)
    return import_nas(path, out, subscriber=given.who, mcc=mcc, mnc=mnc)


_OTHERS: Final[dict[str, Callable[[Path, Path, Given], Summary]]] = {
    "capture": _capture,
    "rayhunter": lambda path, out, given: import_rayhunter(
        path, out, subscriber=given.who, plmn=given.plmn
    ),
    "nas-table": lambda path, out, _: import_nas_events(path, out),
    "netmonster": lambda path, out, _: import_netmonster(path, out),
    "opencellid": lambda path, out, _: import_register(path, out, read_shown(path)),
}


def import_any(path: Path, out: Path, given: Given) -> tuple[str, Summary]:
    """Imports a file by its content; returns its kind, a key of `replay.imports.recognise.NAMES`.

    Raises ImportFileError where no importer reads it, and what the importer raises.
    """
    kind = kind_of(path)
    if kind in READERS:
        return kind, import_file(kind, READERS[kind], path, out, given)
    if kind in _OTHERS:
        return kind, _OTHERS[kind](path, out, given)
    raise ImportFileError(f"{path}: no importer reads it; {described(kind)}.")
