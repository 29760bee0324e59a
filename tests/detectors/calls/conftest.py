"""Findings about calls, and a correlator that takes them."""

from collections.abc import Callable
from typing import Any

import pytest

from detectors.correlate.correlator import Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import CorrelatorState
from detectors.model.finding import Finding, OfCalls, Source

T0 = 1_748_880_000_000
SOURCE = ("call.signalling", 0)
Finder = Callable[..., Finding]


@pytest.fixture
def found() -> Finder:
    """Makes findings; number ``n`` is that of the record and, unless given, of the caller."""

    def make(n: int, at_s: float | None = None, **over: Any) -> Finding:
        name = over.pop("number", f"h-{n:024x}")
        about = {"prefix": "8610555", "length": 12, "number_class": "fixed"}
        about |= {"calls": (f"ref-{n}",), "people": (f"person-{n}",)}
        about |= {key: over.pop(key) for key in list(over) if key in OfCalls.__struct_fields__}
        ts = T0 + round(1000 * (n if at_s is None else at_s))
        fixed: dict[str, Any] = {
            "detector": "spoofed_ingress",
            "version": 1,
            "family": "number",
            "ts": ts,
            "rx_ts": ts,
            "weight": 2.5,
            "cap": 5.0,
            "space": "number",
            "who": name or "",
            "of_calls": OfCalls(number=name, **about),
            "source": Source(*SOURCE, n, -1),
        }
        return Finding(**{**fixed, **over})

    return make


class Desk:
    """A correlator of one input partition."""

    def __init__(self, state: CorrelatorState | None = None) -> None:
        self.correlator = Correlator((), IncidentSettings(), frozenset({SOURCE}), state=state)

    def take(self, *findings: Finding, until_s: float | None = None, end: bool = False) -> Decided:
        """Takes findings and works them off, up to a time or to the newest of them."""
        for finding in findings:
            self.correlator.take(finding)
        newest = max((finding.rx_ts for finding in findings), default=T0)
        until_ms = newest + 1 if until_s is None else T0 + round(1000 * until_s)
        for stream in ("findings", "observations"):
            self.correlator.promise(stream, *SOURCE, until_ms, end)
        return self.correlator.advance()

    def again(self) -> "Desk":
        """The same after a way through storage."""
        return Desk(Correlator.restore(self.correlator.snapshot()))


@pytest.fixture
def desk() -> Desk:
    return Desk()
