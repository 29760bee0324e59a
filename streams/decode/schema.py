"""The input messages as literal tables: one line a field, one table a topic.

The tables drive the JSON reader, the Arrow reader, the checks and the documentation, so that the
four can't drift apart. Every range is closed. A value of the wrong type, out of range or not listed
makes a dead letter of its message where the field is required or ``fatal``, and is otherwise
dropped and counted while the rest of the message is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from detectors.model import codes as words
from detectors.model.columns import (
    Batch,
    FieldMeasurements,
    Measurements,
    RegisterRows,
    Signalling,
    Sms,
)

Kind = Literal["int", "float", "bool", "text", "listed"]

#: Largest finite double: the range of a float that only has to be finite.
_FINITE: Final = 1.7976931348623157e308
#: Integers beyond this don't fit a float64 column exactly.
_EXACT: Final = 2.0**53
#: 9999-12-31, the last day that most software can print.
_END_OF_TIME_MS: Final = 253_402_300_799_999
#: Values of one octet, as 3GPP causes are (TS 24.008 10.5.3.6, TS 24.301 9.9.3.9).
_OCTET: Final = 255
#: The highest NR-ARFCN (TS 38.104 5.4.2.1); those of the older RATs are lower.
_ARFCN_MAX: Final = 3_279_165
#: The highest NR physical cell identity (TS 38.211 7.4.2.1); PSC, LTE PCI and BSIC are lower.
_PCI_MAX: Final = 1007
#: Largest distance or height that is told of anything on Earth, metres.
_EARTH_M: Final = 5e7

#: OpenCelliD's radio names, any case, among our RATs.
RADIO_CODES: Final = {"GSM": words.GSM, "UMTS": words.UMTS, "WCDMA": words.UMTS} | {
    "LTE": words.LTE,
    "NR": words.NR,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``low`` and ``high`` bound numbers, ``listed`` maps a listed text to its code.

    ``column`` is its name in the batch where that differs; ``any_case`` compares listed texts
    without regard to case.
    """

    name: str
    kind: Kind
    required: bool = False
    fatal: bool = False
    low: float = -_FINITE
    high: float = _FINITE
    listed: Mapping[str, int] | None = None
    any_case: bool = False
    column: str = ""

    @property
    def kills(self) -> bool:
        """Whether a wrong value makes a dead letter of the message."""
        return self.required or self.fatal


@dataclass(frozen=True, slots=True)
class Schema:
    """One topic's messages. ``identity`` says what a bad mcc, mnc, area or cell does.

    ``or_arfcn``: it is required only where there is no ``arfcn``.
    """

    topic: str
    batch: type[Batch]
    fields: tuple[Field, ...]
    identity: Literal["fatal", "dropped", "or_arfcn"]
    neighbours: bool = False
    broadcast: bool = False
    tombstones: bool = False


def _must(name: str, kind: Kind, low: float = -_FINITE, high: float = _FINITE) -> Field:
    return Field(name, kind, required=True, low=low, high=high)


def _may(name: str, kind: Kind, low: float = -_FINITE, high: float = _FINITE) -> Field:
    return Field(name, kind, low=low, high=high)


def _word(name: str, listed: tuple[str, ...], required: bool = False) -> Field:
    codes = {word: code for code, word in enumerate(listed, 1)}
    return Field(name, "listed", required=required, listed=codes)


_TS = Field("ts", "int", required=True, column="ts_ms")
RX_TS: Final = Field("rx_ts", "int", low=-_END_OF_TIME_MS, high=_END_OF_TIME_MS)
#: Bits of area and cell depend on the RAT, so their ranges are checked apart.
_IDENTITY = (
    _word("rat", words.RATS, required=True),
    _must("mcc", "int", 0, 999),
    _must("mnc", "int", 0, 999),
    _must("area", "int", -_EXACT, _EXACT),
    _must("cell", "int", -_EXACT, _EXACT),
)
_OPTIONAL_IDENTITY = (
    _may("mcc", "int", 0, 999),
    _may("mnc", "int", 0, 999),
    _may("area", "int", -_EXACT, _EXACT),
    _may("cell", "int", -_EXACT, _EXACT),
)
_FATAL_POSITION = (
    Field("lat", "float", fatal=True, low=-90, high=90),
    Field("lon", "float", fatal=True, low=-180, high=180),
)
_POSITION = (_may("lat", "float", -90, 90), _may("lon", "float", -180, 180))
_ACCURACY = _may("accuracy_m", "float", 0, _EARTH_M)
_CHANNEL = (_may("arfcn", "int", 0, _ARFCN_MAX), _may("pci", "int", 0, _PCI_MAX))
_LEVEL_DBM = (-160.0, 20.0)

_HEARD = (
    *_FATAL_POSITION,
    _word("position_source", words.POSITION_SOURCES),
    _ACCURACY,
    _may("speed_mps", "float", 0),
    _may("bearing_deg", "float", 0, 360),
    *_CHANNEL,
    _must("signal_dbm", "float", *_LEVEL_DBM),
    _may("quality_db", "float"),
    _may("timing_advance", "int", 0, 3846),
    _may("ta_step_m", "float", 0, _EARTH_M),
    _may("serving", "bool"),
    _may("indoor", "bool"),
    _may("altitude_m", "float", -_EARTH_M, _EARTH_M),
)

