"""rayhunter's analyses of both report versions, as messages of signalling.

The lines are written as its sources write them: `ReportMetadata`, `AnalysisRow`.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from replay.imports.conversations import Summary
from replay.imports.importing import ImportFileError
from replay.imports.nas_traces import import_rayhunter

NAMES = (
    "Identity (IMSI or IMEI) requested in suspicious manner",
    "Connection Release/Redirected Carrier 2G Downgrade",
    "NAS Null Cipher Requested",
    "Test Analyzer",
    "Diagnostic detector for messages which might lead to IMSI exposure",
)
HEAD = json.dumps(
    {
        "analyzers": [{"name": name, "description": "", "version": 1} for name in NAMES],
        "rayhunter": {"rayhunter_version": "0.9.0", "system_os": "Linux", "arch": "arm"},
        "report_version": 2,
    },
    separators=(",", ":"),
)
T0 = "2026-03-09T01:48:02.223Z"


def row(at: str | None, **events: str) -> str:
    """A packet's line; events by analyzer's number, as _0."""
    found = [None] * len(NAMES)
    for number, message in events.items():
        found[int(number[1:])] = {"event_type": "High", "message": f"{message} (packet 7)"}
    return json.dumps({"packet_timestamp": at, "skipped_message_reason": None, "events": found})


def imported(
    folder: Path, *lines: str, plmn: tuple[int, int] | None = None
) -> tuple[Summary, list[dict[str, Any]]]:
    path = folder / "analysis.ndjson"
    path.write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    summary = import_rayhunter(path, folder / "out", subscriber="s", plmn=plmn)
    written = (folder / "out" / "signalling.jsonl").read_bytes().splitlines()
    return summary, [msgspec.json.decode(line) for line in written]


def test_events_become_the_procedures_that_ran_in_their_packets(tmp_path: Path) -> None:
    summary, messages = imported(
        tmp_path,
        row(T0, _3="SIB1 received CID: 25601, TAC: 4100, PLMN: 001-01"),
        row(
            "2026-03-09T01:48:03Z",
            _0="Identity requested after auth request",
            _4="Diagnostic: EMM Identity Request (IMSI).",
        ),
        row("2026-03-09T01:48:04Z", _4="Diagnostic: EMM Attach Reject (IllegalUE)."),
        row("2026-03-09T01:48:05Z", _2="NAS Security mode command requested null cipher"),
        row("2026-03-09T01:48:06Z", _1="Detected 2G downgrade"),
        row("2026-03-09T01:48:07Z", _0="Identity request happened without auth request followup"),
        row(None, _1="Detected 2G downgrade"),
        '{"packet_timestamp":null,"skipped_message_reason":"bad","events":[]}',
        "no JSON",
        "",
    )
    where = {"rat": "lte", "mcc": 1, "mnc": 1, "area": 4100, "cell": 25601}
    who = {"subscriber": "s", "source": "device"}
    t3 = 1773020883000
    assert messages == [
        who | where | found
        for found in (
            {"ts": t3, "procedure": "identity_request", "identity_type": "imsi"},
            {"ts": t3 + 1000, "procedure": "attach", "outcome": "reject", "cause": 3},
            {"ts": t3 + 2000, "procedure": "security_mode", "cipher": "EEA0"},
            {"ts": t3 + 3000, "procedure": "redirect", "target_rat": "gsm"},
        )
    ]
    assert summary.left_out == {
        **{"no_known_field": 1, "without_time": 1, "skipped_by_rayhunter": 1, "not_json": 1}
    }


def test_the_former_report_has_several_packets_in_a_line(tmp_path: Path) -> None:
    event = {
        "event_type": {"type": "QualitativeWarning", "severity": "High"},
        "message": "NAS IMSI identity request detected",
    }
    line = {
        "timestamp": "2025-01-01T00:00:00+00:00",
        "skipped_message_reasons": ["a", "b"],
        "analysis": [
            {"timestamp": "2025-01-01T01:00:00+01:00", "events": [event, None]},
            {"timestamp": "2025-01-01T00:00:01Z", "events": [None, event]},
        ],
    }
    summary, messages = imported(tmp_path, json.dumps(line), plmn=(1, 1))
    assert [message["ts"] for message in messages] == [1735689600000, 1735689601000]
    assert {(m["mcc"], m["area"], m["cell"]) for m in messages} == {(1, 0, 0xFFFFFFF)}
    assert summary.left_out == {"skipped_by_rayhunter": 2}


def test_without_a_network_and_with_impossible_cells_nothing_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="1 without network"):
        imported(tmp_path, row(T0, _1="Detected 2G downgrade"))
    far = row(T0, _3="SIB1 received CID: 999999999, TAC: 99999, PLMN: 001-01")
    with pytest.raises(ImportFileError, match="1 area does not fit"):
        imported(tmp_path, far, row(T0, _1="Detected 2G downgrade"))
