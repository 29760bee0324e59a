"""A trace's texts without all else: what an installation sees that has nothing but SMS feeds.

Phones report sender, content, time and place, and no cell, as apps for short messages do. What the
texts of some transmitters brought can be left out, complaints about them too.
"""

import gzip
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measuring.many.crowded_city import number_of
from replay.scoring.evaluate import LEAST_PROBABILITY
from replay.simulate.scenario.scenario import Scenario

_OF_CELLS = ("rat", "mcc", "mnc", "area", "cell", "arfcn", "pci", "signal_dbm")
FEED = "sms.jsonl.gz"


class Sent(msgspec.Struct):
    """What one transmitter sent: the similarity hashes of its texts as phones have them, and the
    phones that report one with its place."""

    contents: set[str] = set()
    witnesses: set[str] = set()


class _Evidence(msgspec.Struct):
    values: dict[str, Any] = {}


class _Revision(msgspec.Struct):
    alert_id: str
    probability: float
    evidence: list[_Evidence] = []


def texts_alone(trace: Path, out: Path, scenario: Scenario, ids: frozenset[str]) -> dict[str, Sent]:
    """Writes the texts of a trace with the transmitters ``ids`` of the scenario alone, and their
    truth; what each of them sent."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(trace / "register.csv", out)
    truth = [
        line
        for line in (trace / "truth.jsonl").read_bytes().splitlines()
        if msgspec.json.decode(line)["id"] in ids
    ]
    (out / "truth.jsonl").write_bytes(b"".join(line + b"\n" for line in truth))
    lines = gzip.decompress((trace / FEED).read_bytes()).splitlines()
    messages: list[dict[str, Any]] = [msgspec.json.decode(line) for line in lines]
    names = {number_of(rogue): rogue.id for rogue in scenario.rogues}
    fraud = {
        (message["device"], message["content_hash"]): names[message["length"]]
        for message in messages
        if number_of(message) in names
    }
    kept, sent = [], {name: Sent() for name in ids}
    for message in messages:
        of = fraud.get((message["device"], message["content_hash"]))
        if of is not None and of not in ids:
            continue
        if of is not None:
            sent[of].contents.add(message["content_hash"])
            if message.get("lat") is not None:
                sent[of].witnesses.add(message["device"])
        for name in _OF_CELLS:
            message.pop(name, None)
        kept.append(msgspec.json.encode(message) + b"\n")
    (out / FEED).write_bytes(gzip.compress(b"".join(kept), mtime=0))
    return sent


def named_in(alerts: Path, sent: Mapping[str, Sent]) -> dict[str, str | None]:
    """Of each alert that counts the transmitter whose text it names; ``None`` for a false one.

    Places don't decide: texts are surer, and neighbours are no farther apart than places err.
    """
    found: dict[str, str | None] = {}
    for line in alerts.read_bytes().splitlines():
        alert = msgspec.json.decode(line, type=_Revision)
        if alert.probability >= LEAST_PROBABILITY:
            named = {each.values.get("content") for each in alert.evidence}
            of = next((name for name, one in sent.items() if named & one.contents), None)
            found[alert.alert_id] = of or found.get(alert.alert_id)
    return found
