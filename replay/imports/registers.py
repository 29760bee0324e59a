"""Registers of other tools, as `register.csv` of a trace."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from replay.imports.importing import accepted, refuse_nothing, refuse_others
from replay.imports.logs.netmonster import read_netmonster
from streams.progress import each
from streams.register.csv_result import RegisterFile
from streams.register.csv_write import write_register_file
from streams.register.topic_rows import write_register

REGISTER: Final = "register.csv"
_BATCH: Final = 2000


def import_netmonster(path: Path, out: Path) -> Summary:
    """Writes ``out``/register.csv with the cells of NetMonster's list.

    Raises `replay.imports.importing.ImportFileError` where the file is none, or has no cell that
    can be used, `OSError` where it can't be read or the register not written.
    """
    refuse_others(path, "netmonster")
    summary = Summary()
    rows = each(read_netmonster(path, summary), "import", unit=" cells")
    first = _checked(rows, summary)
    refuse_nothing(path, summary)
    write_register(out / REGISTER, _all(first, rows, summary))
    return summary


def import_register(path: Path, out: Path, register: RegisterFile) -> Summary:
    """Writes ``out``/register.csv with what was read of a register.

    Raises as `import_netmonster` does.
    """
    summary = Summary(packets=len(register.rows) + len(register.rejects))
    for reject in register.rejects:
        summary.leave_out(reject.reason)
    summary.dropped.update(register.dropped)
    summary.messages = len(register.rows)
    refuse_nothing(path, summary)
    write_register_file(out / REGISTER, register)
    return summary


def _checked(rows: Iterator[dict[str, Any]], summary: Summary) -> list[bytes]:
    """The next rows that can be used, if any are left; empty at the end."""
    while batch := list(islice(rows, _BATCH)):
        if values := accepted("cell.register", batch, summary):
            return values
    return []


def _all(values: list[bytes], rows: Iterator[dict[str, Any]], summary: Summary) -> Iterator[bytes]:
    while values:
        yield from values
        values = _checked(rows, summary)
