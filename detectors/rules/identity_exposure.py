"""A network makes phones give themselves away, and doesn't prove that it is theirs."""

from math import log
from typing import ClassVar, Final, NamedTuple

import msgspec
import numpy as np

from detectors.columns import I8, Batch, Bool, Signalling
from detectors.exposing import (
    STEERING_CAUSES,
    SUBSCRIBER_CAUSES,
    exposes,
    exposure_score,
    surprise,
)
from detectors.exposure_counts import WINDOW_MS, Count, Kind, Network, share
from detectors.finding import Family, Finding, Identity, Norm, Place
from detectors.register import Register
from detectors.returns import is_sampled
from detectors.rule import Origin, Rule, Screened
from detectors.serving import LISTED, UNLISTED, UNTOLD, Cell, Serving, told_area
from detectors.vocabulary import (
    CIPHERS,
    CORE,
    DEVICE,
    GSM,
    INTEGRITIES,
    OUTCOMES,
    PROCEDURES,
    code_of,
)

_OPENS: Final = frozenset(
    code_of(word, PROCEDURES)
    for word in (
        "registration",
        "location_update",
        "routing_area_update",
        "tracking_area_update",
        "attach",
        "detach",
        "service_request",
    )
)
_ASKED_BY: Final = code_of("authentication_request", PROCEDURES)
_FAILED: Final = code_of("authentication_failure", PROCEDURES)
_SECURITY: Final = code_of("security_mode", PROCEDURES)
_IDENTITY: Final = code_of("identity_request", PROCEDURES)
_AUTHENTICATION_REJECT: Final = code_of("authentication_reject", PROCEDURES)
_ACCEPT, _REJECT, _ABORT = (code_of(word, OUTCOMES) for word in ("accept", "reject", "abort"))
_NO_CIPHER: Final = code_of("A5/0", CIPHERS)
_NO_INTEGRITY: Final = tuple(code_of(word, INTEGRITIES) for word in ("UIA0", "EIA0", "NIA0"))
#: "MAC failure": the phone's SIM says that the network doesn't know its key (TS 24.301 9.9.3.9).
_MAC_FAILURE: Final = 20

#: A prior (exposed, connections) by which next to no exposure is normal.
_NOTHING_IS_USUAL: Final = (1.0, 1000.0)
#: Networks that a zone remembers.
_NETWORKS: Final = 64
#: Exposed phones of one cell and window that wait to be told of.
_WAITING: Final = 64
#: Cells for which a device is known to have counted.
_COUNTED_CELLS: Final = 16


class Step(NamedTuple):
    """What is read of one row; ``at`` is its place among the rows of its batch that are read."""

    at: int
    who: str
    ts: int
    rx: int
    by_core: bool
    procedure: int
    outcome: int
    cause: int | None
    exposing: bool
    proves: bool
    sampled: bool


class Exposure(msgspec.Struct):
    """An exposing message that nothing has explained yet, and where it was."""

    ts: int
    reason: str
    cause: int | None
    claimed: Identity | None
    place: Place | None
    known: str


class Line(msgspec.Struct):
    """Screening state of one device: its connection, and what came of it."""

    ts: int = 0
    rx: int = 0
    cell: Cell | None = None
    asked_for: int = 0
    proved: bool = False
    told: bool = False
    exposed: Exposure | None = None
    home: Cell | None = None
    counted: dict[str, int] = {}
    excused_rx: int | None = None


class Port(msgspec.Struct):
    """Screening state of a partition: devices by name."""

    lines: dict[str, Line] = {}
    swept_ms: int = 0


class Ledger(msgspec.Struct):
    """Judging state of one zone: its networks, exposures by cell, and findings that are due."""

    networks: dict[str, Network] = {}
    waiting: dict[str, list[Norm]] = {}
    swept_ms: int = 0
    due: list[Finding] = []


