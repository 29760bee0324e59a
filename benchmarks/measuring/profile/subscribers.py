"""A sample of real subscribers, of whom aggregates of some months and a label are known.

The file is ``subscribers.csv.gz`` as `docs/fraud-profile.md` describes it: a line a subscriber, 55
aggregates and ``label`` (1: a fraud). Only those count here of whom calls are known, and of whose
aggregates only what the records of one caller's own calls give too. The sample counts calls in both
directions alike, and only those that were answered.
"""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[np.float64]
#: What a column must hold for a subscriber to count.
_NEEDED = ("opposite_count", "voccalltype1", "call_dur_mean")


@dataclass(frozen=True, eq=False)
class Subscribers:
    """Columns by the sample's own names, and who is a fraud; one row a subscriber with calls."""

    columns: dict[str, Column]
    fraud: Column

    def __len__(self) -> int:
        return len(self.fraud)


def load(path: Path) -> Subscribers:
    """Reads the sample. Raises OSError, or KeyError for a column that lacks."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row[name] or "nan") for row in rows]) for name in (rows or [{}])[0]
    }
    known = np.all([~np.isnan(columns[name]) for name in _NEEDED], axis=0)
    kept = {name: column[known] for name, column in columns.items()}
    return Subscribers(kept, kept.pop("label"))


def of_months(sample: Subscribers) -> dict[str, Column]:
    """Seven features of all of a subscriber's months, counts as natural logarithms."""
    of = sample.columns
    return {
        "contacts": np.log(of["opposite_unique"]),
        "calls_per_contact": np.log(of["phone2opposite_mean"]),
        "top_share": of["phone2opposite_max"] / of["opposite_count"],
        "terminals": np.log(of["imeis"]),
        "talk_s": np.log(of["call_dur_mean"]),
        "calls_per_day": np.log(of["opposite_count"] / of["voc_day_nunique"]),
        "hours": of["voc_hour_nunique"],
    }
