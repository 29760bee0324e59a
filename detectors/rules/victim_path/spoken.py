"""Long calls to people's numbers, which screening hands on together: whether a text named one of
the numbers only the second half knows."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from detectors.features.facts import Facts
from detectors.features.rule import iterate
from detectors.model.columns import I8, Calls
from detectors.model.finding import Observation, OfCalls
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.recent import Recent

KIND: Final = "spoken"
#: Those that arrive in so long a time (ms) go together, in observations of so many at most. Chosen:
#: a minute is what a reminder may take.
WINDOW_MS: Final = 10_000
_MOST_TOGETHER: Final = 1_000
#: Of one window; a partition with more is too large for its worker.
_MOST: Final = 20_000
_LINK: Final = "callback:"


class Spoken(NamedTuple):
    """One call: whom somebody rang, when, and when it was over (event time, ms)."""

    caller: str
    callee: str
    ref: str
    ts: int
    ends: int


def hand_on(
    rule: Parameters, state: Recent, facts: Facts[Calls], rows: I8, ends: I8
) -> list[Observation]:
    """Observations of the windows that are over when a row of this batch comes; ``rows`` are its
    long calls, and ``ends`` when each was over."""
    batch = facts.batch
    before = state.spoken_window
    windows = np.maximum.accumulate(np.maximum(batch.rx_ms // WINDOW_MS, before))
    first = np.flatnonzero(np.diff(windows, prepend=before))
    made: list[Observation] = []
    done = 0
    for row, source in iterate(batch, first, facts.origin):
        until = int(np.searchsorted(rows, row))
        _keep(state, batch, rows[done:until], ends[done:until])
        calls, state.spoken, done = state.spoken, [], until
        for start in range(0, len(calls), _MOST_TOGETHER):
            together = _together(calls[start : start + _MOST_TOGETHER])
            made.append(rule.observation(KIND, batch, row, source, who="", **together))
    _keep(state, batch, rows[done:], ends[done:])
    state.spoken_window = int(windows[-1]) if len(windows) else before
    return made


def spoken_in(observation: Observation) -> Iterator[Spoken]:
    """The calls of an observation."""
    about = observation.of_calls or OfCalls()
    times = list(map(int, str(observation.values["times_ms"]).split()))
    ts, ends = times[: len(about.calls)], times[len(about.calls) :]
    callees = (link.removeprefix(_LINK) for link in about.links)
    yield from map(Spoken, about.people, callees, about.calls, ts, ends)


def _keep(state: Recent, batch: Calls, rows: I8, ends: I8) -> None:
    columns = (batch.caller, batch.callee, batch.call_ref, batch.ts_ms)
    named = (column[rows].tolist() for column in columns)
    state.spoken += zip(*named, ends.tolist(), strict=True)
    del state.spoken[_MOST:]


def _together(calls: list[tuple[str, str, str, int, int]]) -> dict[str, Any]:
    callers, callees, refs, ts, ends = zip(*calls, strict=True)
    links = tuple([_LINK + callee for callee in callees])
    times = " ".join(map(str, (*ts, *ends)))
    of_calls = OfCalls(role="callback", calls=refs, people=callers, links=links)
    return {"of_calls": of_calls, "values": {"times_ms": times}}
