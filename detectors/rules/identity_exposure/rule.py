"""A network makes phones give themselves away, and doesn't prove that it is theirs."""

from math import log
from typing import ClassVar, Final

import numpy as np
from msgspec import Struct

from detectors.features.facts import Facts, Origin
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.rows.serving import LISTED, NOT_GIVEN, UNLISTED, Serving, with_area
from detectors.features.rule import Screened
from detectors.model.codes import DEVICE, PROCEDURES, code_of
from detectors.model.columns import Signalling
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Amount, Cap, Nats, OneIn, Seconds, Share, Switch
from detectors.rules.identity_exposure.connections import Exposure, Port, Terms
from detectors.rules.identity_exposure.counts import WINDOW_MS, Kind, Network
from detectors.rules.identity_exposure.exposing import (
    STEERING_CAUSES,
    exposes,
    exposure_score,
    surprise,
)
from detectors.rules.identity_exposure.ledger import (
    LearnedExposure,
    Ledger,
    cell_key,
    is_listed,
    normal_share,
    worth,
)
from detectors.rules.identity_exposure.steps import Step, steps

_FAILED: Final = code_of("authentication_failure", PROCEDURES)
#: "MAC failure": the phone's SIM says that the network doesn't know its key (TS 24.301 9.9.3.9).
_MAC_FAILURE: Final = 20
#: A prior (exposed, connections) by which next to no exposure is normal.
_NOTHING_IS_USUAL: Final = (1.0, 1000.0)


