"""A correlator's state comes back from its records, or says why it doesn't."""

import random
import zlib
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from detectors.correlate.correlator import STREAMS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import CorrelatorState, parts_of
from detectors.correlate.zone import ZoneState
from detectors.model.finding import Identity, Observation, Source
from streams.config.settings import load_settings
from streams.kafka.topics import INPUTS
from streams.state import form
from streams.state.form import Packed, packed, reset
from streams.state.search import Found, Search

#: As the release before wrote it: one record, 40 % into the quarter of an hour of the integration
#: tests, with every message of it taken and thirteen revisions published.
FORMER = Path(__file__).with_name("former_state.bin")


@dataclass
class Record:
    """What is read of a record of Kafka."""

    value: bytes | None
    headers: Any = ()
    offset: int = 0
    timestamp: int = 0


def _state(clock_ms: int, zones: int = 2) -> CorrelatorState:
    state = CorrelatorState(clock_ms=clock_ms, taken={"findings/cell.signalling/0": (1, 2, 3)})
    for number in range(zones):
        state.zones[f"zone-{number}"] = ZoneState()
    return state


def _records(*states: Packed) -> list[Record]:
    written = [one for state in states for one in (*state.pieces, state.manifest)]
    return [
        Record(value, headers, place, 1000 + place)
        for place, (headers, value) in enumerate(written)
    ]


def _packed(state: CorrelatorState, at: int = 7) -> Packed:
    return packed(parts_of(state), {"fbs.evidence": at}, "1.2.3")


def _found(records: list[Record]) -> Found:
    search = Search()
    return search.look(reversed(records)) or search.end()


def _same(found: Found, state: CorrelatorState) -> bool:
    # As bytes, since NaN is not equal to itself.
    return msgspec.msgpack.encode(found.state) == msgspec.msgpack.encode(state)


def test_the_newest_whole_state_is_found() -> None:
    found = _found(_records(_packed(_state(1), 5), _packed(_state(2), 6)))
    assert _same(found, _state(2))
    assert found.next_offset == {"fbs.evidence": 6}
    assert (found.broken, found.form, found.release) == ((), 2, "1.2.3")


def test_a_torn_state_leaves_the_one_before() -> None:
    one, other = _packed(_state(1)), _packed(_state(2))
    for written in range(len(other.pieces) + 1):
        torn = _records(one) + [Record(v, h, 100) for h, v in other.pieces[:written]]
        found = _found(torn)
        assert _same(found, _state(1))
        assert found.broken == ()


def test_states_of_two_workers_may_lie_among_each_other() -> None:
    one, other = _packed(_state(1)), _packed(_state(2))
    mixed = [one.pieces[0], *other.pieces, *one.pieces[1:], other.manifest, one.manifest]
    found = _found([Record(value, headers, at) for at, (headers, value) in enumerate(mixed)])
    assert _same(found, _state(1))


