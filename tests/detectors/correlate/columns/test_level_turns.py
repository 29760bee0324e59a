"""Levels that travel together come to what they come to one by one, whatever is cut how."""

from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detectors.correlate.correlator import STREAMS, Correlator
from detectors.correlate.levels.waiting_rows import turns_of
from detectors.correlate.state import behind
from detectors.features.levels.level_rows import ROW, LevelRows, singly
from detectors.features.rows.travelling import MOST_ROWS, Many, as_texts
from detectors.model.codes import LTE
from detectors.model.finding import Finding, Observation, Place, Source
from tests.detectors.correlate.columns.outcome import (
    ALL_RULES,
    PLACES,
    SETTINGS,
    SOURCES,
    T0,
    TOPIC,
    assert_alike,
    correlator,
    cut,
    mixed,
    promised,
)

BESIDE = "lte 460 0 4100 1 {}.0"


def levels(chance: Random, partition: int, count: int) -> LevelRows:
    """Levels of few cells by many phones, about in order of arrival; several arrive in one
    millisecond."""
    numbers = np.zeros(count, dtype=ROW)
    for name in ("accuracy_m", "timing_advance", "ta_step_m", "jump_db", "arfcn", "pci"):
        numbers[name] = np.nan
    numbers["rx_ts"] = sorted(T0 + 300 * chance.randrange(500) for _ in range(count))
    numbers["rx_ts"] += [300 * chance.randrange(20) for _ in range(count)]
    numbers["ts"], numbers["offset"], numbers["index"] = T0, np.arange(count), -1
    numbers["rat"], numbers["mcc"], numbers["area"] = LTE, 460, 4100
    numbers["cell"] = [chance.choice((1, 2)) for _ in range(count)]
    where = [chance.choice((0, 0, 1)) for _ in range(count)]
    numbers["tile"] = where
    numbers["lat"], numbers["lon"] = zip(*(PLACES[each] for each in where), strict=True)
    numbers["signal_dbm"] = [chance.choice((-100, -98, -103, -60)) for _ in range(count)]
    numbers["jump_db"] = [chance.choice((np.nan, 12.0)) for _ in range(count)]
    who = [f"d{chance.randrange(12)}" for _ in range(count)]
    near = [chance.choice(("", "", BESIDE.format(chance.choice((-99, -50))))) for _ in who]
    return LevelRows(((TOPIC, partition),), numbers, as_texts(who), as_texts(near))


def sent(chance: Random, rows: LevelRows) -> list[Observation]:
    return [one for part in cut(chance, len(rows)) for one in rows.take(part).many("odd_level")]


def suspicions(make: Any, chance: Random, partition: int) -> list[Finding]:
    """What opens an incident, whose place rests on what levels have shown of phones."""
    found = []
    for number in range(8):
        lat, lon = PLACES[0][0] + chance.uniform(-0.004, 0.004), PLACES[0][1]
        place = Place(lat, lon + chance.uniform(-0.004, 0.004), 10.0)
        at_s = (T0 - make.t0_ms) / 1000 + chance.uniform(0.0, 150.0)
        source = Source(TOPIC, partition, number, -1)
        more = {"who": f"d{number}", "place": place, "source": source, "signal_dbm": -70.0}
        found.append(make.finding(number, at_s, weight=3.0, **more))
    return found


def ordinary(make: Any, chance: Random, partition: int) -> list[Observation]:
    """What another rule lets through meanwhile, which begins zones and counts in their ages."""
    found = []
    for number in range(6):
        at_s = (T0 - make.t0_ms) / 1000 + chance.uniform(0.0, 150.0)
        source = Source(TOPIC, partition, 10 * number, -1)
        more = {"detector": "sudden_cell", "kind": "ground", "source": source, "values": {}}
        place = Place(*PLACES[chance.choice((0, 1))], 10.0)
        found.append(make.observation(number, at_s, claimed=None, place=place, **more))
    return found


@pytest.mark.slow
@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 1 << 30))
def test_many_together_come_to_what_each_by_itself_comes_to(make: Any, seed: int) -> None:
    chance = Random(seed)
    parts = [sent(chance, levels(chance, number, 80)) for number in range(3)]
    beside = [
        [*suspicions(make, chance, number), *ordinary(make, chance, number)] for number in range(3)
    ]
    together = [mixed(*each) for each in zip(parts, beside, strict=True)]
    apart = [mixed(singly(part), more) for part, more in zip(parts, beside, strict=True)]
    assert_alike(together, apart, seed)


def test_rows_that_were_never_made_observations_come_to_the_same() -> None:
    """However many there are: an observation would hold no more than a part of them."""
    rows = levels(Random(8), 0, MOST_ROWS + 90)
    ours, theirs = correlator(), correlator()
    theirs.take_many(Many("odd_level", rows))
    for record in rows.many("odd_level"):
        ours.take(record)
    assert ours.state.waits == theirs.state.waits == len(rows)
    decided = [promised(each, T0 + 200_000) for each in (ours, theirs)]
    assert decided[0].findings
    assert decided[0].findings == decided[1].findings
    assert ours.snapshot() == theirs.snapshot()


def test_what_is_sent_again_is_taken_once() -> None:
    rows, ours = levels(Random(3), 0, 50), correlator()
    for begin, end in ((0, 20), (20, 35), (0, 30), (30, 50)):
        for record in rows.take(slice(begin, end)).many("odd_level"):
            ours.take(record)
    assert (ours.state.waits, ours.state.repeated) == (50, 35)
    promised(ours, T0 + 200_000)
    assert ours.state.waits == 0
    # Those on the border count in two zones.
    assert sum(zone.age.reports for zone in ours.state.zones.values()) >= 50


def test_what_comes_later_than_promised_counts_as_late_and_is_judged() -> None:
    ours, rows = correlator(), levels(Random(4), 0, 50)
    promised(ours, T0 + 200_000)
    for record in rows.many("odd_level"):
        ours.take(record)
    assert ours.state.late == 50
    promised(ours, T0 + 200_001)
    assert ours.state.waits == 0


def test_more_than_may_wait_are_worked_off_before_their_time() -> None:
    rows = levels(Random(5), 0, 50)
    ours = Correlator(ALL_RULES, SETTINGS, SOURCES, most_waiting=10)
    for record in rows.many("odd_level"):
        ours.take(record)
    ours.advance()
    assert 0 < ours.state.waits <= 10


def test_one_that_begins_anew_knows_what_waits_for_later() -> None:
    rows, ours = levels(Random(6), 0, 50), correlator()
    for record in rows.many("odd_level"):
        ours.take(record)
    middle_ms = int(np.sort(rows.numbers["rx_ts"])[30])
    later = behind(ours.state, middle_ms)
    assert 0 < later.waits <= 20
    assert turns_of(later.levels)[0].min() >= middle_ms


def test_nothing_that_no_worker_writes_ends_a_correlator() -> None:
    (sound,) = levels(Random(7), 0, 5).many("odd_level")
    ours = correlator()
    wrong = (
        {},
        {"rows": "x"},
        {"who": "a"},
        {"near": "lte"},
        {"near": "lte 1 1 1 1 inf\n\n\n\n"},
    )
    for values in wrong:
        ours.take(
            msgspec.structs.replace(sound, values={**sound.values, **values} if values else {})
        )
    for stream in STREAMS:
        for topic, partition in SOURCES:
            ours.promise(stream, topic, partition, T0 + 200_000, False)
    assert len(ours.advance().unusable) == len(wrong)
