"""How good alerts are, measured against the truth: figures, frames and plots of an evaluation."""

from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from detectors.alert.record import Alert
from detectors.model.words import Language
from replay.report.contents import Contents
from replay.results.frames import Kind, Library, frame, needed
from replay.scoring.calibration import Reliability, reliability
from replay.scoring.call_tables import shown
from replay.scoring.calls import CallScores
from replay.scoring.scores import MatchedRun, format_scores, scored
from replay.scoring.scores import Scores as Figures
from replay.traces.truth import read_lines

if TYPE_CHECKING:
    from replay.results.plots import ScorePlots

Of: TypeAlias = Literal["transmitters", "matches", "revisions", "reliability"]

#: Delays in seconds, errors in metres, times in UTC.
COLUMNS: Final[dict[Of, dict[str, Kind]]] = {
    "transmitters": {
        "id": "text",
        "kind": "text",
        "detected": "bool",
        "alert_ids": "int",
        "delay_from_switch_on_s": "float",
        "delay_from_first_return_s": "float",
        "location_error_m_median": "float",
    },
    "matches": {
        "alert_id": "text",
        "revision": "int",
        "transmitter": "text",
        "ts": "time",
        "probability": "float",
        "error_m": "float",
        "covered": "bool",
        "region_level": "float",
    },
    "revisions": {
        "alert_id": "text",
        "ts": "time",
        "probability": "float",
        "true": "bool",
        "transmitter": "text",
    },
    "reliability": {
        "low": "float",
        "high": "float",
        "stated": "float",
        "true": "float",
        "interval_low": "float",
        "interval_high": "float",
        "revisions": "int",
        "alerts": "int",
    },
}


def contents_beside(alerts: Path) -> Contents:
    """What a report shows of the run whose `alerts.jsonl` that is. Raises `EvaluationError`."""
    revisions = [alert for _, alert in read_lines(alerts, Alert, "alerts")]
    summary = alerts.parent / "summary.json"
    known = msgspec.json.decode(summary.read_bytes()) if summary.is_file() else {}
    title = f"cellhound: {alerts.resolve().parent.name}"
    return Contents.of(title, revisions, alerts.parent, summary=known)


class Scores:
    """What `cellhound.evaluate` found; ``figures`` has all, the commonest are attributes too.

    Of several runs taken together, alert ids have the run's number in front.
    """

    def __init__(
        self, run: MatchedRun, calls: CallScores | None = None, contents: Contents | None = None
    ) -> None:
        #: Which revisions match which transmitter.
        self.run = run
        #: The scores of alerts about calls, where the truth has calls.
        self.calls = calls
        self.figures: Figures = scored(run)
        self._contents = contents or Contents("cellhound", [])

    @property
    def precision(self) -> float | None:
        """The share of the alerts that are true; ``None`` without any."""
        return self.figures.precision

    @property
    def recall(self) -> float | None:
        """The share of the transmitters that were found; ``None`` without any."""
        return self.figures.recall

    @cached_property
    def reliability(self) -> Reliability:
        """What stated probabilities are worth, in tenths."""
        return reliability(self.run.samples)

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain data, as `cellhound evaluate --json` prints them."""
        plain: dict[str, Any] = msgspec.to_builtins(self.figures)
        return plain | ({} if self.calls is None else {"calls": self.calls.plain()})

    def to_frame(self, table: Of = "transmitters", library: Library | None = None) -> Any:
        """A data frame of pandas, else of polars: a row for each of the ``transmitters``, of the
        counted revisions that match one (``matches``), of all ``revisions`` with whether they are
        true, or of the tenths of ``reliability``. Raises `ImportError` without either library."""
        if table not in COLUMNS:
            raise ValueError(f"{table!r} is no table here; there are {', '.join(COLUMNS)}")
        return frame(self._rows(table), COLUMNS[table], library)

    @property
    def plot(self) -> "ScorePlots":
        """Figures of matplotlib: ``reliability()``, ``delay()``. Raises `ImportError` without
        it."""
        needed("matplotlib", "plot", "Plots")
        from replay.results.plots import ScorePlots

        return ScorePlots(self)

    def to_html(self, path: str | Path, language: Language = "en") -> Path:
        """Writes the report: what that of the result has, where it is of one run, and the
        scores."""
        from replay.report.page import write_report

        return write_report(Path(path), self.contents(), language)

    def contents(self) -> Contents:
        """What a report shows of it."""
        return self._contents.scored_by(self.run, self.calls)

    def __str__(self) -> str:
        parts = [format_scores(self.figures)]
        return "\n\n".join([*parts, shown(self.calls)] if self.calls else parts)

    def __repr__(self) -> str:
        found = self.figures
        return (
            f"<Scores: {found.detected} of {found.transmitters} transmitters found,"
            f" {found.true_alerts} true and {found.false_alerts} false alerts>"
        )

    def _repr_html_(self) -> str:
        """For notebooks."""
        return f"<pre>{escape(str(self))}</pre>"

    def _rows(self, table: Of) -> list[dict[str, Any]]:
        held: Any = {
            "transmitters": self.figures.by_transmitter,
            "matches": self.run.matches,
            "revisions": self.run.samples,
            "reliability": self.reliability.bins,
        }[table]
        rows: list[dict[str, Any]] = msgspec.to_builtins(list(held))
        for row in rows:
            if (at := row.get("transmitter")) is not None:
                row["transmitter"] = self.run.transmitters[at].id
            if "interval" in row:
                row["interval_low"], row["interval_high"] = row["interval"]
        return rows
