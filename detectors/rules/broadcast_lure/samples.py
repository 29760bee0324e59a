"""Messages on which `broadcast_lure` fires, and messages on which it stays silent."""

import dataclasses
from typing import Any

import numpy as np

from detectors.model.codes import GSM
from detectors.model.columns import Batch, Broadcast
from detectors.model.words import Values
from detectors.rules.sample_town import Row, Town

FAKE = {"rat": GSM, "area": 61001, "cell": 7}
FIELDS = [field.name for field in dataclasses.fields(Broadcast)]
#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [{"lures": ""}, {"lures": "very_short_timer hysteresis priority"}]


def fires(make: Town) -> list[Batch]:
    """Two probes that read a made-up cell with a timer of six minutes and an offset of 60 dB."""
    lure = {**FAKE, "t3212_min": 6.0, "cell_reselect_offset_db": 60.0}
    rogue = [{"device": f"d{n}", "at_s": 40.0 + n, **lure} for n in range(2)]
    return [probed(make, [*town(), *rogue])]


def silent(make: Town) -> list[Batch]:
    return [probed(make, [*town(), {**FAKE, "t3212_min": 60.0, "sib_count": 5.0}])]


def probed(make: Town, rows: list[Row]) -> Batch:
    """Measurements whose rows may also name fields of their broadcast."""
    plain = [{name: value for name, value in row.items() if name not in FIELDS} for row in rows]
    columns = [np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in FIELDS]
    batch: Batch = dataclasses.replace(make.measurements(*plain), broadcast=Broadcast(*columns))
    return batch


def town(count: int = 20, **more: Any) -> list[Row]:
    """Probes that read the town's GSM cell, a second apart."""
    usual = {"rat": GSM, "t3212_min": 240.0, "neighbours_advertised": 6.0, **more}
    return [{"device": f"h{n}", "at_s": float(n), **usual} for n in range(count)]
