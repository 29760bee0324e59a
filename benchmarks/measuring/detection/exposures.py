"""Tables of connections with what in them exposes an identity, as others made them of captures.

Their columns are those of a published data set (MarlinDetection/Marlin) as cut to samples.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from replay.imports.conversations import Summary
from replay.imports.logs.text_rows import number, rows_of

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Connection:
    """One radio connection: the capture, its second, and the message in it that exposes, if any.

    ``at_s`` counts on over midnight.
    """

    label: str
    capture: str
    at_s: float
    exposing: str | None


def read_connections(path: Path, summary: Summary) -> list[Connection]:
    """The connections of a table of exposures, each once, in order of time within a capture."""
    found: dict[tuple[str, str], Connection] = {}
    day_of: dict[str, tuple[float, float]] = {}
    for row in rows_of(path, summary, ","):
        second, capture = number(row["t_s_of_day"]), row["capture"]
        if second is None:
            summary.leave_out("unreadable_row")
            continue
        before, day_s = day_of.get(capture, (second, 0.0))
        # Rows stand in order of time: a step back by half a day is midnight.
        day_s += _DAY_S if before - second > _DAY_S / 2 else 0.0
        day_of[capture] = (second, day_s)
        one = Connection(
            row["label"],
            capture,
            second + day_s,
            row["imsi_exposing_message"] or None,
        )
        key = capture, row["conn_ref"] or f"row {len(found)}"
        if key not in found or (found[key].exposing is None and one.exposing is not None):
            found[key] = one
    return list(found.values())