class IdentityExposure(Rule, frozen=True, kw_only=True):
    """Exposing messages without proof of the network, or in too large a share of connections.

    What it sees, from a phone's own port:

    * `unproven`: the phone refuses the network's authentication ("MAC failure"); or it was asked
      for its IMSI, rejected for a cause that exposes, or sent away, and its connection ended
      without the network having proved itself: by integrity protection or an accept, in GSM, where
      networks prove nothing, by an authentication or a cipher;
    * `ratio`: of a cell's connections within a minute, more than `least_connections`, so many
      expose as the network's norm hardly ever does: the binomial tail against the larger of what is
      usual in the other cells and what is happening there in the same minute.

    Why a rogue station does it: it lacks the keys of its victims, and to collect identities or to
    send phones on is what most of them are for.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_ordinary_rejects` (F36): 1 to 3 % of honest registrations are rejected; congestion
      (cause 22) exposes nothing. Off: nothing is held to be usual.
    * `excuse_quirks` (F14): some networks ask for the IMSI often; a lone exposure weighs no more
      than the logarithm of one over its usual share.
    * `excuse_core_restart` (F23): after a restart all cells ask at once.
    * `excuse_crowds` (F22): many connections bring many exposures; it is their share that counts.
    * `excuse_inactive_sims` (F12): a SIM that isn't valid is rejected again and again: on cells of
      the register only once in a quarter of an hour.
    * `excuse_steering` (F34): home networks turn their roaming subscribers away with causes 11, 13,
      15 and 17: no exposure on cells of the register.

    To keep the census small, of all connections one in `sample_one_in`, chosen by content, goes to
    the second half and counts for so many. Exposed ones all go. Both count once a device, cell and
    minute, so the share stays right on average and no single phone makes it.

    References: detection notes R7, D1, D2, D3, C12, C16, and 1F for the messages.

    >>> from detectors.vocabulary import LTE
    >>> cell = {"rat": [LTE], "mcc": [460], "mnc": [0], "area": [61001], "cell": [7]}
    >>> failure = {"procedure": [_FAILED], "cause": [20], "source": [DEVICE], **cell}
    >>> port = Signalling.of(ts_ms=[0], subscriber=["a"], **failure)
    >>> rule, ledger = IdentityExposure(), Ledger()
    >>> for norm in rule.screen(Port(), port, Register.empty(), Origin("", 0)).norms:
    ...     rule.hear(ledger, norm)
    >>> [(finding.values["reason"], finding.weight) for finding in rule.judge(ledger, 0)]
    [('mac_failure', 2.0)]
    """

    name: ClassVar[str] = "identity_exposure"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "protocol"
    reads: ClassVar[tuple[type[Batch], ...]] = (Signalling,)
    horizon_ms: ClassVar[int] = 900_000

    most_weight: float = 2.0
    cap: float = 6.5
    usual_share: float = 0.02
    usual_connections: float = 50.0
    usual_half_life_s: float = 3600.0
    least_connections: float = 10.0
    least_surprise: float = 12.0
    connection_s: float = 20.0
    sample_one_in: int = 4
    excuse_ordinary_rejects: bool = True
    excuse_quirks: bool = True
    excuse_core_restart: bool = True
    excuse_crowds: bool = True
    excuse_inactive_sims: bool = True
    excuse_steering: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        if values.get("kind") == "ratio":
            share = float(values.get("share") or 0.0)
            return f"{who} had to identify themselves on {claimed}, as {share:.0%} of all there did"
        what = _SENTENCES.get(str(values.get("reason")), "gave itself away to")
        return f"{who} {what} {claimed}, which did not prove to be of the network"

    def new_state(self) -> Port:
        return Port()

    def screen(self, state: Port, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Follows each device's connections; the rows of phones' ports are few."""
        assert isinstance(batch, Signalling)
        rows = self._rows(state, batch)
        norms: list[Norm] = []
        if not len(rows):
            return Screened()
        some = batch.take(rows)
        serving = Serving(some, register)
        listed = np.array([known == LISTED for known in serving.known])
        exposing = exposes(some)
        if self.excuse_steering:
            exposing &= ~(np.isin(some.cause, STEERING_CAUSES) & listed)
        told = some.rat, some.mcc, some.mnc, some.area, some.cell
        sampled = is_sampled(max(self.sample_one_in, 1), some.ts_ms, *told)
        steps = zip(
            some.subscriber.tolist(),
            some.ts_ms.tolist(),
            some.rx_ms.tolist(),
            (some.source == CORE).tolist(),
            some.procedure.tolist(),
            some.outcome.tolist(),
            [None if cause != cause else int(cause) for cause in some.cause.tolist()],
            exposing.tolist(),
            _proves(some).tolist(),
            sampled.tolist(),
            strict=True,
        )
        for at, (who, *row) in enumerate(steps):
            step = Step(at, who, *row)
            line = state.lines.get(who)
            if line is not None and step.rx - line.rx > self.horizon_ms:
                line = None
            if step.by_core:
                if line is not None and line.exposed is not None:
                    norms += self._served(line, step, serving, origin)
                continue
            if line is None:
                line = state.lines[who] = Line()
            norms += self._step(line, step, serving, origin)
        self._sweep(state, int(batch.rx_ms.max(initial=0)))
        return Screened(norms=norms)

    def _rows(self, state: Port, batch: Signalling) -> I8:
        """The phones' own rows, and the core's about phones that have an exposure open."""
        ours = batch.source == DEVICE
        about = {who for who, line in state.lines.items() if line.exposed is not None}
        about.update(batch.subscriber[ours].tolist())
        if about:
            core = np.flatnonzero(batch.source == CORE)
            ours = ours.copy()
            ours[core] = [who in about for who in batch.subscriber[core].tolist()]
        return np.flatnonzero(ours)

    def _step(self, line: Line, step: Step, serving: Serving, origin: Origin) -> list[Norm]:
        """One row of a phone's port; what it gives rise to."""
        cell, known = serving.cells[step.at], serving.known[step.at]
        norms: list[Norm] = []
        opens = step.procedure in _OPENS and not step.outcome
        # A phone may tell of a hand-over, or of its cell too late: what it asked for goes on.
        other = step.procedure in _OPENS and step.procedure != line.asked_for
        other |= step.exposing and line.exposed is not None
        if (
            opens
            or (other and cell != line.cell)
            or abs(step.ts - line.ts) > self.connection_s * 1000
        ):
            norms += self._confirmed(line, step, serving, origin)
            line.proved, line.told, line.exposed = False, False, None
            line.asked_for = step.procedure if opens else 0
            counts = known != UNTOLD and self._counts(line, "connection", step.ts, cell)
            if counts and step.sampled:
                here = self._exposure(line, step, serving, "connection")
                norms.append(self._norm("connection", here, step, serving, origin))
        line.ts, line.rx, line.cell = step.ts, step.rx, cell
        if known == LISTED:
            line.home = cell
        if step.procedure == _FAILED and step.cause == _MAC_FAILURE:
            line.proved, line.exposed = False, self._exposure(line, step, serving, "mac_failure")
            norms += self._confirmed(line, step, serving, origin)
        elif step.exposing and not self._is_excused(line, step, known):
            exposure = self._exposure(line, step, serving, _reason(step.procedure))
            if known != UNTOLD and self._counts(line, "exposed", step.ts, cell):
                norms.append(self._norm("exposed", exposure, step, serving, origin))
            if not line.proved and line.exposed is None:
                line.exposed = exposure
            if step.procedure != _IDENTITY:
                norms += self._confirmed(line, step, serving, origin)
        elif step.outcome in (_REJECT, _ABORT):
            # A phone refuses a security mode that isn't its network's: no proof after all.
            line.proved &= step.procedure != _SECURITY
            norms += self._confirmed(line, step, serving, origin)
        elif step.proves:
            line.proved = True
        elif step.outcome == _ACCEPT and step.procedure in _OPENS:
            # In GSM an accept proves nothing, and what could have, comes before it.
            norms += self._confirmed(line, step, serving, origin)
        return norms

    def _served(self, line: Line, step: Step, serving: Serving, origin: Origin) -> list[Norm]:
        """The core's word on a phone with an open exposure: it served it there, or elsewhere."""
        soon = abs(step.ts - line.ts) <= self.connection_s * 1000
        if serving.cells[step.at] == line.cell and soon:
            line.proved |= step.outcome == _ACCEPT
            return []
        if step.ts < line.ts or step.procedure not in _OPENS:
            return []
        return self._confirmed(line, step, serving, origin)

    def _exposure(self, line: Line, step: Step, serving: Serving, reason: str) -> Exposure:
        return Exposure(
            step.ts,
            reason,
            step.cause,
            serving.claimed(step.at),
            serving.place(step.at, line.home),
            serving.known[step.at],
        )

    def _confirmed(self, line: Line, step: Step, serving: Serving, origin: Origin) -> list[Norm]:
        """An open exposure whose connection has ended unproved: told once a connection."""
        exposure, line.exposed = line.exposed, None
        if exposure is None or line.proved or line.told:
            return []
        line.told = True
        return [self._norm("unproven", exposure, step, serving, origin)]

    def _is_excused(self, line: Line, step: Step, known: str) -> bool:
        """A reject of an invalid SIM on a registered cell, once it has been told of one."""
        if not self.excuse_inactive_sims or known != LISTED:
            return False
        rejected = step.outcome == _REJECT and step.cause in SUBSCRIBER_CAUSES
        if rejected or step.procedure == _AUTHENTICATION_REJECT:
            before, line.excused_rx = line.excused_rx, step.rx
            return before is not None and step.rx - before <= self.horizon_ms
        return False

    def _counts(self, line: Line, kind: str, ts: int, cell: Cell) -> bool:
        """Whether a device has its say in a cell's share: once a cell and minute."""
        key = f"{kind}-{cell}"
        last = line.counted.get(key)
        if last is not None and abs(ts - last) < WINDOW_MS:
            return False
        line.counted.pop(key, None)
        line.counted[key] = ts
        if len(line.counted) > _COUNTED_CELLS:
            del line.counted[next(iter(line.counted))]
        return True

    def _norm(
        self, kind: str, exposure: Exposure, step: Step, serving: Serving, origin: Origin
    ) -> Norm:
        """A norm about an exposure, which row ``step`` settled."""
        return Norm(
            detector=self.name,
            kind=kind,
            ts=exposure.ts,
            rx_ts=step.rx,
            space="subscriber",
            who=step.who,
            claimed=exposure.claimed,
            place=exposure.place,
            values={
                "reason": exposure.reason,
                "cause": exposure.cause,
                "cell_known": exposure.known,
            },
            source=serving.source(step.at, origin),
        )

    def _sweep(self, state: Port, now_ms: int) -> None:
        """Forgets devices beyond the horizon, at most once a minute of arrival time."""
        if now_ms - state.swept_ms < 60_000:
            return
        state.swept_ms = now_ms
        gone = [who for who, line in state.lines.items() if now_ms - line.rx > self.horizon_ms]
        for who in gone:
            del state.lines[who]

    def new_judgement(self) -> Ledger:
        return Ledger()

    def hear(self, state: Ledger, norm: Norm) -> None:
        name = _network_key(norm)
        network = state.networks.setdefault(name, Network())
        if len(state.networks) > _NETWORKS:
            del state.networks[next(iter(state.networks))]
        network.halve(norm.rx_ts, self.usual_half_life_s * 1000)
        cell, is_listed = _cell_key(norm), norm.values.get("cell_known") == LISTED
        if norm.kind == "unproven":
            weight = self._weight_of_one(network, norm)
            if weight > 0.0:
                state.due.append(self._finding(norm, weight, norm.rx_ts))
        network.count(self._worth(norm), cell, is_listed, norm.ts, norm.rx_ts)
        if cell is None or norm.kind == "unproven":
            return
        here = f"{name} {cell}"
        if norm.kind == "exposed":
            state.waiting[here] = [*state.waiting.get(here, []), norm][-_WAITING:]
        if here in state.waiting:
            state.due += self._ratio(network, norm, state.waiting[here])
        self._forget(state, norm.rx_ts)

    def next_due_ms(self, state: Ledger) -> int | None:
        return state.due[0].rx_ts if state.due else None

    def judge(self, state: Ledger, until_ms: int) -> list[Finding]:
        findings = [finding for finding in state.due if finding.rx_ts <= until_ms]
        state.due = [finding for finding in state.due if finding.rx_ts > until_ms]
        return findings

    def _worth(self, norm: Norm) -> Count:
        """For how much a norm counts: a connection for all that weren't sampled."""
        if norm.kind == "connection":
            return Count(connections=max(self.sample_one_in, 1))
        return Count(exposed=1.0) if norm.kind == "exposed" else Count(unproven=1.0)

    def _forget(self, state: Ledger, now_ms: int) -> None:
        """Forgets exposed phones that have waited for longer than a window, once a window."""
        if now_ms - state.swept_ms < WINDOW_MS:
            return
        state.swept_ms = now_ms
        for here, waiting in list(state.waiting.items()):
            state.waiting[here] = [one for one in waiting if now_ms - one.rx_ts <= WINDOW_MS]
            if not state.waiting[here]:
                del state.waiting[here]

    def _normal_share(self, network: Network, norm: Norm, kind: Kind) -> float:
        """Share of connections that is normal, by all cells of the register but the norm's."""
        cell, is_listed = _cell_key(norm), norm.values.get("cell_known") == LISTED
        prior = _NOTHING_IS_USUAL
        if self.excuse_ordinary_rejects:
            prior = self.usual_connections * self.usual_share, self.usual_connections
        usual = network.usual_elsewhere(cell, is_listed) if self.excuse_quirks else Count()
        now = Count()
        if self.excuse_core_restart:
            now = network.now_elsewhere(norm.ts, cell, is_listed)
        return max(share(usual, kind, prior), share(now, kind, prior))

    def _weight_of_one(self, network: Network, norm: Norm) -> float:
        """Weight of a lone exposure without proof."""
        known = str(norm.values.get("cell_known"))
        most = _SHARES[str(norm.values.get("reason"))][known] * self.most_weight
        return round(min(most, -log(self._normal_share(network, norm, "unproven"))), 3)

    def _ratio(self, network: Network, norm: Norm, waiting: list[Norm]) -> list[Finding]:
        """Findings for all phones exposed on a cell within the window, if they are too many.

        ``waiting`` are those of them that haven't been told of; it is emptied when they are.
        """
        here = network.window(norm.ts, _cell_key(norm) or "")
        connections = max(here.connections, here.exposed)
        if connections <= self.least_connections:
            return []
        normal = self._normal_share(network, norm, "exposed")
        # Without the excuse of crowds, numbers count as if no cell had more than the fewest.
        of = connections if self.excuse_crowds else self.least_connections
        weight = round(min(self.most_weight, exposure_score(here.exposed, of, normal)), 3)
        if weight <= 0.0 or surprise(here.exposed, of, normal) < self.least_surprise:
            return []
        told = [one for one in waiting if abs(one.ts - norm.ts) <= WINDOW_MS]
        waiting.clear()
        part = round(here.exposed / connections, 3)
        return [self._finding(one, weight, norm.rx_ts, kind="ratio", share=part) for one in told]

    def _finding(self, norm: Norm, weight: float, rx: int, **more: str | float) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=norm.ts,
            rx_ts=rx,
            weight=weight,
            cap=self.cap,
            space=norm.space,
            who=norm.who,
            claimed=told_area(norm.claimed),
            place=norm.place,
            values={"kind": "unproven", **norm.values, **more},
            source=norm.source,
        )


