"""Drawn reports that travel together come to what they come to one by one, whatever is cut how."""

from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detectors.correlate.correlator import Correlator
from detectors.correlate.levels.waiting_rows import turns_of
from detectors.correlate.state import behind
from detectors.features.rows.travelling import as_texts
from detectors.features.samples.of_samples import of_samples, singly
from detectors.features.samples.sample_rows import ROW, SampleRows
from detectors.model.codes import LTE
from detectors.model.finding import Identity, Observation, Place, Source
from tests.detectors.correlate.columns.outcome import (
    ALL_RULES,
    PLACES,
    SETTINGS,
    SOURCES,
    T0,
    TOPIC,
    advanced,
    assert_alike,
    correlator,
    cut,
    mixed,
    promised,
)

DRAWING = tuple(rule.name for rule in ALL_RULES if of_samples(rule) is not None)
STRANGER = Identity("lte", 460, 0, 4100, 77, 1850, 9)
#: What else rules let through, in turn: kind, and the values that they carry.
MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "sudden_cell": ("odd", {"how": "elsewhere", "site": "39.900,116.400", "new": 0}),
    "transient_cell": ("odd", {"new_area": 1}),
    "held_back": ("odd", {"habit": "at once"}),
    "unplanned_code": ("unplanned", {"arfcn": 1850, "pci": 9, "altitude_m": 90.0, "from_afar": 1}),
    "fallback_share": ("odd", {}),
    "wrong_channel": (
        "off_plan",
        {"site": "39.900,116.400", "arfcn": 1850, "pci": 9, "planned_pci": 7, "both": 0},
    ),
}


def drawn(chance: Random, partition: int, count: int) -> SampleRows:
    """Reports about in order of arrival; several arrive in one millisecond."""
    numbers = np.zeros(count, dtype=ROW)
    for name in ROW.names or ():
        if ROW[name].kind == "f":
            numbers[name] = np.nan
    numbers["rx_ts"] = sorted(T0 + 300 * chance.randrange(500) for _ in range(count))
    numbers["rx_ts"] += [300 * chance.randrange(20) for _ in range(count)]
    numbers["ts"] = numbers["rx_ts"] - [chance.choice((900, 40_000)) for _ in range(count)]
    numbers["offset"], numbers["index"] = 2 * np.arange(count), -1
    numbers["rat"], numbers["mcc"], numbers["area"] = LTE, 460, 4100
    numbers["cell"] = [chance.choice((1, 2)) for _ in range(count)]
    numbers["lat"], numbers["lon"] = zip(
        *(chance.choice(PLACES) for _ in range(count)), strict=True
    )
    numbers["lat"] += [chance.choice((0.0, 0.03)) for _ in range(count)]
    numbers["signal_dbm"] = [chance.choice((-120.0, -98.0, np.nan)) for _ in range(count)]
    numbers["altitude_m"] = [chance.choice((12.0, 30.0, np.nan)) for _ in range(count)]
    numbers["site_lat"], numbers["site_lon"] = PLACES[0]
    numbers["habit"] = [chance.randrange(5) for _ in range(count)]
    numbers["by_network"] = [chance.randrange(2) for _ in range(count)]
    numbers["stands_for"] = 32
    numbers["takers"] = [chance.randrange(1, 1 << len(DRAWING)) for _ in range(count)]
    who = [f"d{chance.randrange(12)}" for _ in range(count)]
    return SampleRows(((TOPIC, partition),), DRAWING, numbers, as_texts(who))


def sent(chance: Random, rows: SampleRows) -> list[Observation]:
    return [one for part in cut(chance, len(rows)) for one in rows.take(part).many()]


def suspicions(make: Any, chance: Random, partition: int) -> list[Any]:
    """What rules judge by the samples, some of it when these arrive as well, and what opens an
    incident."""
    found: list[Any] = []
    for number in range(60):
        at_s = (T0 - make.t0_ms) / 1000 + chance.choice((0.3, 0.1)) * chance.randrange(500)
        place = Place(*PLACES[chance.choice((0, 0, 1))], 10.0)
        source = Source(TOPIC, partition, 2 * number + 1, -1)
        more: dict[str, Any] = {"place": place, "source": source, "claimed": STRANGER}
        if number % 8 == 0:
            lat, lon = PLACES[0][0] + chance.uniform(-0.004, 0.004), PLACES[0][1]
            where = {"place": Place(lat, lon, 10.0), "source": source, "who": f"d{number}"}
            found.append(make.finding(number, at_s, weight=3.0, signal_dbm=-70.0, **where))
            continue
        detector = chance.choice(DRAWING)
        kind, values = MORE[detector]
        more |= {"detector": detector, "kind": kind, "values": values, "signal_dbm": -70.0}
        found.append(make.observation(number % 12, at_s, **more))
    return found


