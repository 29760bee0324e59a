"""Messages on which `identity_exposure` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.codes import INTEGRITIES, PROCEDURES
from detectors.model.columns import Batch
from detectors.model.words import Values
from detectors.rules.sample_town import Row, Town

CORE, DEVICE = 1, 3
ACCEPT, REJECT, ABORT = 1, 2, 3
IMSI = 1
FAKE = {"area": 61001, "cell": 7}


def code(name: str) -> int:
    return PROCEDURES.index(name) + 1


ATTACH: Row = {"procedure": code("attach")}
ASKED: Row = {"procedure": code("identity_request"), "identity_type": IMSI}
CHALLENGED: Row = {"procedure": code("authentication_request")}
MAC_FAILURE: Row = {"procedure": code("authentication_failure"), "cause": 20}
SECURED: Row = {"procedure": code("security_mode"), "integrity": INTEGRITIES.index("EIA2") + 1}
ACCEPTED: Row = {"procedure": code("attach"), "outcome": ACCEPT}
#: Of findings that these messages do not bring about.
MORE_VALUES: list[Values] = [
    {"kind": "ratio", "share": 0.75},
    {"kind": "unproven", "reason": "another"},
]


def fires(make: Town) -> list[Batch]:
    """Three phones that a made-up cell asks for their IMSI, and then fails to know."""
    rows = []
    for n in range(3):
        rows += shown(ATTACH, ASKED, CHALLENGED, MAC_FAILURE, who=f"d{n}", at_s=5.0 * n, **FAKE)
    return [make.signalling(*rows)]


def silent(make: Town) -> list[Batch]:
    """Phones that an honest cell asks for their IMSI, and then proves to know."""
    rows = []
    for n in range(3):
        rows += shown(ATTACH, ASKED, CHALLENGED, SECURED, ACCEPTED, who=f"d{n}", at_s=5.0 * n)
    return [make.signalling(*rows)]


def shown(*rows: Row, who: str = "d0", at_s: float = 0.0, **every: Any) -> list[Row]:
    """What one phone's port shows, half a second between messages."""
    fixed = {"source": DEVICE, "outcome": None, "subscriber": who, **every}
    return [{**fixed, "at_s": at_s + 0.5 * n, **row} for n, row in enumerate(rows)]
