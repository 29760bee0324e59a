"""Long calls to people's numbers, which screening hands on together: whether a text named one of
the numbers only the second half knows."""

from collections.abc import Iterator
from typing import Any, Final

from detectors.features.facts import Origin
from detectors.model.columns import I8, Calls
from detectors.model.finding import Observation, OfCalls
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.persons import LongCall
from detectors.rules.victim_path.recent import Recent

KIND: Final = "spoken"
#: Of one observation.
_MOST_TOGETHER: Final = 1_000
#: Of one window; a partition with more is too large for its worker.
_MOST: Final = 20_000
_LINK: Final = "callback:"


def take(state: Recent, batch: Calls, rows: I8, ends: I8) -> None:
    """Takes in a batch's long calls: some rows, and when each was over."""
    order, windows = state.spoken.dealt_out(batch.rx_ms[rows])
    rows, ends = rows[order], ends[order]
    named = (column[rows].tolist() for column in (batch.call_ref, batch.caller, batch.callee))
    calls = list(map(LongCall, batch.ts_ms[rows].tolist(), ends.tolist(), *named))
    for part, which in windows:
        part += calls[which]


def hand_on(
    rule: Parameters, state: Recent, until_ms: int, origin: Origin
) -> Iterator[Observation]:
    """Observations of the windows that ended by then."""
    for number, calls in state.spoken.due(until_ms):
        del calls[_MOST:]
        for part, start in enumerate(range(0, len(calls), _MOST_TOGETHER)):
            together = _together(calls[start : start + _MOST_TOGETHER])
            yield state.spoken.observation(rule.name, KIND, number, part, origin, **together)


def spoken_in(observation: Observation) -> list[LongCall]:
    """The calls of an observation.

    Raises LookupError, TypeError or ValueError for what `hand_on` never makes.
    """
    about = observation.of_calls or OfCalls()
    times = list(map(int, str(observation.values["times_ms"]).split()))
    ts, ends = times[: len(about.calls)], times[len(about.calls) :]
    callees = (link.removeprefix(_LINK) for link in about.links)
    return list(map(LongCall, ts, ends, about.calls, about.people, callees))


def _together(calls: list[LongCall]) -> dict[str, Any]:
    ts, ends, refs, callers, callees = zip(*calls, strict=True)
    links = tuple([_LINK + callee for callee in callees])
    times = " ".join(map(str, (*ts, *ends)))
    of_calls = OfCalls(role="callback", calls=refs, people=callers, links=links)
    return {"of_calls": of_calls, "values": {"times_ms": times}}
