"""Messages on which `odd_level` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

USUAL = (-104.0, -99.0, -101.0, -97.0, -99.0, -102.0)


def fires(make: Town) -> list[Batch]:
    """Six phones agree on the town's cell, then it comes in 30 dB stronger."""
    strong = [{"device": "v", "signal_dbm": -70.0}, {"device": "w", "signal_dbm": -72.0}]
    return [make.measurements(*learned(make, *strong))]


def silent(make: Town) -> list[Batch]:
    return [make.measurements(*learned(make, {"signal_dbm": -92.0}, {"signal_dbm": -110.0}))]


def learned(make: Town, *more: Row, **every: Any) -> list[Row]:
    """Six phones that show what is usual, one a second, then others a minute apart."""
    usual = [{"device": f"u{n}", "at_s": n, "signal_dbm": dbm} for n, dbm in enumerate(USUAL)]
    later = [{"device": f"v{n}", "at_s": 60.0 * (n + 1), **row} for n, row in enumerate(more)]
    return [{**every, **row} for row in (*usual, *later)]
