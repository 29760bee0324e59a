"""What detection found in a trace: alerts, findings and figures, as records, frames, plots, a page.

A result is a folder of the files that `cellhound detect` writes (docs/reference.md), read as they
are asked for.
"""

from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from detectors.alert.record import Alert
from detectors.model.words import Language
from replay.alert_files import newest_of
from replay.alert_table import alert_rows, alert_table
from replay.mapview import cells_about, shown_on_map, write_map
from replay.report.contents import Contents
from replay.results.columns import COLUMNS, Table, rows_of
from replay.results.frames import Library, frame, needed
from replay.traces.trace_files import Trace, TraceError, open_trace
from replay.traces.truth import Transmitter, read_lines, read_truth
from streams.register.csv_file import read_register

if TYPE_CHECKING:
    from replay.results.plots import ResultPlots

Record: TypeAlias = dict[str, Any]

#: Rows of the table in a notebook.
_MOST_SHOWN: Final = 100


class Result:
    """The outcome of `cellhound.detect`, or of a run of the command, by its folder.

    ``folder`` has the files; where it is a temporary one it goes with the last reference to the
    result. ``trace`` is the folder of the trace, where it is known.
    """

    def __init__(self, folder: str | Path, trace: str | Path | None = None) -> None:
        self.folder = Path(folder)
        self.trace = None if trace is None else Path(trace)
        if not (self.folder / "alerts.jsonl").is_file():
            raise TraceError(f"{self.folder}: holds no alerts.jsonl; name a folder of `detect`.")

    @cached_property
    def revisions(self) -> list[Record]:
        """Every revision of every alert, as docs/messages.md has `fbs.alerts`, in the order in
        which they were decided."""
        return self._records("alerts")

    @property
    def alerts(self) -> list[Record]:
        """The newest revision of each alert, in the order in which these were decided."""
        newest = {one["alert_id"]: one for one in sorted(self.revisions, key=_revision)}
        return sorted(newest.values(), key=lambda one: (one["ts"], one["alert_id"]))

    @property
    def evidence(self) -> list[Record]:
        """All findings, as docs/messages.md has `fbs.evidence`. Read anew each time: there may be
        millions."""
        return self._records("evidence")

    @property
    def dead_letters(self) -> list[Record]:
        """What could not be read, and why."""
        return self._records("dead_letters")

    @cached_property
    def summary(self) -> Record:
        """What the run did: messages, seconds, findings (docs/reference.md); empty without it."""
        path = self.folder / "summary.json"
        return dict(msgspec.json.decode(path.read_bytes())) if path.is_file() else {}

    @cached_property
    def cells(self) -> list[tuple[float, float]]:
        """Masts about the alerts (latitude, longitude, WGS84 degrees), of the trace's register."""
        found = self._opened
        if found is None or found.register is None:
            return []
        rows = read_register(found.register).rows
        return cells_about(self.structs, rows.lat, rows.lon)

    @property
    def report(self) -> str:
        """The alerts as a short table, as the command prints it."""
        return alert_table(self.structs)

    def to_frame(self, table: Table = "alerts", library: Library | None = None) -> Any:
        """A data frame of pandas, else of polars, or of the ``library`` that is named.

        ``alerts`` has a row for each alert, ``revisions`` for each of its revisions, ``rules`` for
        each rule's share in each revision, ``evidence`` for each finding. Raises `ImportError`
        where no such library is installed.
        """
        if table not in COLUMNS:
            raise ValueError(f"{table!r} is no table here; there are {', '.join(COLUMNS)}")
        held = {"alerts": "alerts", "evidence": "evidence"}.get(table, "revisions")
        return frame(rows_of(table, getattr(self, held)), COLUMNS[table], library)

    @property
    def plot(self) -> "ResultPlots":
        """Figures of matplotlib: ``map()``, ``timeline()``. Raises `ImportError` without it."""
        needed("matplotlib", "plot", "Plots")
        from replay.results.plots import ResultPlots

        return ResultPlots(self)

    def to_html(self, path: str | Path, language: Language = "en") -> Path:
        """Writes the report, one page that loads nothing: map, alerts, evidence, figures. It is in
        English and Chinese; ``language`` comes first."""
        from replay.report.page import write_report

        return write_report(Path(path), self.contents(), language)

    def to_map(self, path: str | Path, language: Language = "en") -> Path:
        """Writes the map as a page of its own, on which the revisions can be played; it is in
        ``language``, English or Chinese."""
        shown = shown_on_map(self.structs)
        write_map(Path(path), shown, self.cells, title=self.title, language=language)
        return Path(path)

    @property
    def title(self) -> str:
        """The name of the trace, else of the folder."""
        return f"cellhound: {(self.trace or self.folder).resolve().name}"

    def truth(self) -> list[Transmitter]:
        """The transmitters of the trace's truth; none where it has none. Raises
        `EvaluationError` where that can't be read."""
        found = self._opened
        return [] if found is None or found.truth is None else read_truth(found.truth)

    def contents(self) -> Contents:
        """What a report shows of it."""
        return Contents.of(self.title, self.structs, self.folder, self.cells, self.summary)

    def _repr_html_(self) -> str:
        """For notebooks."""
        head, *rows = alert_rows(self.structs, _MOST_SHOWN)
        cells = [_row("th", head), *(_row("td", row) for row in rows)]
        return f"<p>{escape(repr(self))}</p><table>{''.join(cells)}</table>"

    def __repr__(self) -> str:
        named = ", ".join(
            f"{self.summary[name]} {name.replace('_', ' ')}"
            for name in ("messages", "findings", "dead_letters")
            if name in self.summary
        )
        count = len(newest_of(self.structs))
        return f"<{self.title}: {count} alert{'s' * (count != 1)}{named and f' ({named})'}>"

    @cached_property
    def structs(self) -> list[Alert]:
        """All revisions as `detectors.alert.record.Alert`."""
        path = self.folder / "alerts.jsonl"
        return [alert for _, alert in read_lines(path, Alert, "alerts")]

    @property
    def _opened(self) -> Trace | None:
        return None if self.trace is None else open_trace(self.trace)

    def _records(self, stem: str) -> list[Record]:
        path = self.folder / f"{stem}.jsonl"
        if not path.is_file():
            return []
        return [record for _, record in read_lines(path, dict, stem)]


def _revision(record: Mapping[str, Any]) -> int:
    return int(record["revision"])


def _row(tag: str, cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
