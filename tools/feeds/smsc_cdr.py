"""SMS centre: delivery records (SC-SMT of TS 32.274) exported as CSV, to `sms.metadata`.

No form of CSV is standard; `COLUMNS` says which column of yours holds which field of the record.
The user location information is as in TS 29.274 8.21 (LTE) or its CGI and SAI (2G, 3G), in hex.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from tools.feeds.pseudonyms import pseudonym
from tools.feeds.sending import Message, run

TOPIC: Final = "sms.metadata"
COLUMNS: Final = {
    "kind": "recordType",
    "recipient": "recipientIMSI",
    "sender": "originatorAddress",
    "centre": "smscAddress",
    "delivered": "eventTimeStamp",
    "submitted": "submissionTime",
    "reference": "messageReference",
    "octets": "messageSize",
    "coding": "dataCodingScheme",
    "parts": "numberOfMessages",
    "location": "userLocationInfo",
    "rat": "rATType",
    "result": "smsResult",
}
#: 3GPP-RAT-Type (TS 29.061).
_RATS: Final = {"1": "umts", "2": "gsm", "6": "lte"}
#: User location information: flags of the parts that it has, in their order, and their octets.
_CGI, _SAI, _RAI, _TAI, _ECGI = 1, 2, 4, 8, 16
_OCTETS: Final = {_CGI: 7, _SAI: 7, _RAI: 7, _TAI: 5, _ECGI: 7}


def read(file: Path, left_out: Counter[str]) -> Iterator[Message]:
    """The messages that reached somebody."""
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            given = {name: row[column] for name, column in COLUMNS.items()}
            if given["kind"] != "SC-SMT" or given["result"]:
                left_out["that are no delivery, or failed"] += 1
                continue
            yield {
                "ts": _ms(given["delivered"]),
                "device": pseudonym(given["recipient"]),
                "source": "smsc",
                "subscription_mcc": int(given["recipient"][:3]),
                # A personal number is hashed by cellhound; a short code and a name stay.
                "sender": given["sender"],
                "smsc": given["centre"],
                "sent_ts": _ms(given["submitted"]),
                "message_ref": given["reference"],
                "length": _characters(int(given["octets"]), int(given["coding"])),
                "parts": int(given["parts"]),
                **_cell(_RATS.get(given["rat"]), bytes.fromhex(given["location"])),
            }


def _ms(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)


def _characters(octets: int, coding: int) -> int:
    """Of the text, by its alphabet (TS 23.038): seven bits, eight, or sixteen."""
    alphabet = coding >> 2 & 3 if coding < 0x40 else 0
    return (octets * 8 // 7, octets, octets // 2, octets)[alphabet]


def _cell(rat: str | None, location: bytes) -> Message:
    if rat is None or not location:
        return {}
    parts, rest = {}, location[1:]
    for flag, octets in _OCTETS.items():
        if location[0] & flag:
            parts[flag], rest = rest[:octets], rest[octets:]
    if _ECGI in parts and _TAI in parts:
        area = int.from_bytes(parts[_TAI][3:5])
        cell = int.from_bytes(parts[_ECGI][3:7]) & 0xFFFFFFF
        return {"rat": rat, **_plmn(parts[_ECGI]), "area": area, "cell": cell}
    if _CGI in parts:
        area, cell = int.from_bytes(parts[_CGI][3:5]), int.from_bytes(parts[_CGI][5:7])
        return {"rat": rat, **_plmn(parts[_CGI]), "area": area, "cell": cell}
    return {}


def _plmn(octets: bytes) -> Message:
    """Digits by halves of octets, the third digit of the MNC (F: none) in the middle."""
    low, high = octets[1] & 15, octets[1] >> 4
    mcc = f"{octets[0] & 15}{octets[0] >> 4}{low}"
    mnc = f"{octets[2] & 15}{octets[2] >> 4}{high if high < 10 else ''}"
    return {"mcc": int(mcc), "mnc": int(mnc)}


if __name__ == "__main__":
    run(TOPIC, read)
