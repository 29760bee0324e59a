"""All cells in messages, and the reports of the last seconds."""

import pickle
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows.recent_rows import RecentRows
from detectors.features.rows.sightings import sightings_of
from detectors.model.codes import GSM, LTE, UMTS
from detectors.model.columns import Measurements
from detectors.model.finding import Identity


def test_serving_cells_come_first_then_neighbours_as_they_stand(make: Any) -> None:
    near = [{"rat": GSM, "arfcn": 60, "pci": 7}, {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200}]
    known = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200, "cell": 11}
    batch = make.measurements({}, {"neighbours": near}, {"neighbours": [known], "area": 9})
    seen = sightings_of(batch, make.register())
    assert seen.row.tolist() == [0, 1, 2, 1, 1, 2]
    assert seen.neighbour.tolist() == [False] * 3 + [True] * 3
    assert (seen.found >= 0).tolist() == [True, True, False, False, False, True]
    assert seen.is_full.tolist() == [True, True, True, False, False, True]
    assert seen.identity(3) == Identity("gsm", arfcn=60, pci=7)
    assert seen.identity(4) == Identity("gsm", 460, 0, 4200)


def test_a_batch_is_laid_out_once_for_a_register(make: Any) -> None:
    batch, register = make.measurements({}), make.register()
    seen = sightings_of(batch, register)
    assert sightings_of(batch, register) is seen
    assert sightings_of(batch, make.register_of()).found.tolist() == [-1]
    assert sightings_of(make.measurements({}, {}), register).row.tolist() == [0, 1]


def test_of_messages_and_diagnostic_ports_only_full_identities(make: Any) -> None:
    sms = make.sms({}, {"source": 2}, {"cell": None}, {"rat": 0}, {"rat": UMTS})
    assert sightings_of(sms, make.register()).row.tolist() == [0, 4]
    port = make.signalling({}, {"source": 3})
    assert sightings_of(port, make.register()).row.tolist() == [1]


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.booleans()), max_size=12)


def reports(make: Any, rows: list[tuple[str, int, bool]]) -> Measurements:
    every = [
        {"device": who, "cell": cell, "serving": serving, "rat": LTE} for who, cell, serving in rows
    ]
    batch: Measurements = make.measurements(*every) if every else Measurements.of(ts_ms=[])
    return batch


@given(rows=ROWS, cut=st.integers(0, 12))
def test_the_report_before_is_found_wherever_a_batch_is_cut(
    make: Any, rows: list[tuple[str, int, bool]], cut: int
) -> None:
    whole = reports(make, rows)
    recent, found = RecentRows(5000), []
    for part in (whole.take(slice(0, cut)), whole.take(slice(cut, None))):
        known, before = recent.before(part, np.arange(len(part)))
        found += [
            cell if is_known else None
            for cell, is_known in zip(before.cell.tolist(), known.tolist(), strict=True)
        ]
        recent.take(part)
    plainly: list[int | None] = []
    for n, (who, _, _) in enumerate(rows):
        earlier = [m for m in range(n) if rows[m][0] == who and rows[m][2]]
        plainly.append(rows[earlier[-1]][1] if earlier and n - earlier[-1] <= 5 else None)
    assert found == plainly


def test_what_is_beyond_the_horizon_is_let_go(make: Any) -> None:
    recent = RecentRows(5000)
    sizes = []
    for minute in range(20):
        recent.take(make.measurements({"at_s": 60.0 * minute}))
        sizes.append(len(pickle.dumps(recent)))
    assert max(sizes[1:]) == sizes[1]
