"""The memory of callers, beside an obvious twin, however batches are cut and after restarts."""

import pickle
from typing import Any

import numpy as np
import pytest

from detectors.features.callers.callers import CALLER, HORIZON_MS, WINDOW_MS, Callers, Calling
from detectors.features.callers.calling import calling
from detectors.features.callers.distinct import about_how_many
from detectors.features.callers.marks import COUNTS
from detectors.features.memory import lru
from detectors.model.codes import INTERCONNECT, INTERNATIONAL
from detectors.model.columns import Calls

HOUR_S = WINDOW_MS // 1000


def drawn(make: Any, seed: int, rows: int = 1200, hours: float = 6.0) -> Calls:
    """Calls of a few callers over some hours, a third of them recorded twice."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0.0, hours * HOUR_S, rows))
    calls: list[dict[str, Any]] = []
    for number, at_s in enumerate(times.tolist()):
        answered = bool(rng.random() < 0.6)
        call = {"caller": f"d{rng.integers(7)}" if rng.random() < 0.97 else None, "at_s": at_s}
        call |= {"call_ref": f"r{number}", "callee": f"c{int(rng.exponential(30.0))}"}
        call |= {"answered": answered, "ring_ms": 1000.0 * rng.uniform(0.0, 9.0)}
        call |= {"duration_ms": 1000.0 * rng.exponential(30.0), "released_by": rng.integers(0, 4)}
        call |= {"home_region": str(rng.integers(3)), "callee_region": str(rng.integers(3))}
        call |= {"visited_region": str(rng.integers(3)), "area": 7.0}
        call |= {"cell": float(rng.integers(4)) if rng.random() < 0.5 else None}
        calls.append(call)
        if rng.random() < 0.33:
            calls.append({**call, "at_s": at_s + float(rng.exponential(20.0)), "cell": 9.0})
    calls.sort(key=lambda call: call["at_s"])
    batch: Calls = make.calls(*calls)
    return batch


def naive(batch: Calls) -> list[dict[str, Any] | None]:
    """The same counts, row by row, with sets in the place of bitmaps."""
    seen: dict[str, list[dict[str, Any]]] = {}
    out: list[dict[str, Any] | None] = []
    for row in range(len(batch)):
        caller = batch.caller[row]
        if caller is None:
            out.append(None)
            continue
        window = int(batch.rx_ms[row]) // WINDOW_MS
        kept = [each for each in seen.get(caller, []) if each["window"] >= window - 1]
        seen[caller] = kept
        is_new = all(each["ref"] != batch.call_ref[row] for each in kept)
        kept.append(_as_dict(batch, row, window))
        kept[-1]["is_new"] = is_new
        calls = [each for each in kept if each["is_new"]]
        counts = {name: sum(each[name] for each in calls) for name in COUNTS}
        out.append(
            {
                **counts,
                "is_new": is_new,
                "callees": len({each["callee"] for each in kept}),
                "cells": len({each["cell"] for each in kept} - {None}),
                "span_s": int(batch.rx_ms[row]) // 1000 - calls[0]["rx_s"] if calls else 0,
            }
        )
    return out


def _as_dict(batch: Calls, row: int, window: int) -> dict[str, Any]:
    answered, by = bool(batch.answered[row]), int(batch.released_by[row])
    ended = answered and by in (1, 2)
    short = ended and batch.duration_ms[row] < 20_000
    home, here = batch.home_region[row], batch.visited_region[row]
    there = batch.callee_region[row]
    rang = not answered and by == 1 and 0 < batch.ring_ms[row] < 4000
    cell = batch.cell[row]
    return {
        **{"window": window, "ref": batch.call_ref[row], "callee": batch.callee[row]},
        **{"cell": None if cell != cell else float(cell), "rx_s": int(batch.rx_ms[row]) // 1000},
        **{"calls": 1, "answered": answered, "ended": ended, "by_callee": ended and by == 2},
        **{"short": short, "hung_up": short and by == 2, "rings": rang, "between": True},
        **{"to_home": there == home, "far": there not in (home, here)},
        "talked_s": int(batch.duration_ms[row] / 1000.0) if answered else 0,
    }


def joined(parts: list[Calling]) -> dict[str, Any]:
    columns = ("counted", "callees", "is_new_callee", "callee_bits", "cells", "regions", "span_s")
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return {**whole, "counts": np.concatenate([part.counts for part in parts], axis=1)}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, column in one.items():
        np.testing.assert_array_equal(column, other[name], err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_it_counts_as_its_twin(make: Any, seed: int) -> None:
    batch = drawn(make, seed)
    calling = Callers().take(batch)
    for row, known in enumerate(naive(batch)):
        if known is None:
            assert not calling.counted[row]
            assert not calling.counts[:, row].any()
            continue
        assert {name: calling.count(name)[row] for name in COUNTS} == {
            name: known[name] for name in COUNTS
        }
        assert calling.counted[row] == known["is_new"]
        assert calling.span_s[row] == known["span_s"]
        # The twin's sets have no errors: bitmaps have some, of which the next test is.
        assert calling.callees[row] == pytest.approx(known["callees"], rel=0.35, abs=3.0)
        assert calling.cells[row] <= known["cells"] <= calling.cells[row] + 2


@pytest.mark.parametrize("callees", [10, 30, 100, 300])
def test_how_far_off_the_number_of_callees_is(make: Any, callees: int) -> None:
    """The standard deviation of linear counting, and no bias worth the name."""
    spread = np.sqrt(128 * (np.exp(callees / 128) - callees / 128 - 1))
    off = []
    for town in range(150):
        rows = [{"callee": f"{town}-{n}", "caller": "d0"} for n in range(callees)]
        off.append(Callers().take(make.calls(*rows)).callees[-1] - callees)
    assert np.std(off) == pytest.approx(spread, rel=0.25)
    assert abs(np.mean(off)) < 3.5 * spread / np.sqrt(len(off))


def test_a_full_bitmap_stands_for_many(make: Any) -> None:
    assert about_how_many(np.array([128]))[0] > 600
    rows = [{"callee": f"c{n}", "caller": "d0", "at_s": n / 10} for n in range(3000)]
    assert Callers().take(make.calls(*rows)).callees[-1] > 600


@pytest.mark.parametrize("size", [1, 7, 400])
def test_it_says_the_same_however_batches_are_cut(make: Any, size: int) -> None:
    batch = drawn(make, 11)
    whole = joined([Callers().take(batch)])
    callers = Callers()
    parts = [batch.take(slice(at, at + size)) for at in range(0, len(batch), size)]
    same(joined([callers.take(part) for part in parts]), whole)


def test_a_late_record_counts_with_what_came_before_it(make: Any) -> None:
    rows = [
        {"caller": "d0", "callee": f"c{n}", "at_s": at_s} for n, at_s in enumerate((3500, 3700))
    ]
    late = [*rows, {"caller": "d0", "callee": "c9", "at_s": 10.0, "call_ref": "late"}]
    batch = make.calls(*late)
    whole = Callers().take(batch)
    assert whole.count("calls").tolist() == [1, 2, 3]
    callers = Callers()
    same(joined([callers.take(batch.take(slice(n, n + 1))) for n in range(3)]), joined([whole]))


def test_after_two_windows_are_read_back_it_is_as_if_it_had_never_stopped(make: Any) -> None:
    batch = drawn(make, 5, hours=9.0)
    going = Callers().take(batch)
    for restart_ms in batch.rx_ms[:: len(batch) // 7].tolist():
        read = batch.take(batch.rx_ms >= restart_ms - HORIZON_MS)
        again = Callers().take(read)
        live = np.flatnonzero(read.rx_ms >= restart_ms)
        behind = len(batch) - len(read)
        for name in ("counted", "callees", "cells", "regions", "span_s"):
            ours, theirs = getattr(again, name)[live], getattr(going, name)[live + behind]
            np.testing.assert_array_equal(ours, theirs, err_msg=name)
        np.testing.assert_array_equal(again.counts[:, live], going.counts[:, live + behind])


def test_it_survives_storage(make: Any) -> None:
    batch = drawn(make, 6, rows=300)
    whole, callers, parts = joined([Callers().take(batch)]), Callers(), []
    for at in range(0, len(batch), 50):
        parts.append(callers.take(batch.take(slice(at, at + 50))))
        callers = pickle.loads(pickle.dumps(callers))
    same(joined(parts), whole)


def test_nobody_is_mixed_up_in_a_crowd(make: Any) -> None:
    """Ten thousand callers in random order, over many growths of the table."""
    rng = np.random.default_rng(3)
    who = rng.permutation(np.repeat(np.arange(10_000), 3))
    rows = [
        {"caller": f"h-{n}", "callee": "c0", "call_ref": f"r{at}", "at_s": at / 100}
        for at, n in enumerate(who.tolist())
    ]
    batch = make.calls(*rows)
    callers = Callers()
    parts = [callers.take(batch.take(slice(at, at + 777))) for at in range(0, len(batch), 777)]
    counts = joined(parts)["counts"][0]
    expected: dict[int, int] = {}
    for at, n in enumerate(who.tolist()):
        expected[n] = expected.get(n, 0) + 1
        assert counts[at] == expected[n]
    assert len(callers) == 10_000


def test_who_is_idle_makes_room(make: Any) -> None:
    callers = Callers()
    sizes = []
    for hour in range(8):
        rows = [{"caller": f"{hour}-{n}", "at_s": hour * 3600.0 + n / 10} for n in range(5000)]
        callers.take(make.calls(*rows))
        sizes.append(len(pickle.dumps(callers)))
    assert max(sizes[3:]) <= 1.01 * max(sizes[:4])


def test_of_too_many_the_newest_stay(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lru, "MOST_KEPT", 200)
    callers = Callers()
    for step in range(20):
        rows = [{"caller": f"{step}-{n}", "at_s": 60.0 * step + n / 100} for n in range(500)]
        callers.take(make.calls(*rows, {"caller": "d0", "at_s": 60.0 * step + 6}))
        assert len(callers) <= 10 * 200 + 501
    again = {"caller": "d0", "at_s": 1300.0}
    assert Callers().take(make.calls(again)).count("calls")[-1] == 1
    assert callers.take(make.calls(again)).count("calls")[-1] == 21


def test_a_row_is_as_small_as_it_says() -> None:
    assert CALLER.itemsize == 108


def test_who_shows_a_line_from_abroad_is_another_caller_than_its_owner(make: Any) -> None:
    """A bank rings its customers while a fraud abroad shows its number; a roamer stays one."""
    bank = {"caller": "d-bank", "caller_prefix": 8695588, "caller_length": 7.0, "number_class": 0}
    home = [{**bank, "callee": f"c{n}", "at_s": float(n)} for n in range(30)]
    abroad = {"ingress": INTERNATIONAL, "number_class": 0}
    shown = [{**bank, **abroad, "callee": f"v{n}", "at_s": 50.0 + n} for n in range(3)]
    person = {"caller": "d-1", "callee": "friend"}
    roams = [{**person, "at_s": 60.0}, {**person, **abroad, "at_s": 61.0}]
    batch = make.calls(*home, *shown, {**bank, "at_s": 55.0, "callee": "c"}, *roams)
    calls = calling(make.facts(batch)).count("calls").tolist()
    assert calls == [*range(1, 31), 1, 2, 3, 31, 1, 2]


def test_records_of_one_call_count_once_wherever_they_say_that_it_came_in(make: Any) -> None:
    line = {"caller": "d-1", "caller_prefix": 8610620, "caller_length": 12.0, "number_class": 0}
    once = {**line, "callee": "c", "call_ref": "r"}
    batch = make.calls({**once, "ingress": INTERNATIONAL}, {**once, "ingress": INTERCONNECT})
    assert calling(make.facts(batch)).counted.tolist() == [True, False]
