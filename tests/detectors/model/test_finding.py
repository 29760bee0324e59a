"""Identities that agree, and digests that name content and nothing else."""

from typing import Any

import msgspec
import pytest

from detectors.model.finding import Finding, Identity, Observation, Source

WHOLE = Identity("gsm", 460, 0, 61001, 7, 60, 12)


@pytest.mark.parametrize("unknown", ["rat", "mcc", "mnc", "cell", "arfcn", "pci"])
def test_what_is_unknown_agrees(unknown: str) -> None:
    partly = msgspec.structs.replace(WHOLE, **{unknown: None})
    assert partly.agrees(WHOLE)
    assert WHOLE.agrees(partly)


@pytest.mark.parametrize("different", ["mcc", "mnc", "area", "cell", "arfcn", "pci"])
def test_what_both_know_must_be_equal(different: str) -> None:
    other = msgspec.structs.replace(WHOLE, **{different: 99})
    assert not other.agrees(WHOLE)
    assert not WHOLE.agrees(other)


def test_without_an_area_on_both_sides_nothing_agrees() -> None:
    arealess = msgspec.structs.replace(WHOLE, area=None)
    assert not arealess.agrees(WHOLE)
    assert not WHOLE.agrees(arealess)
    assert not arealess.agrees(arealess)


def test_an_area_of_zero_is_an_area() -> None:
    assert Identity(area=0).agrees(Identity("lte", 460, 0, 0))
    assert not Identity(area=0).agrees(Identity(area=1))


FINDING = {
    "detector": "phantom_sms",
    "version": 2,
    "ts": 1,
    "rx_ts": 2,
    "weight": 1.25,
    "cap": 8.0,
    "claimed": None,
    "seen_on": WHOLE,
    "place": None,
    "signal_dbm": -70.0,
    "timing_advance": 3.0,
    "values": {"grade": "other"},
}
NORM = {
    "detector": "phantom_sms",
    "kind": "seen",
    "ts": 1,
    "rx_ts": 2,
    "claimed": None,
    "signal_dbm": -70.0,
    "values": {"sender": "other"},
}


@pytest.mark.parametrize("name", sorted(FINDING))
def test_a_findings_digest_is_of_its_content(make: Any, name: str) -> None:
    one = make.finding()
    other = msgspec.structs.replace(one, **{name: FINDING[name]})
    assert one.digest() == make.finding().digest() != other.digest()
    assert len(one.digest()) == 16


@pytest.mark.parametrize("name", sorted(NORM))
def test_a_norms_digest_is_of_its_content(make: Any, name: str) -> None:
    one = make.observation()
    other = msgspec.structs.replace(one, **{name: NORM[name]})
    assert one.digest() == make.observation().digest() != other.digest()


def test_a_sender_whose_number_was_hashed_does_not_go_into_a_digest(make: Any) -> None:
    one, other, named = (
        {"sender": sender, "content": "4b10f0d13dab6cb8"}
        for sender in (f"h-{'2e' * 12}", f"h-{'91' * 12}", "95533")
    )
    for record in (make.finding, make.observation):
        assert record(values=one).digest() == record(values=other).digest()
        assert record(values=one).digest() != record(values=named).digest()


def test_neither_reporter_nor_way_go_into_a_digest(make: Any) -> None:
    moved = {"who": "another", "source": Source("elsewhere", 3, 99, 4, 1)}
    assert make.finding(**moved).digest() == make.finding().digest()
    assert make.observation(**moved).digest() == make.observation().digest()


def test_the_order_of_values_does_not_matter(make: Any) -> None:
    there, back = {"a": 1, "b": None}, {"b": None, "a": 1}
    assert make.finding(values=there).digest() == make.finding(values=back).digest()


def test_both_survive_the_wire(make: Any) -> None:
    for record in (
        make.finding(seen_on=WHOLE, signal_dbm=-70.0, values={"a": 1, "b": "x", "c": None}),
        make.finding(claimed=None, place=None),
        make.observation(),
    ):
        for codec in (msgspec.json, msgspec.msgpack):
            back = codec.decode(codec.encode(record), type=type(record))
            assert back == record
            assert back.digest() == record.digest()


def test_what_is_not_known_is_left_out_of_the_wire(make: Any) -> None:
    wire = msgspec.json.decode(msgspec.json.encode(make.finding(claimed=None, place=None)))
    assert {"claimed", "place", "seen_on", "signal_dbm"}.isdisjoint(wire)
    assert wire["detector"] == "unknown_cell"
    assert {"version", "ts", "rx_ts", "weight"} <= set(wire)


def test_records_are_frozen(make: Any) -> None:
    for record in (make.finding(), make.observation(), WHOLE):
        assert isinstance(record, Finding | Observation | Identity)
        with pytest.raises(AttributeError):
            record.ts = 0


def test_sources_have_an_order() -> None:
    sources = [Source("a", 0, 2, -1), Source("a", 0, 2, 0), Source("a", 0, 2, 0, 1)]
    sources += [Source("a", 0, 10, -1), Source("a", 1, 0, -1), Source("b", 0, 0, -1)]
    assert sources == sorted(sources, key=msgspec.structs.astuple)
    assert max(sources) == sources[-1]
