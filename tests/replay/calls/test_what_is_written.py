"""What `detect` writes of victims and proposals, and that no bare identifier gets there."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.features.calls.numbers import about
from detectors.features.facts import Facts, Origin
from detectors.model.finding import Finding, OfCalls, Source
from detectors.register.register import Register
from replay.pipeline import Pipeline, Work
from replay.screened.screened_file import Clock
from streams.config.settings import load_settings
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.decode.schema import SCHEMAS
from streams.privacy.hasher import Hasher
from tests.streams.privacy.canary_forms import MSISDN, forms, found

TOPIC = "call.signalling"
T0 = 1_748_916_020_000
HASHER = Hasher(b"a key for the canary")


def written(findings: list[Finding], out: Path) -> tuple[list[VictimNotice], list[FraudAction]]:
    """The files that come of findings, as `detect` writes them."""
    with Pipeline([], load_settings(env={}), None, Work(), Clock()) as pipeline:
        for each in findings:
            pipeline.correlator.take(each)
        pipeline._advance({}, T0 + 3_600_000, end=True)
        pipeline.write(out)
    return (
        [msgspec.json.decode(line, type=VictimNotice) for line in _lines(out, "victims")],
        [msgspec.json.decode(line, type=FraudAction) for line in _lines(out, "actions")],
    )


def _lines(out: Path, name: str) -> list[bytes]:
    return (out / f"{name}.jsonl").read_bytes().splitlines()


def finding(n: int, of_calls: OfCalls, detector: str, family: Any, **values: str) -> Finding:
    return Finding(
        detector=detector,
        version=1,
        family=family,
        ts=T0 + n,
        rx_ts=T0 + n,
        weight=6.0,
        cap=6.0,
        space="number",
        who=of_calls.number or "",
        values=dict(values),
        of_calls=of_calls,
        source=Source(TOPIC, 0, n, -1),
    )


def of(calls: list[OfCalls]) -> list[Finding]:
    """What rules might find of some calls, of each by three."""
    made = []
    for n, one in enumerate(calls):
        made += [
            finding(3 * n, one, "spoofed_ingress", "number"),
            finding(3 * n + 1, one, "caller_rate", "pace"),
            finding(3 * n + 2, one, "victim_path", "victim", level="deep", suspect="spoofed"),
        ]
    return made


def test_files_are_there_even_without_anything_in_them(tmp_path: Path) -> None:
    assert written([], tmp_path) == ([], [])


def test_victims_and_proposals_are_written_as_they_were_decided(tmp_path: Path) -> None:
    whom = {"number": "h-1", "prefix": "4479111", "number_class": "mobile"}
    call = OfCalls(**whom, calls=("c-1",), people=("h-2",))
    victims, actions = written(of([call]), tmp_path)
    assert [(one.subscriber, one.level, len(one.alert_ids)) for one in victims] == [
        ("h-2", "deep", 1)
    ]
    assert {(one.action, one.about) for one in actions} == {
        *(("label", "h-1"), ("block", "h-1"), ("trace", "c-1"), ("stop_payment", "h-2"))
    }
    assert {one.by for one in actions} == {f"rule:{one.action}" for one in actions}


def test_no_identifier_gets_out_whatever_form_it_has(tmp_path: Path) -> None:
    example = dict(SCHEMAS[TOPIC].example) | {"ts": T0}
    fields = ("caller", "callee", "call_ref", "trunk", "carrier", "presented", "asserted")
    messages = [example | dict.fromkeys(fields, text) for _, _, text in forms()]
    messages += [example | {"caller": f"+86{MSISDN}", "call_ref": f"c-{n}"} for n in range(3)]
    values = [msgspec.json.encode(each) for each in messages]
    arrived = np.full(len(values), T0, dtype=np.int64)
    batch = decode(RecordSlice(TOPIC, 0, range(len(values)), values, arrived), HASHER).batch
    facts = Facts(batch, Register.empty(), Origin(TOPIC, 0))
    calls = [about(facts, row) for row in range(len(batch))]
    assert len(calls) > 40
    victims, actions = written(of(calls), tmp_path)
    assert victims
    assert {one.action for one in actions} >= {"label", "block", "trace", "stop_payment"}
    for name in ("victims", "actions"):
        assert found((tmp_path / f"{name}.jsonl").read_text()) == set()
