"""Complaints of a trace: the cases that they open, and the monthly figures."""

from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Final

import msgspec

from detectors.acting.cases import NumberCase, Sum, complaints, opened
from detectors.acting.owners import Owner, owners
from detectors.acting.sums import BOTH, By, sums
from detectors.model.rare_messages import PublicReport
from replay.calls.columns import aligned
from replay.detect import numbers_in
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_files import TraceError, open_trace
from streams.config.settings import Settings
from streams.privacy.hasher import Hasher

TOPIC: Final = "public.reports"
_HOUR_MS: Final = 3_600_000
_COLUMNS: Final = (
    *("month", "class", "carrier", "complaints", "cases", "dispatched", "answered", "closed"),
    "per_million",
)


def reports_in(
    folder: Path, settings: Settings, hasher: Hasher
) -> tuple[list[PublicReport], list[Owner]]:
    """The reports of a trace, with whose numbers they are about.

    Raises `replay.traces.trace_files.TraceError` where it has none.
    """
    files = open_trace(folder).files
    if TOPIC not in files:
        raise TraceError(f"{folder}: it has no reports, so that there are no cases.")
    chunks = decoded_chunks(reader_of(files[TOPIC]), TOPIC, hasher, limits=settings.limits)
    reports = [report for decoded, _ in chunks for report in decoded.batch]
    book = numbers_in(files.get("number.register"), settings, hasher)
    return reports, owners(book, reports)


def cases_in(folder: Path, settings: Settings, hasher: Hasher) -> list[NumberCase]:
    """The cases that the reports of a trace open, the oldest first."""
    reports, known = reports_in(folder, settings, hasher)
    return sorted(opened(reports, known).values(), key=lambda case: (case.opened_ts, case.case_id))


def sums_in(folder: Path, settings: Settings, hasher: Hasher, by: Sequence[By] = BOTH) -> list[Sum]:
    """The monthly figures of the reports of a trace."""
    reports, known = reports_in(folder, settings, hasher)
    asked = settings.cases
    offset_ms = round(asked.utc_offset_h * _HOUR_MS)
    cases = opened(reports, known).values()
    return sums(complaints(reports, known), cases, asked.users, by, offset_ms)


def table(found: Sequence[Sum]) -> list[str]:
    """Figures for people."""
    plain = [msgspec.to_builtins(one) for one in found]
    return aligned([_COLUMNS, *(itemgetter(*_COLUMNS)(one) for one in plain)])