class IdentityExposure(PromptRule[Signalling, Port, Ledger], frozen=True, kw_only=True):
    """Exposing messages without proof of the network, or in too large a share of connections.

    What it sees, from a phone's own port:

    * `unproven`: the phone refuses the network's authentication ("MAC failure"); or it was asked
      for its IMSI, rejected for a cause that exposes, or sent away, and its connection ended
      without the network having proved itself: by integrity protection or an accept, in GSM, where
      networks prove nothing, by an authentication or a cipher;
    * `ratio`: of a cell's connections within a minute, more than `least_connections`, so many
      expose as the network's norm hardly ever does: the binomial tail against the larger of
      what is usual in the other cells and what is happening there in the same minute.

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

    References: docs/science.md, R7, D1, D2, D3, C12, C16, and 1F for the messages.

    >>> from detectors.rules.sample_town import TOWN
    >>> failure = {"procedure": _FAILED, "cause": 20, "source": DEVICE, "area": 61001, "cell": 7}
    >>> (finding,) = TOWN.findings(IdentityExposure(), TOWN.signalling(failure))
    >>> finding.values["reason"], finding.weight
    ('mac_failure', 2.0)
    """

    name: ClassVar[str] = "identity_exposure"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "protocol"
    alert_kind: ClassVar[AlertKind | None] = "imsi_catcher"
    horizon_ms: ClassVar[int] = 900_000
    learned_type: ClassVar[type[Struct] | None] = LearnedExposure

    most_weight: Nats = 2.0
    cap: Cap = 6.5
    usual_share: Share = 0.02
    usual_connections: Amount = 50.0
    usual_half_life_s: Seconds = 3600.0
    least_connections: Amount = 10.0
    least_surprise: Nats = 12.0
    connection_s: Seconds = 20.0
    sample_one_in: OneIn = 4
    excuse_ordinary_rejects: Switch = True
    excuse_quirks: Switch = True
    excuse_core_restart: Switch = True
    excuse_crowds: Switch = True
    excuse_inactive_sims: Switch = True
    excuse_steering: Switch = True

    def screen(self, state: Port, facts: Facts[Signalling]) -> Screened:
        """Follows each device's connections; the rows of phones' ports are few."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        rows = state.rows(batch, batch.source == DEVICE)
        if not len(rows):
            return Screened()
        some = batch.take(rows)
        serving = Serving(some, register)
        exposing = exposes(some)
        if self.excuse_steering:
            listed = np.array([known == LISTED for known in serving.known])
            exposing &= ~(np.isin(some.cause, STEERING_CAUSES) & listed)
        fails = (some.procedure == _FAILED) & (some.cause == _MAC_FAILURE)
        cell = some.rat, some.mcc, some.mnc, some.area, some.cell
        sampled = is_sampled(max(self.sample_one_in, 1), some.ts_ms, *cell)
        terms = Terms(self.connection_s * 1000, self.excuse_inactive_sims, self.horizon_ms)
        observations: list[Observation] = []
        for step in steps(some, serving, exposing, fails, sampled):
            results = state.observe(step, serving, terms)
            observations += [
                self._observation(kind, one, step, serving, origin) for kind, one in results
            ]
        state.sweep(int(batch.rx_ms.max(initial=0)), self.horizon_ms)
        return Screened(observations=observations)

    def _observation(
        self, kind: str, exposure: Exposure, step: Step, serving: Serving, origin: Origin
    ) -> Observation:
        """An observation about an exposure, which row ``step`` settled."""
        return Observation(
            detector=self.name,
            kind=kind,
            ts=exposure.ts,
            rx_ts=step.rx,
            space="subscriber",
            who=step.who,
            claimed=exposure.claimed,
            place=exposure.place,
            values=exposure.values(),
            source=serving.source(step.at, origin),
        )

    def observe(self, state: Ledger, observation: Observation) -> None:
        network = state.network(observation)
        network.halve(observation.rx_ts, self.usual_half_life_s * 1000)
        if observation.kind == "unproven":
            weight = self._weight_of_one(network, observation)
            if weight > 0.0:
                state.due.append(self._finding(observation, weight, observation.rx_ts))
        of_all = worth(observation, max(self.sample_one_in, 1))
        network.count(
            of_all, cell_key(observation), is_listed(observation), observation.ts, observation.rx_ts
        )
        if cell_key(observation) is None or observation.kind == "unproven":
            return
        waiting = state.waiting_on_cell(observation)
        if waiting:
            state.due += self._ratio(network, observation, waiting)
        state.forget(observation.rx_ts)

    def _normal_share(self, network: Network, observation: Observation, kind: Kind) -> float:
        """Share of connections that is normal, by all cells of the register but the
        observation's."""
        prior = _NOTHING_IS_USUAL
        if self.excuse_ordinary_rejects:
            prior = self.usual_connections * self.usual_share, self.usual_connections
        considered = self.excuse_quirks, self.excuse_core_restart
        return normal_share(network, observation, kind, prior, *considered)

    def _weight_of_one(self, network: Network, observation: Observation) -> float:
        """Weight of a lone exposure without proof."""
        known = str(observation.values.get("cell_known"))
        most = _SHARES[str(observation.values.get("reason"))][known] * self.most_weight
        return round(min(most, -log(self._normal_share(network, observation, "unproven"))), 3)

    def _ratio(
        self, network: Network, observation: Observation, waiting: list[Observation]
    ) -> list[Finding]:
        """Findings for all phones exposed on a cell within the window, if they are too many.

        ``waiting`` are those of them that are not yet found; it is emptied when they are.
        """
        here = network.window(observation.ts, cell_key(observation) or "")
        connections = max(here.connections, here.exposed)
        if connections <= self.least_connections:
            return []
        normal = self._normal_share(network, observation, "exposed")
        # Without the excuse of crowds, numbers count as if no cell had more than the fewest.
        of = connections if self.excuse_crowds else self.least_connections
        weight = round(min(self.most_weight, exposure_score(here.exposed, of, normal)), 3)
        if weight <= 0.0 or surprise(here.exposed, of, normal) < self.least_surprise:
            return []
        together = [one for one in waiting if abs(one.ts - observation.ts) <= WINDOW_MS]
        waiting.clear()
        part = round(here.exposed / connections, 3)
        return [
            self._finding(one, weight, observation.rx_ts, kind="ratio", share=part)
            for one in together
        ]

    def _finding(
        self, observation: Observation, weight: float, rx: int, **more: str | float
    ) -> Finding:
        return self.finding_about(
            observation,
            weight,
            rx_ts=rx,
            claimed=with_area(observation.claimed),
            values={"kind": "unproven", **observation.values, **more},
        )


#: Share of the greatest weight, by what happened and how well the register knows the cell. A SIM
#: may be invalid, a reject ordinary; but a network that fails its own authentication is not one.
_SHARES: Final = {
    "mac_failure": {UNLISTED: 1.0, NOT_GIVEN: 1.0, LISTED: 0.75},
    "identity_request": {UNLISTED: 1.0, NOT_GIVEN: 0.75, LISTED: 0.5},
    "reject": {UNLISTED: 0.75, NOT_GIVEN: 0.5, LISTED: 0.25},
    "detach": {UNLISTED: 0.75, NOT_GIVEN: 0.5, LISTED: 0.25},
    "authentication_reject": {UNLISTED: 0.6, NOT_GIVEN: 0.4, LISTED: 0.2},
}
