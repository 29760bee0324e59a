"""`cell.signalling`: procedures of mobility and security."""

from typing import Final

from detectors.model import codes as words
from detectors.model.columns import Signalling
from streams.decode.schema.common import ACCURACY, IDENTITY, OCTET, PCI_MAX, POSITION, RX_TS, TS
from streams.decode.schema.fields import Schema, flag, listed, number, text

SIGNALLING: Final = Schema(
    "cell.signalling",
    Signalling,
    (
        *(TS, RX_TS),
        text(
            "subscriber",
            "Pseudonym of the subscriber; it need not agree with a `device`. A bare IMSI, IMEI or "
            "MSISDN is hashed before anything else.",
            required=True,
        ),
        listed(
            "source",
            words.SIGNALLING_SOURCES,
            "Who recorded it: `core` (MSC, SGSN, MME, AMF), `ran` (base stations: preparation and "
            "failure of handovers, re-establishment, reports of cell identities) or `device` (a "
            "phone's diagnostic port).",
            required=True,
        ),
        *IDENTITY,
        listed("procedure", words.PROCEDURES, "Which procedure ran.", required=True),
        listed("outcome", words.OUTCOMES, "How it ended."),
        number(
            *("cause", "int", 0, OCTET, ""),
            "3GPP cause of a rejection or failure: MM (TS 24.008 10.5.3.6), GMM (10.5.5.14), EMM "
            "(TS 24.301 9.9.3.9) or 5GMM (TS 24.501 9.11.3.2).",
        ),
        number("old_mcc", "int", 0, 999, "", "Country code of the old area."),
        number("old_mnc", "int", 0, 999, "", "Network code of the old area."),
        number(
            *("old_area", "int", 0, 0xFFFFFF, ""),
            "Area from which the phone says that it comes: the LAC or TAC of the old LAI, RAI or "
            "TAI. After 2G or 3G a tracking area update may carry a LAC here (then `old_rat` says "
            "so). 0, 0xFFFE and 0xFFFF (nr: 0 and 0xFFFFFE) say that the phone knows none.",
        ),
        listed("old_rat", words.RATS, "Radio access technology of the old area."),
        number(
            *("old_lai_area", "int", 0, 0xFFFF, ""),
            "LAC of the old LAI that a combined update names beside its old TAI.",
        ),
        listed("update_type", words.UPDATE_TYPES, "Type of a location or tracking area update."),
        flag("csfb", "Whether it is part of a circuit-switched fallback."),
        number("target_cell", "int", 0, 0xFFFFFFFFF, "", "Cell identity of a handover's target."),
        number("target_pci", "int", 0, PCI_MAX, "", "Physical code of a handover's target."),
        listed("identity_type", words.IDENTITY_TYPES, "Which identity was asked for."),
        listed("cipher", words.CIPHERS, "Ciphering algorithm chosen."),
        listed("integrity", words.INTEGRITIES, "Integrity algorithm chosen."),
        listed("target_rat", words.RATS, "Radio access technology after a redirect or handover."),
        *(*POSITION, ACCURACY),
    ),
    identity="fatal",
    meaning="One procedure of mobility or security, as the core network, a base station or a "
    "phone's diagnostic port recorded it. The identity is that of the cell on which it ran.",
    example={
        **{"ts": 1748916012000, "rx_ts": 1748916012900, "subscriber": "s-904", "source": "core"},
        **{"rat": "gsm", "mcc": 460, "mnc": 0, "area": 4100, "cell": 21513},
        **{"procedure": "location_update", "outcome": "accept", "update_type": "normal"},
        **{"old_mcc": 460, "old_mnc": 0, "old_area": 61234, "old_rat": "gsm"},
    },
)
