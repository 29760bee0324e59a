"""What probes have reported, what networks' cells broadcast, and the bounds of both memories."""

from typing import Any

import msgspec
import numpy as np

from detectors.model.columns import Broadcast
from detectors.rules.broadcast_lure.baseline import PRIORITIES, Habits, Ledger, outranks
from detectors.rules.broadcast_lure.probes import Probe, Probes, has_broadcast

HORIZON_MS = 900_000


def test_any_value_of_the_broadcast_makes_a_row_worth_reading(make: Any) -> None:
    names = Broadcast.__dataclass_fields__
    judged = {
        "t3212_min",
        "cell_reselect_offset_db",
        "reselect_hysteresis_db",
        "neighbours_advertised",
        "sib_count",
        "reselect_priority",
    }
    for name in names:
        columns = {each: np.array([np.nan, 1.0 if each == name else np.nan]) for each in names}
        batch = make.measurements({}, {}, {}).take(slice(0, 2))
        batch = type(batch)(
            **{f: getattr(batch, f) for f in batch.__dataclass_fields__}
            | {"broadcast": Broadcast(**columns)}
        )
        assert has_broadcast(batch).tolist() == [False, name in judged]


def test_a_probe_says_the_same_once_within_the_horizon() -> None:
    probe = Probe()
    assert probe.is_news("a", 0, HORIZON_MS)
    assert not probe.is_news("a", HORIZON_MS, HORIZON_MS)
    assert probe.is_news("a", HORIZON_MS + 1, HORIZON_MS)
    for n in range(200):
        probe.is_news(f"cell {n}", 0, HORIZON_MS)
    assert len(probe.reported) == 64


def test_a_probe_that_showed_a_long_list_reads_lists_in_that_rat() -> None:
    probe = Probe()
    assert not probe.reads_lists(1, shows_many=False)
    assert probe.reads_lists(1, shows_many=True)
    assert probe.reads_lists(1, shows_many=False)
    assert not probe.reads_lists(2, shows_many=False)


def test_a_probe_that_was_silent_for_long_is_a_new_one() -> None:
    probes = Probes()
    first = probes.of("a", 0, HORIZON_MS)
    assert probes.of("a", HORIZON_MS, HORIZON_MS) is first
    assert probes.of("a", 2 * HORIZON_MS + 1, HORIZON_MS) is not first


def test_habits_are_counted_and_halved() -> None:
    ledger = Ledger()
    habits = ledger.of("460-0", "lte")
    for priority in (5.0, 5.0, None, 9.0, -1.0):
        habits.note(["offset"], priority)
    assert ledger.of("460-0", "lte") is habits
    assert (habits.reports, habits.lures, habits.priorities[5]) == (5.0, {"offset": 5.0}, 2.0)
    assert sum(habits.priorities) == 2.0
    ledger.halve(1_700_000_000_000, 1000.0)
    assert (habits.reports, habits.lures, habits.priorities[5]) == (2.5, {"offset": 2.5}, 1.0)
    for mnc in range(999):
        ledger.of(f"460-{mnc}", "lte")
    assert len(ledger.habits) == 256
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(ledger), type=Ledger) == ledger


def newer(**counts: float) -> list[Habits]:
    """Cells of LTE and 5G by priority (``p5=20`` for twenty of priority 5)."""
    lte, nr = [0.0] * PRIORITIES, [0.0] * PRIORITIES
    for name, count in counts.items():
        lte[int(name[1:])] = count
    return [Habits(priorities=lte), Habits(priorities=nr)]


def test_what_outranks_nearly_all_newer_cells() -> None:
    town = newer(p3=10.0, p5=90.0)
    assert [outranks(float(p), town, 10.0, 0.05) for p in range(8)] == [False] * 6 + [True] * 2
    assert not outranks(7.0, newer(p5=9.0), 10.0, 0.05)
    assert outranks(6.0, newer(p5=96.0, p6=4.0), 10.0, 0.05)
    assert not outranks(6.0, newer(p5=95.0, p6=5.0), 10.0, 0.05)