#: The highest timing advance by RAT code: any, gsm, umts (none is given), lte, nr.
TIMING_ADVANCE_MAX: Final = (3846, 63, 3846, 1282, 3846)

NEIGHBOUR: Final = (
    _word("rat", words.RATS),
    *_OPTIONAL_IDENTITY,
    *_CHANNEL,
    _may("signal_dbm", "float", *_LEVEL_DBM),
)

BROADCAST: Final = (
    _may("t3212_min", "float", 0),
    _may("cell_reselect_offset_db", "float"),
    _may("reselect_hysteresis_db", "float"),
    _may("neighbours_advertised", "int", 0, _EXACT),
    _may("cell_barred", "bool"),
    _may("gprs", "bool"),
    _may("sib_count", "int", 0, _EXACT),
    _may("reselect_priority", "int", 0, 7),
)

MEASUREMENTS: Final = Schema(
    "cell.measurements",
    Measurements,
    (_TS, RX_TS, _must("device", "text"), *_IDENTITY, *_HEARD),
    identity="fatal",
    neighbours=True,
    broadcast=True,
)

FIELD: Final = Schema(
    "field.measurements",
    FieldMeasurements,
    (
        *(_TS, RX_TS, _must("device", "text"), _IDENTITY[0], *_OPTIONAL_IDENTITY, *_HEARD),
        _may("bearing_to_deg", "float", 0, 360),
        _may("bearing_sigma_deg", "float", 0, 360),
    ),
    identity="or_arfcn",
)

SIGNALLING: Final = Schema(
    "cell.signalling",
    Signalling,
    (
        *(_TS, RX_TS, _must("subscriber", "text")),
        _word("source", words.SIGNALLING_SOURCES, required=True),
        *_IDENTITY,
        _word("procedure", words.PROCEDURES, required=True),
        _word("outcome", words.OUTCOMES),
        _may("cause", "int", 0, _OCTET),
        _may("old_mcc", "int", 0, 999),
        _may("old_mnc", "int", 0, 999),
        _may("old_area", "int", 0, 0xFFFFFF),
        _word("old_rat", words.RATS),
        _may("old_lai_area", "int", 0, 0xFFFF),
        _word("update_type", words.UPDATE_TYPES),
        _may("csfb", "bool"),
        _may("target_cell", "int", 0, 0xFFFFFFFFF),
        _may("target_pci", "int", 0, _PCI_MAX),
        _word("identity_type", words.IDENTITY_TYPES),
        _word("cipher", words.CIPHERS),
        _word("integrity", words.INTEGRITIES),
        _word("target_rat", words.RATS),
        *(*_POSITION, _ACCURACY),
    ),
    identity="fatal",
)

SMS: Final = Schema(
    "sms.metadata",
    Sms,
    (
        *(_TS, RX_TS, _must("device", "text")),
        _word("source", words.SMS_SOURCES, required=True),
        _may("subscription_mcc", "int", 0, 999),
        _may("subscription_mnc", "int", 0, 999),
        _must("sender", "text"),
        _may("smsc", "text"),
        _may("length", "int", 0, _EXACT),
        _may("parts", "int", 0, _OCTET),
        _may("content_hash", "text"),
        _may("has_url", "bool"),
        _may("url_domain", "text"),
        _may("sent_ts", "int", -_EXACT, _END_OF_TIME_MS),
        _may("message_ref", "text"),
        _word("rat", words.RATS),
        *_OPTIONAL_IDENTITY,
        _may("signal_dbm", "float", *_LEVEL_DBM),
        *(*_POSITION, _ACCURACY),
    ),
    identity="dropped",
)

REGISTER: Final = Schema(
    "cell.register",
    RegisterRows,
    (
        RX_TS,
        Field("radio", "listed", True, listed=RADIO_CODES, any_case=True, column="rat"),
        _must("mcc", "int", 0, 999),
        Field("net", "int", required=True, low=0, high=999, column="mnc"),
        *_IDENTITY[3:],
        *_FATAL_POSITION,
        Field("range", "float", low=0, high=_EARTH_M, column="range_m"),
        _may("samples", "int", 0, _EXACT),
        _may("changeable", "int", 0, 1),
        Field("averageSignal", "float", low=-160, high=20, column="average_signal_dbm"),
        *_CHANNEL,
        _may("azimuth_deg", "float", 0, 360),
        _may("eirp_dbm", "float"),
        _may("antenna_m", "float", -_EARTH_M, _EARTH_M),
        Field("valid_from", "int", low=-_EXACT, high=_EXACT, column="valid_from_ms"),
        Field("valid_to", "int", low=-_EXACT, high=_EXACT, column="valid_to_ms"),
        _word("kind", words.CELL_KINDS),
    ),
    identity="fatal",
    tombstones=True,
)

SCHEMAS: Final = {s.topic: s for s in (MEASUREMENTS, SIGNALLING, SMS, REGISTER, FIELD)}
