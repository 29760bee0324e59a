"""Messages on which `fallback_share` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import GSM
from detectors.model.columns import Batch
from detectors.rules.cluster_samples import twice
from detectors.rules.sample_town import Row, Town

LOCATION_UPDATE = 2
ON_GSM = {"rat": GSM, "area": 4200, "cell": 11}
ODD = twice({"rat": GSM, "area": 4200, "procedure": LOCATION_UPDATE})
ORDINARY = twice({})


def fires(make: Town) -> list[Batch]:
    """Five subscribers and five phones that fall."""
    return [make.signalling(*crowd(5)), make.measurements(*reports(5))]


def silent(make: Town) -> list[Batch]:
    return [make.signalling(*crowd(5, csfb=True)), make.measurements(*reports(3))]


def up(who: str, at_s: float = 0.0, **row: Any) -> Row:
    return {"subscriber": who, "at_s": at_s, "old_area": 4100, **row}


def down(who: str, at_s: float, **row: Any) -> Row:
    return up(who, at_s, **{**ON_GSM, "procedure": LOCATION_UPDATE, **row})


def crowd(count: int = 6, before: Row | None = None, **row: Any) -> list[Row]:
    names = [f"s{n}" for n in range(count)]
    rows = [up(who, n, **(before or {})) for n, who in enumerate(names)]
    return rows + [down(who, 600.0 + n, **row) for n, who in enumerate(names)]


def reports(count: int = 6, **row: Any) -> list[Row]:
    names = [f"d{n}" for n in range(count)]
    rows = [{"device": who, "at_s": float(n)} for n, who in enumerate(names)]
    fallen = {"rat": GSM, "area": 61001, "cell": 7, **row}
    return rows + [{"device": who, "at_s": 60.0 + n, **fallen} for n, who in enumerate(names)]
