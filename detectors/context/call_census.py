"""Who rings, and who is rung: what the first stage counts of calls for the zone of all calls.

The records of a call lie under its caller, so that who rings a number is known in other partitions
than what the number does. So each partition sends, by half-minutes of arrival time, the numbers of
those who rang several others within two hours, once for each further call of theirs, and the
numbers that were rung, once for each caller who hadn't rung them within two hours. Whoever shows a
line of home from abroad has another name than the line. No number of a pair stands beside the
other, so that it doesn't show who rang whom. A window is sent when all that arrived in it has been
screened, as those of other censuses are, so its counts come to the same whatever the partitioning.
"""

from itertools import zip_longest
from typing import Final

import numpy as np
from pybase64 import b64decode, b64encode_as_string

from detectors.features.callers.calling import calling
from detectors.features.calls.both_ways import U4, Window, names_of
from detectors.features.calls.numbers import classes
from detectors.features.facts import AnyFacts, Origin
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.columns import Calls
from detectors.model.finding import Observation, Source
from detectors.numbers.classes import SHORT

NAME: Final = "call_census"
#: From so many callees within two hours on, a caller's calls are sent. Chosen: most people ring
#: fewer, and rules look at who has rung more.
LEAST_CALLEES: Final = 4
#: Numbers of one observation: less than half of what a record between the stages may have.
_MOST_NUMBERS: Final = 32_768


class CallCensus:
    """Screening's counts of one source partition; windows are sent by `due`."""

    def __init__(self) -> None:
        self._windows: dict[int, tuple[list[U4], list[U4]]] = {}
        self._sent_ms = 0

    def take(self, facts: AnyFacts) -> None:
        """Counts a batch's calls; those of windows that were sent are late."""
        batch: Calls = facts.batch
        known = calling(facts)
        out = known.counted & (known.callee_bits >= LEAST_CALLEES)
        into = known.counted & known.is_new_callee & (classes(facts, "callee") != SHORT)
        window = batch.rx_ms // WINDOW_MS
        for number in np.unique(window).tolist():
            if (number + 1) * WINDOW_MS > self._sent_ms:
                here = window == number
                outs, intos = self._windows.setdefault(number, ([], []))
                outs.append(names_of(known.caller[here & out]))
                intos.append(names_of(known.callee[here & into]))

    def due(self, until_ms: int, origin: Origin) -> list[Observation]:
        """Observations of all windows that ended by ``until_ms`` and weren't sent yet."""
        sent: list[Observation] = []
        self._sent_ms = max(self._sent_ms, until_ms)
        for number in sorted(self._windows):
            if (number + 1) * WINDOW_MS <= until_ms:
                out, into = map(np.concatenate, self._windows.pop(number))
                sent += _observations(number, out, into, origin)
        return sent


def window_of(observation: Observation) -> Window:
    """What an observation of `CallCensus.due` holds.

    Raises LookupError or ValueError for what it never makes.
    """
    out, into = (
        b64decode(str(observation.values[name]), validate=True) for name in ("out", "into")
    )
    if len(out) % 4 or len(into) % 4:
        raise ValueError("numbers of four bytes")
    return Window(observation.rx_ts, out, into)


def _observations(number: int, out: U4, into: U4, origin: Origin) -> list[Observation]:
    """Of one window, in order of the numbers: one, or as many as they need."""
    pieces = zip_longest(_pieces(out), _pieces(into), fillvalue=b"")
    return [
        Observation(
            detector=NAME,
            kind="counted",
            ts=number * WINDOW_MS,
            rx_ts=(number + 1) * WINDOW_MS,
            space="number",
            who="",
            values={"out": b64encode_as_string(ring), "into": b64encode_as_string(rung)},
            source=Source(f"{origin.topic}/{NAME}", origin.partition, number, -1, part),
        )
        for part, (ring, rung) in enumerate(pieces)
    ]


def _pieces(numbers: U4) -> list[bytes]:
    ordered = np.sort(numbers)
    return [
        ordered[begin : begin + _MOST_NUMBERS].tobytes()
        for begin in range(0, len(ordered), _MOST_NUMBERS)
    ]