#: Share of the greatest weight, by what happened and how well the register knows the cell. A SIM
#: may be invalid, a reject ordinary; but a network that fails its own authentication is not one.
_SHARES: Final = {
    "mac_failure": {UNLISTED: 1.0, UNTOLD: 1.0, LISTED: 0.75},
    "identity_request": {UNLISTED: 1.0, UNTOLD: 0.75, LISTED: 0.5},
    "reject": {UNLISTED: 0.75, UNTOLD: 0.5, LISTED: 0.25},
    "detach": {UNLISTED: 0.75, UNTOLD: 0.5, LISTED: 0.25},
    "authentication_reject": {UNLISTED: 0.6, UNTOLD: 0.4, LISTED: 0.2},
}
_SENTENCES: Final = {
    "mac_failure": "refused the authentication of",
    "identity_request": "had to name the subscriber to",
    "reject": "were turned away by",
    "detach": "were sent away by",
    "authentication_reject": "were refused as unknown by",
}


def _reason(procedure: int) -> str:
    if procedure == _FAILED:
        return "mac_failure"
    if procedure in (_IDENTITY, _AUTHENTICATION_REJECT):
        return "identity_request" if procedure == _IDENTITY else "authentication_reject"
    return "detach" if procedure == code_of("detach", PROCEDURES) else "reject"


def _proves(batch: Signalling) -> Bool:
    """Which messages show that the network knows the subscriber's key."""
    secured = batch.procedure == _SECURITY
    gsm = (batch.procedure == _ASKED_BY) | (secured & (batch.cipher != _NO_CIPHER))
    accepted = np.isin(batch.procedure, sorted(_OPENS)) & (batch.outcome == _ACCEPT)
    other = (secured & ~np.isin(batch.integrity, _NO_INTEGRITY)) | accepted
    proofs: Bool = np.where(batch.rat == GSM, gsm, other)
    return proofs


def _network_key(norm: Norm) -> str:
    claimed = norm.claimed
    return f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}" if claimed else ""


def _cell_key(norm: Norm) -> str | None:
    claimed = norm.claimed
    if claimed is None or claimed.cell is None:
        return None
    return f"{claimed.area}-{claimed.cell}"
