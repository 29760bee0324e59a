"""A cell broadcasts what draws phones in and doesn't let them go."""

from typing import ClassVar, Final

import numpy as np
from msgspec import Struct

from detectors.features.facts import Facts
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.rows.serving import KNOWN, LISTED, claimed_of, how_known, with_area
from detectors.features.rule import Screened, advance_of, iterate, optional, place_of
from detectors.model.codes import LTE, NETWORK_POSITION
from detectors.model.columns import Bool, Measurements
from detectors.model.finding import Family, Finding, Identity, Observation, Source
from detectors.model.parameters import Amount, Cap, Decibels, Minutes, Nats, Seconds, Share, Switch
from detectors.register.identity_keys import cell_key
from detectors.rules.broadcast_lure.baseline import LearnedHabits, Ledger, outranks
from detectors.rules.broadcast_lure.probes import Probe, Probes, any_broadcast, has_broadcast

#: Highest reselection priority there is (TS 36.331 6.3.4).
_TOP_PRIORITY: Final = 7


class BroadcastLure(PromptRule[Measurements, Probes, Ledger], frozen=True, kw_only=True):
    """System information that attracts or holds phones as the network's own cells don't.

    What it sees, in the `broadcast` of probes that decode system information: a periodic update
    timer below 54 or 30 minutes (the shortest honest one ever observed is 60; 0 means never), a
    reselection offset above 40 dB, a hysteresis above 9 dB, at most one neighbour, fewer than two
    scheduled blocks, and a reselection priority that outranks: in GSM and UMTS above all that the
    network's LTE cells have, in LTE and 5G the highest there is.

    Why a rogue station does it: phones change cells by these rules, so they are how to attract
    phones without more power, and how to keep them.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_usual` (F14): what at least `usual_share` of the reports of the network's other
      registered cells have is its habit.
    * `excuse_legacy_priorities` (F15): the same for priorities, which in some networks prefer UMTS.
    * `excuse_no_neighbours` (F17): some phones and some RATs report no neighbours at all: it says
      something only of a device that has read longer lists in that RAT, in a network whose cells
      otherwise name more.

    The sum of a cell's lures is bounded by `most_weight`, and `cap` is so low that this rule can't
    raise an alert by itself, however many probes agree.

    References: docs/science.md, R11, A10, A16 to A19; SnoopSnitch's weights.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.broadcast_lure.samples import FAKE, probed
    >>> sent = {"t3212_min": 6.0, "cell_reselect_offset_db": 60.0}
    >>> (finding,) = TOWN.findings(BroadcastLure(), probed(TOWN, [{**FAKE, **sent}]))
    >>> finding.values["lures"], finding.weight
    ('very_short_timer offset', 2.0)
    """

    name: ClassVar[str] = "broadcast_lure"
    version: ClassVar[int] = 4
    family: ClassVar[Family] = "protocol"
    horizon_ms: ClassVar[int] = 900_000
    learned_type: ClassVar[type[Struct] | None] = LearnedHabits

    very_short_timer_min: Minutes = 30.0
    short_timer_min: Minutes = 54.0
    offset_db: Decibels = 40.0
    hysteresis_db: Decibels = 9.0
    most_neighbours: Amount = 1.0
    least_blocks: Amount = 2.0
    very_short_timer_weight: Nats = 1.5
    short_timer_weight: Nats = 0.7
    offset_weight: Nats = 1.0
    hysteresis_weight: Nats = 0.5
    few_neighbours_weight: Nats = 1.0
    priority_weight: Nats = 1.0
    few_blocks_weight: Nats = 0.3
    most_weight: Nats = 2.0
    cap: Cap = 3.0
    usual_share: Share = 0.05
    least_reports: Amount = 10.0
    usual_half_life_s: Seconds = 86_400.0
    excuse_usual: Switch = True
    excuse_legacy_priorities: Switch = True
    excuse_no_neighbours: Switch = True

    def concerns(self, facts: Facts[Measurements]) -> bool:
        return any_broadcast(facts.batch)

    def screen(self, state: Probes, facts: Facts[Measurements]) -> Screened:
        """An observation of each cell that a probe reads, once within the horizon."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        rows = np.flatnonzero(has_broadcast(batch))
        some = batch.take(rows)
        known, lures = how_known(some, register), self._lures(some)
        observations: list[Observation] = []
        for at, source in iterate(some, np.arange(len(rows), dtype=np.int64), origin):
            rx, claimed = int(some.rx_ms[at]), claimed_of(some, at)
            probe = state.of(some.device[at], rx, self.horizon_ms)
            names = self._names(probe, some, at, lures)
            report = f"{cell_key(claimed)} {names} {some.broadcast.reselect_priority[at]}"
            if probe.is_news(report, rx, self.horizon_ms):
                observations.append(
                    self._observation(some, at, claimed, names, KNOWN[known[at]], source)
                )
        state.sweep(int(batch.rx_ms.max(initial=0)), self.horizon_ms)
        return Screened(observations=observations)

    def _lures(self, batch: Measurements) -> dict[str, Bool]:
        """What is odd by itself; comparisons with NaN are false."""
        broadcast = batch.broadcast
        timer = np.where(broadcast.t3212_min > 0, broadcast.t3212_min, np.nan)
        very_short = timer < self.very_short_timer_min
        newer = batch.rat >= LTE
        return {
            "very_short_timer": very_short,
            "short_timer": (timer < self.short_timer_min) & ~very_short,
            "offset": broadcast.cell_reselect_offset_db > self.offset_db,
            "hysteresis": broadcast.reselect_hysteresis_db > self.hysteresis_db,
            "few_neighbours": broadcast.neighbours_advertised <= self.most_neighbours,
            "priority": newer & (broadcast.reselect_priority >= _TOP_PRIORITY),
            "few_blocks": broadcast.sib_count < self.least_blocks,
        }

    def _names(
        self, probe: Probe, batch: Measurements, at: int, lures: dict[str, Bool]
    ) -> list[str]:
        """The lures of a row; a short neighbour list only of a device that shows longer ones."""
        names = [name for name, odd in lures.items() if odd[at]]
        shows_many = bool(batch.broadcast.neighbours_advertised[at] > self.most_neighbours)
        reads = probe.reads_lists(int(batch.rat[at]), shows_many)
        if reads or not self.excuse_no_neighbours:
            return names
        return [name for name in names if name != "few_neighbours"]

    def _observation(
        self,
        batch: Measurements,
        at: int,
        claimed: Identity,
        names: list[str],
        known: str,
        source: Source,
    ) -> Observation:
        usable = batch.position_source[at] != NETWORK_POSITION
        return self.observation(
            "broadcast",
            batch,
            at,
            source,
            claimed=claimed,
            place=place_of(batch, at) if usable else None,
            signal_dbm=optional(batch.signal_dbm[at]),
            **advance_of(batch, at),
            values={
                "lures": " ".join(names),
                "priority": optional(batch.broadcast.reselect_priority[at]),
                "cell_known": known,
            },
        )

    def observe(self, state: Ledger, observation: Observation) -> None:
        state.halve(observation.rx_ts, self.usual_half_life_s * 1000)
        claimed = observation.claimed
        assert claimed is not None
        network = f"{claimed.mcc}-{claimed.mnc}"
        habits = state.of(network, claimed.rat)
        names, given = str(observation.values["lures"]).split(), observation.values.get("priority")
        priority = given if isinstance(given, float) else None
        if priority is not None and claimed.rat in ("gsm", "umts"):
            newer = [state.of(network, rat) for rat in ("lte", "nr")]
            if outranks(priority, newer, self.least_reports, self.usual_share):
                names.append("priority")
        cell = cell_key(claimed)
        odd = [n for n in names if not self._is_usual(n, *state.share_of_others(cell, habits, n))]
        weight = min(self.most_weight, sum(getattr(self, f"{name}_weight") for name in odd))
        if weight > 0.0:
            state.due.append(self._finding(observation, weight, odd))
        if observation.values.get("cell_known") == LISTED:
            state.note(cell, habits, names, priority)

    def _is_usual(self, name: str, reports: float, share: float) -> bool:
        """Whether a lure that so many reports of a network's other cells have is their habit, or
        not known to be none where that matters."""
        enough = reports >= self.least_reports
        common = enough and share >= self.usual_share
        if name == "few_neighbours":
            return self.excuse_no_neighbours and (common or not enough)
        if name == "priority":
            return self.excuse_legacy_priorities and common
        return self.excuse_usual and common

    def _finding(self, observation: Observation, weight: float, odd: list[str]) -> Finding:
        known = observation.values.get("cell_known")
        return self.finding_about(
            observation,
            round(weight, 3),
            claimed=with_area(observation.claimed),
            values={"lures": " ".join(odd), "cell_known": known},
        )
