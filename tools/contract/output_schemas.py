"""JSON Schemas of what cellhound writes, made from the records that it writes."""

from inspect import cleandoc
from typing import Any, Final

import msgspec

from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.alert.record import Alert
from detectors.audit.register_health import RegisterHealth
from detectors.model.finding import Finding
from field.alerts.life_cycle import Action
from field.channels.delivery.log import Delivery
from streams.decode.dead_letters import DeadLetter
from streams.kafka.heartbeat import WorkerHealth
from tools.contract.input_schemas import DIALECT
from tools.contract.rollup_outputs import ROLLUP, Output

_ALERT_ID: Final = "5f1c0d6a9b7e4c2f8a3d5e6f70819a2b"
_CELL: Final = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 61234, "cell": 10}
_SQUARE: Final = {
    "type": "Polygon",
    "coordinates": [
        [[116.397, 39.908], [116.4, 39.908], [116.4, 39.911], [116.397, 39.911], [116.397, 39.908]]
    ],
}

OUTPUTS: Final[dict[str, Output]] = {
    "fbs.alerts": Output(
        Alert,
        "One revision of an alert: a transmitter that may be on the air, how sure that is, and "
        "where. A reader keeps the highest revision of each `alert_id`. A trace's alerts stand in "
        "`alerts.jsonl`, the newest revision of each as a FeatureCollection in `alerts.geojson`.",
        {
            **{"alert_id": _ALERT_ID, "revision": 3, "status": "update", "ts": 1748916074000},
            **{
                "first_seen": 1748916008000,
                "last_seen": 1748916071000,
                "kind": "fake_base_station",
            },
            "identities": [{**_CELL, "arfcn": 74, "pci": None}],
            **{"probability": 0.96, "severity": "high"},
            "position": {"lat": 39.9094, "lon": 116.3988},
            **{"region": _SQUARE, "region_level": 0.9, "radius_m": 180.0},
            "track": [[1748916041000, 39.9089, 116.3981], [1748916071000, 39.9094, 116.3988]],
            **{"speed_mps": None, "bearing_deg": None, "devices": 11, "reports": 14},
            "evidence": [
                {
                    **{"detector": "unknown_old_area", "version": 1, "weight": 4.1, "count": 9},
                    **{"first_ts": 1748916012000, "last_ts": 1748916071000, "devices": 9},
                    "explanation": "9 phones came back from area 61234, which no cell has.",
                    "claimed": {**_CELL, "cell": None, "arfcn": None, "pci": None},
                    "values": {"old_area": 61234},
                }
            ],
            "headline": "A fake base station is on the air near 39.90940, 116.39880.",
            "considered": [
                {
                    **{"code": "F4", "explanation": "areas are renumbered", "share": 0.3},
                    "detectors": ["unknown_old_area"],
                }
            ],
            **{"forecast": None, "measure_next": None, "ta_conflict": False},
            **{"region_50": None, "verdict": None},
        },
    ),
    "dead.letters": Output(
        DeadLetter,
        "An item of an input that could not be read, and why. Runs of digits that look like a "
        "person's number are hashed in it. In a trace: `dead_letters.jsonl`.",
        {
            **{"reason": "missing_field", "detail": "'ts' is missing"},
            **{"topic": "cell.measurements", "partition": 2, "offset": 90417, "index": None},
            **{"rx_ts": 1748916001200, "bytes": 18},
            "sha256": "cac853284b317ea05fed1ddb83b8c15448c4b524f135ab2fc105aa6a05ec9f7f",
            "value_base64": "eyJkZXZpY2UiOiAiZC0xNyJ9",
        },
    ),
    "fbs.evidence": Output(
        Finding,
        "A finding: one message that an honest network would seldom cause, whether or not it came "
        "to an alert. Fields at their default are left out. In a trace: `evidence.jsonl`.",
        {
            **{"detector": "unknown_old_area", "version": 1, "family": "signalling"},
            **{"ts": 1748916012000, "rx_ts": 1748916012900, "weight": 1.8, "cap": 6.0},
            **{"space": "subscriber", "who": "s-904"},
            "claimed": {**_CELL, "cell": None, "arfcn": None, "pci": None},
            "place": {"lat": 39.9102, "lon": 116.3951, "accuracy_m": None, "reach_m": 900.0},
            "values": {"old_area": 61234},
            "source": {
                **{"topic": "cell.signalling", "partition": 1, "offset": 5120},
                **{"index": -1, "part": 0},
            },
        },
    ),
    "fbs.actions": Output(
        Action,
        "What somebody did about an alert. The topic is the life cycle and its audit trail.",
        {
            **{"action_id": "01JWT5Z0Q4", "ts": 1748916130000, "action": "acknowledged"},
            **{"by": "anna", "role": "field", "alert_id": _ALERT_ID},
        },
    ),
    "fraud.victims": Output(
        VictimNotice,
        "A notice: somebody may be being defrauded, and how far it has come. For whoever reminds "
        "people, who alone may read it: no number, no place. One notice a level and day, a higher "
        "level at once, and again when an alert opens that accuses who called: one reminder is due "
        "a level and day. A reader keeps the newest of each `subscriber`, the key. In a trace: "
        "`victims.jsonl`.",
        {
            **{"subscriber": "h-4f1c9b0a77d2e35866aa01c2", "level": "medium"},
            "reasons": ["spoofed", "long_call", "asked_office"],
            **{"since": 1748916071000, "ts": 1748916074000, "valid_until": 1749175274000},
            "alert_ids": [_ALERT_ID],
        },
    ),
    "fraud.actions": Output(
        FraudAction,
        "A proposal for the operator's own systems, by an alert about calls or by a notice of a "
        "victim. Nothing here acts: `by` says whether the settings have decided that it may be "
        "carried out without a person (`incidents.calls.acting.automatic`, none unless set). It is "
        "made again while the alert goes on and half of its time is over. In a trace: "
        "`actions.jsonl`.",
        {
            **{"action": "label", "about": "h-0a1b2c3d4e5f60718293a4b5"},
            "reason": f"scam_campaign {_ALERT_ID} at 0.83: spoofed_ingress, caller_rate",
            **{"by": "rule:label", "ts": 1748916074000, "expires": 1749520874000},
            "appeal": "the operator's customer service",
        },
    ),
    "fbs.deliveries": Output(
        Delivery,
        "What became of one revision of an alert on one channel.",
        {
            **{"ts": 1748916075200, "channel": "desk", "alert_id": _ALERT_ID, "revision": 3},
            **{"outcome": "sent", "attempts": 1, "detail": "", "latency_ms": 410},
            **{"severity": "high", "status": "update", "alert_ts": 1748916074000},
        },
    ),
    "fbs.health": Output(
        WorkerHealth,
        "The sign of life of one worker, every two seconds. Counts run from its start.",
        {
            **{"worker": "w-1", "ts": 1748916076000, "version": "0.1.0", "partitions": 24},
            **{"messages": 812004, "findings": 310, "alerts": 3, "dead_letters": 1, "late": 0},
            "feeds": {
                "cell.measurements": {
                    **{"arrival_ms": 1748916075900, "heard_ms": 1748916075950},
                    **{"messages": 790110, "dead_letters": 1},
                }
            },
            "replay": False,
            "learning": [
                {
                    **{"zone": "8331aafffffffff", "stage": "hour", "since_ms": 1748901600000},
                    **{"minutes": 241, "reports": 790110, "sites": 1930, "not_yet": ["areas"]},
                }
            ],
        },
    ),
    "fbs.register": Output(
        RegisterHealth,
        "What the reports of one zone show of the register: the rows that are likely wrong. A "
        "reader keeps the newest record of each `zone`, the key.",
        {
            **{"zone": "8331aafffffffff", "first_ms": 1748916000000, "last_ms": 1748923200000},
            **{"sites": 310, "cells": 2041},
            "rows": [
                {
                    **{"key": "lte-460-0-4100-100000001", "kind": "site_displaced"},
                    **{"probability": 0.998, "lat": 39.9, "lon": 116.4},
                    **{"learned_lat": 39.9094, "learned_lon": 116.4041, "off_m": 1102.6},
                    **{"sigma_m": 64.0, "reports": 64, "phones": 51, "cells": 6},
                    "other_key": None,
                }
            ],
            "left_out": 0,
        },
    ),
    **ROLLUP,
}


def output_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each topic of `OUTPUTS`, by topic."""
    return {topic: _schema(topic, output) for topic, output in OUTPUTS.items()}


def _schema(topic: str, output: Output) -> dict[str, Any]:
    (whole,), parts = msgspec.json.schema_components([output.record], ref_template="#/$defs/{name}")
    own = parts.pop(whole["$ref"].rpartition("/")[2])
    own.pop("title")
    for part in parts.values():
        # What follows the first paragraph of a docstring is for readers of the code.
        part["description"] = cleandoc(part["description"]).partition("\n\n")[0].replace("\n", " ")
    built = {
        "$schema": DIALECT,
        "$id": f"urn:cellhound:{topic}",
        "title": topic,
        **own,
        "description": output.meaning,
        "examples": [output.example],
    }
    return built | ({"$defs": parts} if parts else {})
