"""Files of numbers as CSV, row by row: strict about columns; each wrong line is written down."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streams.config.strict_yaml import listed
from streams.config_error import ConfigError

#: So many problems are listed; whoever mends a file knows by then what is meant.
_MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a file holds: its columns, of which some are required; ``what`` it is in a sentence
    ("a plan"); and how many rows and bytes it has at most."""

    columns: Sequence[str]
    required: Sequence[str]
    what: str
    most_rows: int
    most_bytes: int

    @property
    def expected(self) -> str:
        """What is expected, for errors."""
        rest = ", ".join(name for name in self.columns if name not in self.required)
        return (
            "expected is a CSV file in UTF-8 whose first line names the columns"
            f" {', '.join(self.columns)}, of which {rest} may be missing"
        )


def rows_of(path: Path, form: Form, problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that isn't blank, with its line; wrong lines go to ``problems``.

    Raises `ConfigError` where the file can't be read at all, or its header is wrong.
    """
    reader = csv.reader(io.StringIO(_text(path, form), newline=""))
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if wrong := _wrong_header(names, form):
            raise ConfigError(f"{path}: {wrong}; {form.expected}.")
        for count, cells in enumerate(reader):
            if count >= form.most_rows:
                problems.append(
                    f"line {reader.line_num}: {form.what} has at most {form.most_rows} rows"
                )
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                problems.append(
                    f"line {reader.line_num}: {len(cells)} fields instead of {len(names)}"
                )
                continue
            stripped = (cell.strip() for cell in cells)
            yield reader.line_num, dict(zip(names, stripped, strict=True))
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: is not CSV ({error})")


def refuse(path: Path, problems: Sequence[str]) -> None:
    """Raises `ConfigError` with the problems of a file, where there are some."""
    if problems:
        more = len(problems) - _MOST_LISTED
        shown = [*problems[:_MOST_LISTED], *([f".. and {more} more"] if more > 0 else [])]
        raise ConfigError(listed(str(path), shown))


def _text(path: Path, form: Form) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(form.most_bytes + 1)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror}); {form.expected}.") from error
    if len(content) > form.most_bytes:
        raise ConfigError(f"{path}: is longer than {form.most_bytes >> 20} MiB; {form.expected}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: is not UTF-8; {form.expected}.") from error


def _wrong_header(names: list[str], form: Form) -> str:
    if not any(names):
        return "line 1: is empty"
    if missing := [name for name in form.required if name not in names]:
        return f"line 1: lacks {', '.join(missing)}"
    if unknown := [name for name in names if name not in form.columns]:
        return f"line 1: there is no column {unknown[0][:40]!r}"
    if len(set(names)) < len(names):
        return "line 1: a column is named twice"
    return ""
