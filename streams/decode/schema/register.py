"""`cell.register`: the operator's list of its cells, in OpenCelliD's columns and some more."""

from typing import Final

from detectors.model import codes as words
from detectors.model.columns import RegisterRows
from streams.decode.schema.common import CHANNEL, EARTH_M, FATAL_POSITION, IDENTITY, RX_TS
from streams.decode.schema.fields import EXACT, FINITE, Field, Schema, listed, number

#: OpenCelliD's radio names, any case, among our RATs.
RADIO_CODES: Final = {"GSM": words.GSM, "UMTS": words.UMTS, "WCDMA": words.UMTS} | {
    "LTE": words.LTE,
    "NR": words.NR,
}
#: 9999-12-31 in seconds.
_END_OF_TIME_S: Final = 253_402_300_799
_LEARNED: Final = (
    "It says nothing of how long the cell exists; only `valid_from` and `valid_to` do."
)

REGISTER: Final = Schema(
    "cell.register",
    RegisterRows,
    (
        RX_TS,
        Field(
            *("radio", "listed"),
            required=True,
            listed=RADIO_CODES,
            any_case=True,
            column="rat",
            meaning="Radio access technology, in any case of letters; `WCDMA` is `UMTS`.",
        ),
        IDENTITY[1].meant("Mobile country code."),
        number("net", "int", 0, 999, "", "Mobile network code.", required=True, column="mnc"),
        *IDENTITY[3:],
        *FATAL_POSITION,
        number(
            *("range", "float", 0, EARTH_M, "m"),
            "Estimated reach of the cell.",
            column="range_m",
        ),
        number("samples", "int", 0, EXACT, "", "Number of reports behind a crowd estimate."),
        number(
            *("changeable", "int", 0, 1, ""),
            "1: the position is a crowd estimate (a centroid of reports); 0: it is the mast.",
        ),
        number(
            *("averageSignal", "float", -160, 20, "dBm", "Mean level; 0 where none was measured."),
            column="average_signal_dbm",
        ),
        *CHANNEL,
        number("azimuth_deg", "float", 0, 360, "°", "Direction of the sector, from true north."),
        number("eirp_dbm", "float", -FINITE, FINITE, "dBm", "Effective radiated power."),
        number("antenna_m", "float", -EARTH_M, EARTH_M, "m", "Height of the antenna over ground."),
        number(
            *("valid_from", "int", -EXACT, EXACT, "ms", "Since when the row holds."),
            column="valid_from_ms",
        ),
        number(
            *("valid_to", "int", -EXACT, EXACT, "ms", "Until when the row holds."),
            column="valid_to_ms",
        ),
        listed("kind", words.CELL_KINDS, "What kind of cell it is."),
    ),
    identity="fatal",
    tombstones=True,
    carried=(
        number("unit", "int", -EXACT, EXACT, "", "PSC or PCI in OpenCelliD's files."),
        number("created", "int", 0, _END_OF_TIME_S, "s", f"When the row was made. {_LEARNED}"),
        number("updated", "int", 0, _END_OF_TIME_S, "s", f"When it was last changed. {_LEARNED}"),
    ),
    meaning="One cell of the operator's list; the topic is compacted, its key is "
    "`rat-mcc-mnc-area-cell` in lower case without padding (`lte-460-0-4100-100000001`). A cell "
    "with several spans of validity is an array of its rows. A null value deletes the cell that "
    "the key names. The list may be incomplete, out of date, or cover the country only.",
    example={
        **{"radio": "LTE", "mcc": 460, "net": 0, "area": 4100, "cell": 100000001, "unit": 41},
        **{"lon": 116.3951, "lat": 39.9102, "range": 900, "samples": 0, "changeable": 0},
        **{"created": 1577836800, "updated": 1735689600, "averageSignal": 0},
        **{"arfcn": 1300, "pci": 41, "azimuth_deg": 120.0, "eirp_dbm": 58.0, "antenna_m": 32.0},
        **{"valid_from": 1577836800000, "kind": "macro"},
    },
)
