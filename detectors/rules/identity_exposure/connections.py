"""What came of a phone's connections: which exposures the network explained by proving itself.

A connection begins with a message by which a phone wants something of the network, and ends with
the next such message, with silence, or with a refusal. An exposing message in it stays open until
then: a network that proves to be the phone's own may ask what it likes. The screening memory of
`detectors.rules.identity_exposure.rule`; times are event times (ms) unless called ``rx``.
"""

from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np

from detectors.features.memory.device_states import Devices
from detectors.features.rows.serving import LISTED, NOT_GIVEN, Cell, Serving
from detectors.model.codes import CORE
from detectors.model.columns import I8, Bool, Signalling
from detectors.model.finding import Identity, Place
from detectors.rules.identity_exposure import steps
from detectors.rules.identity_exposure.counts import WINDOW_MS
from detectors.rules.identity_exposure.exposing import SUBSCRIBER_CAUSES

#: Cells for which a device is known to have counted.
_COUNTED_CELLS: Final = 16

#: What a row gives rise to: a connection or an exposure that counts for its cell's share, or an
#: exposure whose connection ended without a proof.
Outcome = Literal["connection", "exposed", "unproven"]


class Terms(NamedTuple):
    """A connection is over after ``silence_ms`` without a message, and a device is remembered for
    ``horizon_ms`` of arrival time; with ``excuses_sims``, rejects of an invalid SIM on a registered
    cell say nothing for so long after one."""

    silence_ms: float
    excuses_sims: bool
    horizon_ms: int


class Exposure(msgspec.Struct):
    """An exposing message that nothing has explained yet, and where it was."""

    ts: int
    reason: str
    cause: int | None
    claimed: Identity | None
    place: Place | None
    known: str

    def values(self) -> dict[str, str | int | float | None]:
        """What observations about it carry."""
        return {"reason": self.reason, "cause": self.cause, "cell_known": self.known}


Result = tuple[Outcome, Exposure]


class Line(msgspec.Struct):
    """One device: its connection, and what came of it."""

    ts: int = 0
    rx: int = 0
    cell: Cell | None = None
    asked_for: int = 0
    proved: bool = False
    settled: bool = False
    exposed: Exposure | None = None
    home: Cell | None = None
    counted: dict[str, int] = {}
    excused_rx: int | None = None

    def observe(self, step: steps.Step, serving: Serving, terms: Terms) -> list[Result]:
        """Takes in one row of the phone's own port; what it gives rise to."""
        results = self._begin(step, serving) if self._begins(step, terms) else []
        self.ts, self.rx, self.cell = step.ts, step.rx, step.cell
        if step.known == LISTED:
            self.home = step.cell
        if step.fails:
            self.proved, self.exposed = False, self._exposure(step, serving, "mac_failure")
            results += self._end()
        elif step.exposing and not self._is_excused(step, terms):
            results += self._expose(step, serving)
        elif step.outcome in (steps.REJECT, steps.ABORT):
            # A phone refuses a security mode that isn't its network's: no proof after all.
            self.proved &= step.procedure != steps.SECURITY
            results += self._end()
        elif step.proves:
            self.proved = True
        elif step.outcome == steps.ACCEPT and step.procedure in steps.OPENS:
            # In GSM an accept proves nothing, and what could have, comes before it.
            results += self._end()
        return results

    def observe_core(self, step: steps.Step, terms: Terms) -> list[Result]:
        """Takes in a message of the core about an open exposure: it served the phone there, or
        elsewhere."""
        soon = abs(step.ts - self.ts) <= terms.silence_ms
        if step.cell == self.cell and soon:
            self.proved |= step.outcome == steps.ACCEPT
            return []
        if step.ts < self.ts or step.procedure not in steps.OPENS:
            return []
        return self._end()

    def _begins(self, step: steps.Step, terms: Terms) -> bool:
        """Whether a row is of another connection than the one before it."""
        if step.opens or abs(step.ts - self.ts) > terms.silence_ms:
            return True
        # A phone may report a handover, or its cell, too late: what it asked for goes on.
        other = step.procedure in steps.OPENS and step.procedure != self.asked_for
        other |= step.exposing and self.exposed is not None
        return other and step.cell != self.cell

    def _begin(self, step: steps.Step, serving: Serving) -> list[Result]:
        """Ends the connection before, and counts the new one where its cell is given."""
        results = self._end()
        self.proved, self.settled, self.exposed = False, False, None
        self.asked_for = step.procedure if step.opens else 0
        if step.known != NOT_GIVEN and self._counts("connection", step) and step.sampled:
            results.append(("connection", self._exposure(step, serving, "connection")))
        return results

    def _expose(self, step: steps.Step, serving: Serving) -> list[Result]:
        results: list[Result] = []
        exposure = self._exposure(step, serving, step.reason)
        if step.known != NOT_GIVEN and self._counts("exposed", step):
            results.append(("exposed", exposure))
        if not self.proved and self.exposed is None:
            self.exposed = exposure
        # After a request for the IMSI the network may still prove itself.
        return results if step.procedure == steps.IDENTITY else results + self._end()

    def _end(self) -> list[Result]:
        """An open exposure whose connection has ended unproved: counted once a connection."""
        exposure, self.exposed = self.exposed, None
        if exposure is None or self.proved or self.settled:
            return []
        self.settled = True
        return [("unproven", exposure)]

    def _exposure(self, step: steps.Step, serving: Serving, reason: str) -> Exposure:
        claimed, place = serving.claimed(step.at), serving.place(step.at, self.home)
        return Exposure(step.ts, reason, step.cause, claimed, place, step.known)

    def _is_excused(self, step: steps.Step, terms: Terms) -> bool:
        """A reject of an invalid SIM on a registered cell, once there has been one."""
        if not terms.excuses_sims or step.known != LISTED:
            return False
        rejected = step.outcome == steps.REJECT and step.cause in SUBSCRIBER_CAUSES
        if rejected or step.procedure == steps.AUTHENTICATION_REJECT:
            before, self.excused_rx = self.excused_rx, step.rx
            return before is not None and step.rx - before <= terms.horizon_ms
        return False

    def _counts(self, kind: Outcome, step: steps.Step) -> bool:
        """Whether a device has its say in a cell's share: once a cell and minute."""
        key = f"{kind}-{step.cell}"
        last = self.counted.get(key)
        if last is not None and abs(step.ts - last) < WINDOW_MS:
            return False
        self.counted.pop(key, None)
        self.counted[key] = step.ts
        if len(self.counted) > _COUNTED_CELLS:
            del self.counted[next(iter(self.counted))]
        return True


class Port(Devices[Line]):
    """Screening state of a partition: the connections of its devices, by name."""

    def rows(self, batch: Signalling, ports: Bool) -> I8:
        """Rows of phones' own ports, and the core's about phones that have an exposure open."""
        about = {who for who, line in self.by_name.items() if line.exposed is not None}
        about.update(batch.subscriber[ports].tolist())
        if about:
            core = np.flatnonzero(batch.source == CORE)
            ports = ports.copy()
            ports[core] = [who in about for who in batch.subscriber[core].tolist()]
        return np.flatnonzero(ports)

    def observe(self, step: steps.Step, serving: Serving, terms: Terms) -> list[Result]:
        """Takes in one row; the core's only matters while an exposure is open."""
        line = self.known(step.who, step.rx, terms.horizon_ms)
        if step.by_core:
            return [] if line is None or line.exposed is None else line.observe_core(step, terms)
        if line is None:
            line = self.by_name[step.who] = Line()
        return line.observe(step, serving, terms)
