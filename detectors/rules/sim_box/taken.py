"""The calls of a batch in columns (`detectors.rules.sim_box.rows`)."""

import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.calls.given import given
from detectors.features.calls.numbers import classes, listed
from detectors.features.facts import Facts
from detectors.model.columns import F8, I8, Calls
from detectors.model.hashing import text_numbers
from detectors.rules.sim_box.rows import NUMBERS, Rows


def rows_of(facts: Facts[Calls], rows: I8) -> Rows:
    """Some calls of a batch, with the terminals that the records themselves name."""
    batch, own = facts.batch, listed(facts)
    numbers = np.zeros(len(rows), dtype=NUMBERS)
    terminals = batch.terminal[rows]
    numbers["terminal"] = np.where(given(terminals), text_numbers(terminals), 0)
    numbers["caller"] = calling(facts).caller[rows]
    numbers["at"] = numbers["rx"] = batch.rx_ms[rows]
    numbers["ts"], numbers["rat"] = batch.ts_ms[rows], batch.rat[rows]
    numbers["partition"] = facts.origin.partition
    numbers["offset"], numbers["index"] = batch.offset[rows], batch.index[rows]
    numbers["make"] = _whole(batch.imei_tac[rows])
    for name in ("mcc", "mnc", "area", "cell"):
        numbers[name] = _whole(getattr(batch, name)[rows])
    numbers["prefix"], numbers["digits"] = batch.caller_prefix[rows], batch.caller_digits[rows]
    numbers["length"] = _whole(batch.caller_length[rows])
    numbers["kind"] = classes(facts)[rows]
    numbers["spared"] = (own.protected | own.trusted)[rows]
    texts = batch.caller, batch.callee, batch.call_ref, batch.terminal, batch.callee_region
    return Rows(numbers, np.array([column[rows] for column in texts], dtype=object))


def _whole(column: F8) -> I8:
    return np.where(np.isnan(column), -1.0, column).astype(np.int64)
