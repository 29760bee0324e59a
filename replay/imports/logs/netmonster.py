"""NetMonster's list of cells (.ntm), as rows of a register.

Format: "NetMonster cell format" in mroczis/netmonster-web, `RAT;MCC;MNC;CID;AREA;NODE;CODE;LAT;LON;
LOCATION;ARFCN`, RAT one of 2G, 3G, 4G, 5G and CD (CDMA, left out). LTE's identity is the node
times 256 and the cell, UMTS's the RNC times 65,536 and the cell. Places are those that users of
the app agreed on: they count as estimates (`changeable` 1), and what they wrote of a place is not
kept.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from replay.imports.logs.text_rows import at_least_zero, joined_cell, number, rows_of, whole

_COLUMNS: Final = (
    *("rat", "mcc", "mnc", "cell", "area", "node", "pci", "lat", "lon", "location", "arfcn"),
)
_RADIOS: Final = {"2G": "GSM", "3G": "UMTS", "4G": "LTE", "5G": "NR"}


def read_netmonster(path: Path, summary: Summary) -> Iterator[dict[str, Any]]:
    """Rows of a register (OpenCelliD's names) in the order of the file."""
    for row in rows_of(path, summary, ";", list(_COLUMNS)):
        radio = _RADIOS.get(row["rat"].upper())
        if radio is None:
            summary.leave_out("other_technology")
            continue
        yield {
            "radio": radio,
            "mcc": whole(row["mcc"]),
            "net": whole(row["mnc"]),
            "area": whole(row["area"]),
            "cell": joined_cell(whole(row["node"]), whole(row["cell"]), radio.lower()),
            "lon": number(row["lon"]),
            "lat": number(row["lat"]),
            "changeable": 1,
            "arfcn": at_least_zero(whole(row["arfcn"])),
            "pci": at_least_zero(whole(row["pci"])),
        }
