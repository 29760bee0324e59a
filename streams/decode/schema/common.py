"""Fields that several topics share: times, identity, place, channel, neighbours, broadcasts."""

from dataclasses import replace
from typing import Final

from detectors.model import codes as words
from streams.decode.schema.fields import EXACT, FINITE, Field, flag, listed, number

#: 9999-12-31, the last day that most software can print.
END_OF_TIME_MS: Final = 253_402_300_799_999
#: Values of one octet, as 3GPP causes are (TS 24.008 10.5.3.6, TS 24.301 9.9.3.9).
OCTET: Final = 255
#: The highest NR-ARFCN (TS 38.104 5.4.2.1); those of the older RATs are lower.
_ARFCN_MAX: Final = 3_279_165
#: The highest NR physical cell identity (TS 38.211 7.4.2.1); PSC, LTE PCI and BSIC are lower.
PCI_MAX: Final = 1007
#: Largest distance or height of anything on Earth, metres.
EARTH_M: Final = 5e7
#: The highest timing advance by RAT code: any, gsm, umts (has none), lte, nr.
TIMING_ADVANCE_MAX: Final = (3846, 63, 3846, 1282, 3846)

TS: Final = Field(
    *("ts", "int"),
    required=True,
    column="ts_ms",
    unit="ms",
    meaning="When it happened (event time). From the year 2000 to a day after the arrival time.",
)
RX_TS: Final = number(
    *("rx_ts", "int", -END_OF_TIME_MS, END_OF_TIME_MS, "ms"),
    "When the message reached the platform (arrival time). It decides in what order things became "
    "known. Without it the record header `rx-ts` holds, and without that the record's timestamp.",
)
DEVICE: Final = Field(
    *("device", "text"),
    required=True,
    meaning="Pseudonym of the device. A bare IMSI, IMEI or MSISDN is hashed before anything else.",
)
_RAT: Final = listed("rat", words.RATS, "Radio access technology of the cell.")
#: Bits of area and cell depend on the RAT, so their ranges are checked apart.
OPTIONAL_IDENTITY: Final = (
    number("mcc", "int", 0, 999, "", "Mobile country code of the cell, as broadcast."),
    number("mnc", "int", 0, 999, "", "Mobile network code of the cell, as broadcast."),
    number(
        *("area", "int", -EXACT, EXACT, ""),
        "Area code of the cell: LAC (gsm, umts) or TAC (lte, nr). 0, 0xFFFE and 0xFFFF (nr: 0 and "
        "0xFFFFFE) say that no area is known.",
    ),
    number(
        *("cell", "int", -EXACT, EXACT, ""),
        "Cell identity: CI (gsm), UTRAN cell identity (umts), ECI (lte), NCI (nr). All bits set "
        "says that it is not known.",
    ),
)
OPTIONAL_RAT: Final = _RAT
RAT: Final = replace(_RAT, required=True)
IDENTITY: Final = (RAT, *(replace(part, required=True) for part in OPTIONAL_IDENTITY))
POSITION: Final = (
    number("lat", "float", -90, 90, "°", "Latitude, WGS84. Only together with `lon`."),
    number("lon", "float", -180, 180, "°", "Longitude, WGS84. Only together with `lat`."),
)
FATAL_POSITION: Final = tuple(replace(part, fatal=True) for part in POSITION)
ACCURACY: Final = number(
    "accuracy_m", "float", 0, EARTH_M, "m", "Radius that holds the true position with 68 %."
)
CHANNEL: Final = (
    number("arfcn", "int", 0, _ARFCN_MAX, "", "Channel number: ARFCN, UARFCN, EARFCN or NR-ARFCN."),
    number("pci", "int", 0, PCI_MAX, "", "Physical code: BSIC (gsm), PSC (umts), PCI (lte, nr)."),
)


def level(meaning: str, *, required: bool = False) -> Field:
    """A signal level in dBm, in the range that a receiver can report."""
    return number("signal_dbm", "float", -160, 20, "dBm", meaning, required=required)


#: What phones and instruments measure, after time, device and identity.
MEASURED: Final = (
    *FATAL_POSITION,
    listed(
        "position_source",
        words.POSITION_SOURCES,
        "How the position was found. A `network` position may come from the very cell in question, "
        "and so cannot contradict it.",
    ),
    ACCURACY,
    number("speed_mps", "float", 0, FINITE, "m/s", "Speed of the device over ground."),
    number("bearing_deg", "float", 0, 360, "°", "Direction of movement, from true north."),
    *CHANNEL,
    level(
        "Level of the cell: RxLev as RSSI (gsm), RSCP (umts), RSRP (lte), SS-RSRP (nr).",
        required=True,
    ),
    number("quality_db", "float", -FINITE, FINITE, "dB", "Ec/N0 (umts), RSRQ (lte), SS-RSRQ (nr)."),
    number(
        *("timing_advance", "int", 0, max(TIMING_ADVANCE_MAX), "steps"),
        "One-way distance to the transmitter in steps of `ta_step_m`.",
    ),
    number(
        *("ta_step_m", "float", 0, EARTH_M, "m"),
        "Length of a step where it is not the usual one of the RAT (553.46 for gsm, 78.07 for lte "
        "and for nr at 15 kHz): 39.04 for nr at 30 kHz, 299.79 where Android gives microseconds.",
    ),
    flag(
        "serving",
        "False for a cell that the device only receives without using it; `signal_dbm` is then "
        "that cell's level. True where missing.",
    ),
    flag("indoor", "Whether the device was inside a building."),
    number("altitude_m", "float", -EARTH_M, EARTH_M, "m", "Height above the ellipsoid."),
)

#: One cell of ``neighbours``.
NEIGHBOUR: Final = (
    OPTIONAL_RAT,
    *OPTIONAL_IDENTITY,
    *CHANNEL,
    level("Level of the neighbour, as for the serving cell."),
)

#: The parts of ``broadcast``.
BROADCAST: Final = (
    number("t3212_min", "float", 0, FINITE, "min", "Timer of periodic updates; 0 says never."),
    number("cell_reselect_offset_db", "float", -FINITE, FINITE, "dB", "Cell reselection offset."),
    number("reselect_hysteresis_db", "float", -FINITE, FINITE, "dB", "Reselection hysteresis."),
    number("neighbours_advertised", "int", 0, EXACT, "", "Number of neighbours that it names."),
    flag("cell_barred", "Whether the cell is barred."),
    flag("gprs", "Whether the cell offers GPRS."),
    number("sib_count", "int", 0, EXACT, "", "Number of system information blocks scheduled."),
    number("reselect_priority", "int", 0, 7, "", "Reselection priority of the frequency."),
)
