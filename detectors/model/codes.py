"""The listed texts of messages (docs/messages.md), and the numbers by which columns carry them.

A column of a listed text is an array of ``uint8`` codes: 0 says "not given", code ``k`` the
``k``-th text of its tuple. The tuples are append-only, since snapshots carry the codes.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

RATS: Final = ("gsm", "umts", "lte", "nr")
GSM, UMTS, LTE, NR = 1, 2, 3, 4

POSITION_SOURCES: Final = ("gnss", "wifi", "network", "fixed")
NETWORK_POSITION: Final = 3

SIGNALLING_SOURCES: Final = ("core", "ran", "device")
CORE, RAN, DEVICE = 1, 2, 3

PROCEDURES: Final = (
    "registration",
    "location_update",
    "routing_area_update",
    "tracking_area_update",
    "attach",
    "detach",
    "identity_request",
    "authentication_request",
    "authentication_failure",
    "authentication_reject",
    "security_mode",
    "redirect",
    "service_request",
    "handover",
    "paging",
)
OUTCOMES: Final = ("accept", "reject", "abort")
UPDATE_TYPES: Final = ("normal", "periodic", "attach", "combined")
IDENTITY_TYPES: Final = ("imsi", "imei", "imeisv", "tmsi", "suci")
CIPHERS: Final = (
    *(f"A5/{n}" for n in range(8)),
    *(f"UEA{n}" for n in range(8)),
    *(f"EEA{n}" for n in range(8)),
    *(f"NEA{n}" for n in range(8)),
)
INTEGRITIES: Final = (
    *(f"UIA{n}" for n in range(8)),
    *(f"EIA{n}" for n in range(8)),
    *(f"NIA{n}" for n in range(8)),
)

SMS_SOURCES: Final = ("device", "smsc", "complaint")
SMS_DEVICE, SMS_SMSC, SMS_COMPLAINT = 1, 2, 3

#: Where a call was recorded (types of records of TS 32.298), and where from it came there.
CALL_POINTS: Final = ("igw", "gmsc", "msc", "mgcf", "ibcf", "tas")
INGRESSES: Final = ("international", "interconnect", "onnet")
INTERNATIONAL, INTERCONNECT, ONNET = 1, 2, 3
#: Confidence in a caller's number, as its first network attests it (RFC 8588 4).
ATTESTATIONS: Final = ("A", "B", "C")
RELEASED_BY: Final = ("caller", "callee", "network")
#: What the home network says of a home number that came from abroad.
ROAMING_CHECKS: Final = ("home", "abroad", "detached", "unallocated", "unasked")
#: What a number is for, as a switch says it; `detectors.numbers.classes` says what each is.
NUMBER_CLASSES: Final = ("fixed", "mobile", "iot", "mvno", "400", "short", "service")
Level = Literal["shallow", "medium", "deep"]
#: How far a victim has gone: from who took a call to who is at the bank.
LEVELS: Final[tuple[Level, ...]] = ("shallow", "medium", "deep")
SUBSCRIBER_CHANGES: Final = (
    *("sim_replaced", "forwarding_set", "secondary_number"),
    *("activated", "deactivated"),
)
REPORT_SOURCES: Final = ("12321", "app", "police", "bank")
REPORTED: Final = ("call", "sms", "url", "app")

CHANGE_KINDS: Final = ("replan", "new_site", "temporary", "maintenance", "switch_off")
CELL_KINDS: Final = ("macro", "micro", "indoor", "femto", "temporary")
VERDICTS: Final = ("confirmed", "not_found", "false_alarm", "legitimate_cell")

#: Bits of a cell identity by RAT code (index 0 unused): CI of TS 23.003 4.3.1, UTRAN CI and
#: E-UTRAN ECI of 28 bits (19.6), NR NCI of 36 bits (19.6A).
CELL_BITS: Final = np.array([0, 16, 28, 28, 36], dtype=np.int64)
#: Bits that tell the cells of one base station apart, at least, by RAT code: in LTE all but 20 of
#: 28 (TS 36.300 8.2), in NR all but 22 to 32 of 36 (TS 38.413 9.3.1.6). Others' tell nothing.
STATION_BITS: Final = {LTE: 8, NR: 4}
#: Bits of an area code by RAT code: LAC and TAC of 16 bits (TS 23.003 4.1, 19.4.2.3), 24 in 5GS.
AREA_BITS: Final = np.array([0, 16, 16, 16, 24], dtype=np.int64)


def code_of(text: str | None, texts: tuple[str, ...]) -> int:
    """Code of ``text`` among ``texts``; 0 where it is ``None`` or not listed."""
    return texts.index(text) + 1 if text in texts else 0


def text_of(code: int, texts: tuple[str, ...]) -> str | None:
    """The text behind ``code``; ``None`` for 0 ("not given")."""
    return texts[code - 1] if code else None


def is_reserved_area(
    rat: NDArray[np.uint8], area: NDArray[np.float64] | NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which areas are values that say "no valid area" (TS 23.003 4.1, TS 24.008 10.5.1.3).

    0, 0xFFFE and 0xFFFF in 16-bit RATs, 0 and 0xFFFFFE in 5GS; either set where the RAT is 0.
    """
    short = np.isin(area, (0, 0xFFFE, 0xFFFF))
    long = np.isin(area, (0, 0xFFFFFE))
    return np.where(rat == 0, short | long, np.where(rat == NR, long, short))


def is_unknown_cell_value(rat: NDArray[np.uint8], cell: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which cell values mean "not known": all bits of the RAT's cell identity set."""
    unknown: NDArray[np.bool_] = cell == (np.int64(1) << CELL_BITS[rat]) - 1
    return unknown
