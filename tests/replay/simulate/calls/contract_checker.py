"""What a line of a call trace owes to the format (docs/messages.md): names, types, values."""

import gzip
import json
from pathlib import Path
from typing import Any

WORDS = {
    "point": {"igw", "gmsc", "msc", "mgcf", "ibcf", "tas"},
    "ingress": {"international", "interconnect", "onnet"},
    "released_by": {"caller", "callee", "network"},
    "roaming_check": {"home", "abroad", "detached", "unallocated", "unasked"},
    "number_class": {"fixed", "mobile", "iot", "mvno", "400", "short", "service"},
    "attestation": {"A", "B", "C"},
    "rat": {"gsm", "umts", "lte", "nr"},
}
TEXTS = {
    *("call_ref", "caller", "callee", "presented", "asserted", "redirecting", "verstat"),
    *("callee_region", "trunk", "carrier", "sim", "terminal", "home_region", "visited_region"),
    *("ported_to", *WORDS),
}
INTS = {
    *("ts", "rx_ts", "caller_nai", "caller_npi", "presentation", "screening", "caller_category"),
    *("ring_ms", "duration_ms", "cause", "imei_tac", "mcc", "mnc", "area", "cell"),
}
BOOLS = {"answered", "roaming"}
REQUIRED = {"ts", "call_ref", "point", "callee", "ingress", "answered"}
CHANGES = {"sim_replaced", "forwarding_set", "secondary_number", "activated", "deactivated"}
SOURCES, ABOUT = {"12321", "app", "police", "bank"}, {"call", "sms", "url", "app"}
STORIES = {"scam_caller", "scam_campaign", "sim_box", "wangiri", "account_takeover", "look_alike"}


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a feed; none where there is no file."""
    path = folder / f"{name}.jsonl.gz"
    return [json.loads(line) for line in gzip.open(path)] if path.exists() else []


def truth(folder: Path) -> list[dict[str, Any]]:
    """The lines of the truth."""
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]


def wrong_calls(calls: list[dict[str, Any]]) -> list[str]:
    """What is wrong about lines of `call.signalling`."""
    found: list[str] = []
    for row in calls:
        missing = REQUIRED - set(row)
        strange = set(row) - TEXTS - INTS - BOOLS
        found += [f"{row}: {name}" for name in missing | strange]
        for name, value in row.items():
            kind = str if name in TEXTS else bool if name in BOOLS else int
            right = type(value) is kind and value in WORDS.get(name, {value})
            found += [] if right else [f"{name} {value!r}"]
        if row["presentation"] not in (0, 1, 2) or row.get("screening", 0) not in (0, 1, 2, 3):
            found.append(f"presentation or screening: {row}")
        if min(row["ring_ms"], row["duration_ms"]) < 0 or row["answered"] < (
            row["duration_ms"] > 0
        ):
            found.append(f"durations: {row}")
        if not row["rx_ts"] - row["ts"] > -86_400_000:
            found.append(f"times: {row}")
        if "cell" in row and not 0 < row["cell"] < 2**16 > row["area"]:
            found.append(f"cell: {row}")
    return found


def wrong_others(folder: Path) -> list[str]:
    """What is wrong about lines of the other feeds and of the truth."""
    found = []
    for row in rows(folder, "subscribers"):
        if not (row["kind"] in CHANGES and row["subscriber"] and row["ts"] <= row["rx_ts"]):
            found.append(f"subscribers: {row}")
    for row in rows(folder, "reports"):
        about_right = row["source"] in SOURCES and row["about"] in ABOUT
        if not (about_right and (row.get("number") or row.get("url_domain"))):
            found.append(f"reports: {row}")
    for row in rows(folder, "numbers"):
        right = row["prefix"].isdigit() and row["class"] in WORDS["number_class"]
        if not (right and len(row["prefix"]) <= row["length"]):
            found.append(f"numbers: {row}")
    for row in rows(folder, "sms"):
        right = row["source"] in ("smsc", "device") and len(row["content_hash"]) == 16
        if not (right and row["sender"] and ("url_domain" in row) == row["has_url"]):
            found.append(f"sms: {row}")
    for row in truth(folder):
        if row["kind"] == "victim":
            right = row["level"] in ("shallow", "medium", "deep") and row["since"] > 0
        else:
            right = row["kind"] in STORIES and row["callers"] and "transmitter" in row
            right = right and all(first <= last for first, last in row["active"])
        found += [] if right else [f"truth: {row}"]
    for name in ("calls", "sms", "subscribers", "reports", "numbers"):
        arrivals = [row["rx_ts"] for row in rows(folder, name)]
        found += [] if arrivals == sorted(arrivals) else [f"{name}: not in order of arrival"]
    return found
