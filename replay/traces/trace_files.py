"""Which files make a trace, and finding them in a folder."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: File stem and the topic that its messages belong to.
FILES: Final = {
    "measurements": "cell.measurements",
    "signalling": "cell.signalling",
    "sms": "sms.metadata",
    "calls": "call.signalling",
    "changes": "network.changes",
    "field": "field.measurements",
    "feedback": "field.feedback",
    "numbers": "number.register",
    "subscribers": "subscriber.changes",
    "reports": "public.reports",
}
LINE_FORMS: Final = (".jsonl", ".jsonl.gz", ".jsonl.zst")
PARQUET: Final = ".parquet"
FORMS: Final = (*LINE_FORMS, PARQUET)
REGISTER_FORMS: Final = (".csv", ".csv.gz")

_EXPECTED: Final = (
    f"A trace is a folder with at least one of {', '.join(FILES)}, each as {', '.join(FORMS[:-1])} "
    f"or {PARQUET}; beside them register.csv (or .csv.gz) and truth.jsonl."
)


class TraceError(Exception):
    """The trace can't be read or written; the text says why and what is expected."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The files of a trace; ``files`` by topic, in the order of `FILES`."""

    folder: Path
    files: dict[str, Path]
    register: Path | None
    truth: Path | None


def open_trace(folder: Path) -> Trace:
    """Find the files of a trace.

    Raises TraceError where the folder holds none, or one twice, or where what has the name of one
    is no file: a folder, a link to nothing, a pipe.
    """
    if not folder.is_dir():
        raise TraceError(f"{folder}: there is no such folder. {_EXPECTED}")
    files = {}
    for stem, topic in FILES.items():
        if path := _only(folder, stem, FORMS):
            files[topic] = path
    if not files:
        raise TraceError(f"{folder}: holds no file of a trace. {_EXPECTED}")
    return Trace(
        folder,
        files,
        _only(folder, "register", REGISTER_FORMS),
        _only(folder, "truth", (".jsonl",)),
    )


def form_of(path: Path) -> str:
    """Which of `FORMS` a file has, by its name. Raises TraceError for none of them."""
    for form in sorted(FORMS, key=len, reverse=True):
        if path.name.endswith(form):
            return form
    raise TraceError(f"{path}: its name ends in none of {', '.join(FORMS)}.")


def _only(folder: Path, stem: str, forms: tuple[str, ...]) -> Path | None:
    found = [path for form in forms if os.path.lexists(path := folder / (stem + form))]
    for path in found:
        if not path.is_file():
            raise TraceError(f"{path}: is no file, or a link to one that isn't there.")
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise TraceError(
            f"{folder}: holds {names}, which are the same file in two forms; keep one."
        )
    return found[0] if found else None
