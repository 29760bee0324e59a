"""What the roll-up writes: its records, what they are, and examples."""

from typing import Any, Final, NamedTuple

import msgspec

from detectors.rollup.records import (
    Campaign,
    Mark,
    NationalCampaign,
    NationalMark,
    NationalWindow,
    Window,
)


class Output(NamedTuple):
    """A topic that cellhound writes: its record, what it is, and an example."""

    record: type[msgspec.Struct]
    meaning: str
    example: dict[str, Any]


_ALERT_ID: Final = "5f1c0d6a9b7e4c2f8a3d5e6f70819a2b"
_NUMBER: Final = "h-0a1b2c3d4e5f60718293a4b5"
_HOUR: Final = {"start": 1748916000000, "length_s": 3600, "group": "wangiri", "version": 2}
_SEEN: Final = {"first_seen": 1748916008000, "last_seen": 1748916071000}
#: A sketch of no names.
_EMPTY: Final = "AgEHDAMIAAg="

ROLLUP: Final = {
    "rollup.windows": Output(
        Window,
        "What a province counted of one kind of alert in one hour; a later version replaces the "
        "earlier. Beside these the key `progress` has `{province, as_of}`: the province has put up "
        "all that it knew then.",
        {
            **{"province": "east", **_HOUR, "as_of": 1748919700000, "alerts": 3, "people": 41},
            **{"suspects": _EMPTY, "calls": _EMPTY},
        },
    ),
    "rollup.campaigns": Output(
        Campaign,
        "What a province says of an alert about calls or texts. Those who are called are a count, "
        "who is impersonated isn't in it, and suspects have national names.",
        {
            **{"province": "east", "alert_id": _ALERT_ID, "revision": 3, "status": "update"},
            **{"kind": "scam_campaign", "probability": 0.96, "ts": 1748916074000, **_SEEN},
            **{"calls": 212, "people": 180, "honest": False, "rules": ["caller_rate"]},
            "numbers": [{"number": _NUMBER, "prefix": "8613", "class": "mobile", "role": "caller"}],
        },
    ),
    "rollup.reputation": Output(
        Mark,
        "How a province marks a number, by the number's national name: marks of "
        "`number.reputation`, and accusations of its own alerts.",
        {
            **{"province": "east", "number": _NUMBER, "by": "app", "mark": "harassment"},
            **{"ts": 1748916500000, "count": 41, "valid_until": 1751508500000, "appealed": False},
        },
    ),
    "national.windows": Output(
        NationalWindow,
        "The provinces' windows of one hour and kind, as far as they have come; a later version "
        "replaces the earlier. Beside these the key `progress` has `{ts, provinces}`: how far each "
        "province has come.",
        {
            **{**_HOUR, "alerts": 7, "people": 90, "suspects": 31.0, "suspects_low": 31.0},
            **{"suspects_high": 31.2, "calls": 412.8},
            "provinces": {"east": 1748919700000, "west": 1748919100000},
        },
    ),
    "national.campaigns": Output(
        NationalCampaign,
        "Alerts of one or several provinces that have a suspect in common. A reader keeps the "
        "highest version of each `campaign`, the key.",
        {
            **{"campaign": _ALERT_ID, "version": 2, "status": "open", "merged_into": None},
            **{"kind": "scam_campaign", "probability": 0.96, **_SEEN, "calls": 400},
            **{"people": 310, "numbers": 24, "shared": [_NUMBER]},
            "alerts": [["east", _ALERT_ID], ["west", _ALERT_ID]],
            "provinces": ["east", "west"],
        },
    ),
    "national.reputation": Output(
        NationalMark,
        "What all provinces say of a number. Provinces take from it what the others say.",
        {
            **{"number": _NUMBER, "appealed": False, "prefix": "8613", "length": 13},
            "given": [
                {
                    **{"province": "east", "by": "app", "mark": "harassment", "count": 41},
                    **{"ts": 1748916500000, "valid_until": 1751508500000, "appealed": False},
                }
            ],
        },
    ),
}
