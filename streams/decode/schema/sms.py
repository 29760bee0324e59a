"""`sms.metadata`: short messages without their text."""

from typing import Final

from detectors.model import codes as words
from detectors.model.columns import Sms
from streams.decode.schema.common import (
    ACCURACY,
    DEVICE,
    END_OF_TIME_MS,
    OCTET,
    OPTIONAL_IDENTITY,
    OPTIONAL_RAT,
    POSITION,
    RX_TS,
    TS,
    level,
)
from streams.decode.schema.fields import EXACT, Schema, flag, listed, number, text

SMS: Final = Schema(
    "sms.metadata",
    Sms,
    (
        TS.meant(
            "When the message was received; of a complaint, the time that the person remembers. "
            "From the year 2000 to a day after the arrival time."
        ),
        *(RX_TS, DEVICE),
        listed(
            "source",
            words.SMS_SOURCES,
            "Who reports it: the phone (`device`), the operator (`smsc`: service centre, home "
            "router, IP-SM-GW or a delivery record of the MSC) or a person (`complaint`).",
            required=True,
        ),
        number(
            *("subscription_mcc", "int", 0, 999, ""),
            "Country code of the SIM that received it, since a phone may have two.",
        ),
        number("subscription_mnc", "int", 0, 999, "", "Network code of that SIM."),
        text(
            "sender",
            "Originating address as shown. A person's number is hashed; service numbers and short "
            "codes stay.",
            required=True,
        ),
        text("smsc", "Address of the service centre."),
        number("length", "int", 0, EXACT, "characters", "Length of the text."),
        number("parts", "int", 0, OCTET, "", "Number of segments."),
        text(
            "content_hash",
            "16 hexadecimal digits: a keyed similarity hash (64 bits) of the normalised text. The "
            "text itself is never carried.",
        ),
        flag("has_url", "Whether the text holds a link."),
        text("url_domain", "Registered domain of the link, nothing more of it."),
        number(
            *("sent_ts", "int", -EXACT, END_OF_TIME_MS, "ms"),
            "Time stamp of the service centre (TP-SCTS, TS 23.040 9.2.3.11).",
        ),
        text(
            "message_ref",
            "The same text in the phone's record and in the centre's, where the platform can join "
            "them; else they are joined by device, sender, content hash and time.",
        ),
        OPTIONAL_RAT,
        *OPTIONAL_IDENTITY,
        level("Level of the cell that it came in on."),
        *(*POSITION, ACCURACY),
    ),
    identity="dropped",
    meaning="One short message, as a phone, the operator or a complaining person reports it. The "
    "identity is that of the cell that it came in on. The operator's records may cover only a part "
    "of all messages: a missing one weighs as much as such records are otherwise complete.",
    example={
        **{"ts": 1748916008000, "rx_ts": 1748916009500, "device": "d-17", "source": "device"},
        **{"subscription_mcc": 460, "subscription_mnc": 0, "sender": "95588"},
        **{"smsc": "+8613800100500", "length": 67, "parts": 1, "content_hash": "9f3a64c0de115b02"},
        **{"has_url": True, "url_domain": "example.net", "sent_ts": 1748916006000},
        **{"rat": "gsm", "mcc": 460, "mnc": 0, "area": 61234, "cell": 10, "signal_dbm": -58.0},
        **{"lat": 39.9087, "lon": 116.3975, "accuracy_m": 15.0},
    },
)