@pytest.mark.parametrize("kind", ["piece", "missing", "manifest", "version", "layout"])
def test_a_broken_state_is_set_aside_with_a_reason(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _records(_packed(_state(1)))
    if kind == "layout":
        torn = packed(parts_of(_state(2)) | {"rest": b"\x81\xa5known\x01"}, {}, "1.2.3")
        newest = _records(torn)
    elif kind == "version":
        monkeypatch.setattr(form, "VERSION", 3)
        newest = _records(_packed(_state(2)))
        monkeypatch.undo()
    else:
        newest = _records(_packed(_state(2)))
        if kind == "missing":
            del newest[1]
        else:
            damaged = newest[1 if kind == "piece" else -1]
            damaged.value = (damaged.value or b"")[:-1] + b"\x00"
    for record in newest:
        record.offset += 100
    found = _found(before + newest)
    assert _same(found, _state(1))
    reasons = {
        "piece": "waiting is damaged: the checksum differs",
        "missing": "of waiting 1 of 1 records miss",
        "manifest": "its manifest is damaged: the checksum differs",
        "version": "it is of form 3, this release reads form 2",
        "layout": "it is of another release",
    }
    assert len(found.broken) == 1
    assert found.broken[0].startswith(reasons[kind])
    alone = _found(newest)
    assert alone.state is None
    assert alone.broken == found.broken


def test_a_long_part_is_cut_so_that_any_broker_takes_it() -> None:
    state = _state(3)
    state.watermarks = {random.Random(1).randbytes(1 << 21).hex(): 1}
    made = _packed(state)
    assert len(made.pieces) > len(parts_of(state))
    assert max(len(value) for _, value in made.pieces) <= 512 << 10
    assert _same(_found(_records(made)), state)


def test_a_state_that_unpacks_to_too_much_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _records(packed(parts_of(_state(1)) | {"zone/z": bytes(1 << 24)}, {}, "1.2.3"))
    assert sum(len(record.value or b"") for record in made) < 4096
    monkeypatch.setattr(form, "MOST_BYTES", 1 << 20)
    assert _found(made).broken == ("it unpacks to more than 1048576 bytes",)


def test_after_a_reset_a_correlator_begins_anew_where_it_says() -> None:
    headers, value = reset({"fbs.evidence": 9}, "1.2.3", 5_000)
    found = _found([*_records(_packed(_state(1))), Record(value, headers, 100)])
    assert found.state is None
    assert found.broken == ()
    assert found.next_offset == {"fbs.evidence": 9}
    assert found.anew is not None
    assert found.anew.reason == "it was reset"


def test_forged_words_of_the_core_make_no_large_state() -> None:
    state = _state(1)
    for number in range(150_000):
        cell = number // 3 + 1
        state.known.attested.observe(
            Observation(
                **{"detector": "core_service", "kind": "served", "ts": 1, "rx_ts": 1},
                **{"space": "subscriber", "who": sha256(b"%d" % number).hexdigest()},
                claimed=Identity("lte", 460, 0, cell, cell),
                values={"new_area": 1},
                source=Source("cell.signalling", 0, number, -1),
            )
        )
    assert len(state.known.attested.by_key) <= 20_000
    assert _packed(state).bytes < 2 << 20


@pytest.mark.parametrize(
    "value",
    [
        zlib.compress(bytes(1 << 24)),
        zlib.compress(b"\x91" * 100_000 + b"\xc0"),
        zlib.compress(b"\x81\xa5zones\x01"),
        b"\xff",
        zlib.compress(b"\xc1"),
        None,
        zstandard.ZstdCompressor().compress(b"{}"),
    ],
)
def test_what_is_no_state_of_the_former_form_is_broken(
    value: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "MOST_BYTES", 1 << 20)
    found = _found([Record(value, offset=3)])
    assert found.state is None
    assert len(found.broken) == 1


def test_a_state_of_the_release_before_is_taken_up_and_goes_on() -> None:
    record = Record(FORMER.read_bytes(), [("offsets", b'{"fbs.evidence":12,"fbs.census":34}')])
    found = _found([record])
    assert (found.form, found.broken) == (1, ())
    assert found.next_offset == {"fbs.evidence": 12, "fbs.census": 34}
    assert found.state is not None
    state = found.state
    revisions = []
    for again in (False, True):
        correlator = _correlator(state)
        if again:
            until = max(item.rx for item in state.waiting) + 1
            # Of topics too that the release before didn't have.
            for stream, topic in product(STREAMS, INPUTS):
                correlator.promise(stream, topic, 0, until, end=True)
            revisions = [alert.revision for alert in correlator.advance().alerts]
        # Stored in today's form, it comes back as the same.
        state = _found(_records(packed(correlator.parts(), {}, "1.2.3"))).state or CorrelatorState()
    assert revisions == [14, 15]


def _correlator(state: CorrelatorState) -> Correlator:
    rules = load_settings(env={}).rules
    settings = IncidentSettings(update_every_s=20, calm_update_every_s=60)
    return Correlator(rules, settings, frozenset((t, 0) for t in INPUTS), state=state)
