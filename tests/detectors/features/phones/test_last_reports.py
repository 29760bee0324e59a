"""Each phone's report before is known, however batches are cut, for as long as rules look back."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.memory import lru
from detectors.features.phones.last_reports import (
    just_before,
    phone_rows,
    remember,
    report_before,
    served_before,
)
from detectors.features.phones.phones import HORIZON_MS, NEVER_MS, Phones
from detectors.model.codes import LTE
from detectors.model.columns import Measurements
from detectors.model.hashing import number_of

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.booleans()), max_size=12)


def reports(make: Any, rows: list[tuple[str, int, bool]]) -> Measurements:
    every = [
        {"device": who, "cell": cell, "pci": cell, "serving": serving, "rat": LTE}
        for who, cell, serving in rows
    ]
    batch: Measurements = make.measurements(*every) if every else Measurements.of(ts_ms=[])
    return batch


@given(rows=ROWS, cut=st.integers(0, 12))
def test_the_report_before_is_found_wherever_a_batch_is_cut(
    make: Any, rows: list[tuple[str, int, bool]], cut: int
) -> None:
    whole, phones = reports(make, rows), Phones()
    found: list[int | None] = []
    served: list[int | None] = []
    for part in (whole.take(slice(0, cut)), whole.take(slice(cut, None))):
        facts = make.facts(part, phones=phones)
        before = report_before(facts, np.arange(len(part)))
        serving = np.flatnonzero(part.serving)
        of_serving = served_before(facts, serving)
        times = zip(before["ts_ms"].tolist(), (before["rx_ms"] > NEVER_MS).tolist(), strict=True)
        found += [(ts_ms - make.t0_ms) // 1000 if known else None for ts_ms, known in times]
        codes = zip(of_serving["pci"], of_serving["rx_ms"] > NEVER_MS, strict=True)
        served += [int(pci) if known else None for pci, known in codes]
        remember(facts)
        phones = pickle.loads(pickle.dumps(phones))
    names = [who for who, _, _ in rows]
    earlier = [[m for m in range(n) if names[m] == names[n]] for n in range(len(rows))]
    assert found == [each[-1] if each else None for each in earlier]
    plainly = [
        next((rows[m][1] for m in reversed(each) if rows[m][2]), None)
        for n, each in enumerate(earlier)
        if rows[n][2]
    ]
    assert served == plainly


def test_the_other_half_of_an_update_is_not_long_before(make: Any) -> None:
    rows = [{"device": "a", "at_s": at_s} for at_s in (0.0, 20.0, 60.0, 61.0)]
    facts = make.facts(make.measurements(*rows, {"device": "b", "at_s": 61.0}))
    known, _ = just_before(facts, np.arange(5), 25_000)
    assert known.tolist() == [False, True, False, True, False]


def test_who_falls_silent_is_forgotten_and_others_keep_what_is_known(make: Any) -> None:
    phones = Phones()
    many = [{"device": f"d{n}", "at_s": 0.0, "cell": n} for n in range(3000)]
    remember(make.facts(make.measurements(*many), phones=phones))
    assert len(phones) == 3000
    later_s = HORIZON_MS / 2000
    remember(make.facts(make.measurements({"device": "d7", "at_s": later_s}), phones=phones))
    assert len(phones) == 3000
    at_s = 2 * later_s + 60.0
    batch = make.measurements({"device": "d9", "at_s": at_s}, {"device": "d7", "at_s": at_s})
    facts = make.facts(batch, phones=phones)
    before = report_before(facts, np.arange(2))
    assert before["rx_ms"].tolist() == [NEVER_MS, make.t0_ms + later_s * 1000]
    assert phones.short_numbers(phone_rows(facts).device).tolist() == [
        number_of("d9"),
        number_of("d7"),
    ]
    assert len(phones) == 2


def test_it_does_not_grow_with_time(make: Any) -> None:
    phones, sizes = Phones(), []
    for minute in range(300):
        rows = [{"device": f"{minute}-{n}", "at_s": 60.0 * minute} for n in range(30)]
        remember(make.facts(make.measurements(*rows), phones=phones))
        sizes.append(len(pickle.dumps(phones)))
    assert max(sizes[150:]) <= 1.05 * max(sizes[:150])


def test_ever_new_phones_do_not_fill_the_memory(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lru, "MOST_KEPT", 100)
    phones, sizes = Phones(), []
    for turn in range(20):
        rows = [{"device": f"{turn}-{n}", "at_s": float(turn)} for n in range(60)]
        remember(make.facts(make.measurements(*rows), phones=phones))
        sizes.append(len(phones))
    assert max(sizes) <= 160
