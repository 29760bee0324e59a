"""`cell.measurements` and `field.measurements`: what phones, probes and instruments measured."""

from typing import Final

from detectors.model.columns import FieldMeasurements, Measurements
from streams.decode.schema.common import (
    DEVICE,
    IDENTITY,
    MEASURED,
    OPTIONAL_IDENTITY,
    RAT,
    RX_TS,
    TS,
)
from streams.decode.schema.fields import Schema, number

MEASUREMENTS: Final = Schema(
    "cell.measurements",
    Measurements,
    (TS, RX_TS, DEVICE, *IDENTITY, *MEASURED),
    identity="fatal",
    neighbours=True,
    broadcast=True,
    meaning="What a phone or a probe measured of one cell, at one place and time. A network's own "
    "measurement reports have no position: they count for identity, not for place.",
    example={
        **{"ts": 1748916000500, "rx_ts": 1748916001200, "device": "d-17"},
        **{"lat": 39.9087, "lon": 116.3975, "position_source": "gnss", "accuracy_m": 8.0},
        **{"speed_mps": 1.2, "bearing_deg": 271.0},
        **{"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": 100000001},
        **{"arfcn": 1300, "pci": 41, "signal_dbm": -87.0, "quality_db": -10.5},
        **{"timing_advance": 6, "serving": True, "indoor": False, "altitude_m": 44.0},
        "neighbours": [{"rat": "lte", "arfcn": 1300, "pci": 77, "signal_dbm": -96.0}],
        "broadcast": {"cell_barred": False, "sib_count": 6, "reselect_priority": 5},
    },
)

FIELD: Final = Schema(
    "field.measurements",
    FieldMeasurements,
    (
        *(TS, RX_TS, DEVICE.meant("Name of the team or of the fixed sensor.")),
        *(RAT, *OPTIONAL_IDENTITY, *MEASURED),
        number(
            *("bearing_to_deg", "float", 0, 360, "°"),
            "Direction towards the transmitter, clockwise from true north, where the instrument "
            "finds directions.",
        ),
        number("bearing_sigma_deg", "float", 0, 360, "°", "Standard deviation of that direction."),
    ),
    identity="or_arfcn",
    meaning="What the teams' own instruments measured. Only authenticated teams and fixed sensors "
    "write here, so one device may weigh more than a phone may. The network, area and cell may be "
    "missing where `arfcn` is there.",
    example={
        **{"ts": 1748916060000, "device": "team-3", "lat": 39.9101, "lon": 116.3990},
        **{"accuracy_m": 3.0, "rat": "gsm", "arfcn": 74, "signal_dbm": -61.0},
        **{"bearing_to_deg": 58.0, "bearing_sigma_deg": 6.0},
    },
)