@pytest.mark.slow
@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 1 << 30))
def test_many_together_come_to_what_each_by_itself_comes_to(make: Any, seed: int) -> None:
    chance = Random(seed)
    parts = [sent(chance, drawn(chance, number, 120)) for number in range(3)]
    beside = [suspicions(make, chance, number) for number in range(3)]
    together = [mixed(*each) for each in zip(parts, beside, strict=True)]
    apart = [mixed(singly(part, ALL_RULES), more) for part, more in zip(parts, beside, strict=True)]
    assert_alike(together, apart, seed)


def test_all_rules_that_draw_are_tried_with_what_they_judge() -> None:
    assert set(DRAWING) == set(MORE)


def test_what_is_sent_again_is_taken_once() -> None:
    rows, ours = drawn(Random(3), 0, 50), correlator()
    rows.numbers["takers"] = 3
    for begin, end in ((0, 20), (20, 35), (0, 30), (30, 50)):
        for record in rows.take(slice(begin, end)).many():
            ours.take(record)
    assert (ours.state.waits, ours.state.repeated) == (50, 2 * 35)
    promised(ours, T0 + 200_000)
    assert ours.state.waits == 0
    # Those on the border count in two zones.
    assert sum(zone.age.reports for zone in ours.state.zones.values()) >= 2 * 50


def test_what_comes_later_than_promised_counts_as_late_and_is_learned() -> None:
    ours, rows = correlator(), drawn(Random(4), 0, 50)
    rows.numbers["takers"] = 1
    promised(ours, T0 + 200_000)
    for record in rows.many():
        ours.take(record)
    assert ours.state.late == 50
    promised(ours, T0 + 200_001)
    assert ours.state.waits == 0


def test_more_than_may_wait_are_worked_off_before_their_time() -> None:
    ours = Correlator(ALL_RULES, SETTINGS, SOURCES, most_waiting=10)
    for record in drawn(Random(5), 0, 50).many():
        ours.take(record)
    ours.advance()
    assert 0 < ours.state.waits <= 10


def test_one_that_begins_anew_knows_what_waits_for_later() -> None:
    rows, ours = drawn(Random(6), 0, 50), correlator()
    for record in rows.many():
        ours.take(record)
    middle_ms = int(np.sort(rows.numbers["rx_ts"])[30])
    later = behind(ours.state, middle_ms)
    assert 0 < later.waits <= 20
    assert turns_of(later.samples)[0].min() >= middle_ms


def test_what_waits_is_learned_by_those_rules_that_are_on_then() -> None:
    ours = correlator()
    for record in drawn(Random(8), 0, 50).many():
        ours.take(record)
    some = tuple(rule for rule in ALL_RULES if rule.name in ("held_back", "wrong_channel"))
    later = Correlator(some, SETTINGS, SOURCES, state=Correlator.restore(ours.snapshot()))
    promised(later, T0 + 200_000)
    later.snapshot()
    kept = {name for zone in later.state.zones.values() for name in zone.judgements}
    assert kept == {"held_back", "wrong_channel"}


def test_nothing_that_no_worker_writes_ends_a_correlator() -> None:
    (sound,) = drawn(Random(7), 0, 5).many()
    ours = correlator()
    far, odd, strange = (drawn(Random(7), 0, 5) for _ in range(3))
    far.numbers["lat"], odd.numbers["habit"], strange.numbers["takers"] = 95.0, 99, 1 << 15
    wrong = (
        {},
        {**sound.values, "who": "one"},
        {**sound.values, "rows": "not base 64, surely"},
        {**sound.values, "rows": ""},
        *(one.values for rows in (far, odd, strange) for one in rows.many()),
    )
    for values in wrong:
        ours.take(msgspec.structs.replace(sound, values=values))
    ours.take(msgspec.structs.replace(sound, values={**sound.values, "takers": "a\nb\nc\nd\ne\nf"}))
    assert ours.state.waits == 5
    decided = ours.advance()
    assert [name for name, _ in decided.unusable] == ["samples"] * len(wrong)


def test_what_no_rule_draws_ends_no_correlator() -> None:
    """All that may be missing is missing: alone, and together in zones that have begun."""
    ours, rows, blamed = correlator(), drawn(Random(9), 0, 60), set[str]()
    for name in ROW.names or ():
        if ROW[name].kind == "f" and name not in ("lat", "lon"):
            rows.numbers[name] = np.nan
    rows.numbers["rx_ts"] //= 10_000
    rows.numbers["rx_ts"] *= 10_000
    for record in rows.many():
        ours.take(record)
    for until_ms in (T0 + 50_000, T0 + 200_000):
        blamed |= {name for name, _ in advanced(ours, until_ms).unusable}
    assert ours.state.waits == 0
    # It draws cells that have a mast.
    assert blamed == {"wrong_channel"}
