"""What one report shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from detectors.alert.record import Alert
from replay.report.series import Found, read_found
from replay.scoring.calls import CallScores
from replay.scoring.scores import MatchedRun
from replay.traces.truth import Transmitter


@dataclass(frozen=True, slots=True)
class Contents:
    """All revisions of the alerts of one run, with what else is known of it.

    ``cells`` are masts (latitude, longitude, WGS84 degrees), ``summary`` what `summary.json` holds,
    ``found`` the findings by rule and time, ``run`` and ``calls`` what an evaluation matched.
    """

    title: str
    alerts: Sequence[Alert]
    cells: Sequence[tuple[float, float]] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    found: Found | None = None
    truth: Sequence[Transmitter] = ()
    run: MatchedRun | None = None
    calls: CallScores | None = None

    @classmethod
    def of(
        cls,
        title: str,
        alerts: Sequence[Alert],
        folder: Path,
        cells: Sequence[tuple[float, float]] = (),
        summary: Mapping[str, Any] | None = None,
    ) -> "Contents":
        """A run, with the findings that lie in its ``folder``."""
        evidence = folder / "evidence.jsonl"
        found = read_found(evidence) if evidence.is_file() else None
        return cls(title, alerts, cells, summary or {}, found)

    def scored_by(self, run: MatchedRun, calls: CallScores | None) -> "Contents":
        """With the scores of an evaluation, and the transmitters of its truth."""
        return replace(self, run=run, calls=calls, truth=run.transmitters)
