"""Phones report two cells under different identities on one channel and code at one place."""

from typing import ClassVar

import numpy as np

from detectors.features.facts import Facts
from detectors.features.memory.novelty import Lately
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.phones.last_reports import just_before
from detectors.features.rows.report_numbers import are_drawn
from detectors.features.rows.sightings import Sightings, sightings_of
from detectors.features.rule import Screened, iterate
from detectors.model.columns import I8, Bool, Measurements
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, Metres, OneIn, Seconds, Switch, Weight
from detectors.rules.two_identities_one_channel.sights import Channels, Sight


class TwoIdentitiesOneChannel(
    PromptRule[Measurements, Lately, Channels], frozen=True, kw_only=True
):
    """Two identities on one channel and code, at one place and one time.

    What it sees: cells on which phones report or which they list, with identity, channel and code
    (PCI, or BSIC in GSM). A plan gives a code of a channel to one cell as far as its reuse reaches,
    so within `near_m` and `window_s` all phones should report one identity on it. The rule fires
    where `least_devices` phones report a second one, and names it: the one that the register does
    not have. Of registered cells a sample is looked at, one report in `sample_one_in`.

    Why a rogue station does it: it takes channel and code of a strong cell near by, since phones
    measure these anyway and so come to it, but needs an identity and area of its own, so that they
    register anew; or it changes its identity often and stays on its channel.

    Why an honest network may:

    * `excuse_shared` (F11, F37): operators share a cell, which broadcasts several networks (MOCN);
      since Release 14 each may have its own area and cell number. Only identities of one network
      are compared. A transmitter that poses as another network is left to other rules;
    * `excuse_reuse` (F19): both stand in the register: the code is used again farther away, and
      received across a valley, from a height, or through a repeater that carries two donors;
    * `excuse_femto` (F7): neither is registered: femtocells and indoor cells draw from a few codes,
      and two of a building may share one;
    * `excuse_replan` (F4, F20, F33): a cell was renumbered, or a channel retuned. The old identity
      ends as the new one begins, but for modems that show their last cell on; so both must be
      reported for `overlap_s`;
    * `excuse_aggregation` (F24): the secondary carrier of a site is shown under the identity of the
      serving cell. Cells of one eNodeB or gNB count as one identity;
    * `excuse_half_update` (F3): a phone that moves writes identity and code one after the other. A
      report is left out if the phone's report before had just the same cell, or the same code.

    What is left is a register with a hole (F5) just where a code is used too near, so that it is
    weak evidence beside `unknown_cell`, which sees the same phones.

    It is off in `configs/default.yaml` until measurements have shown what it should weigh.

    References: docs/science.md, R2, A6 (SnoopSnitch, whose authors switched it off: wrong on high
    places and after retuning); TS 36.331 6.2.2 (SIB1, cellAccessRelatedInfoList).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.two_identities_one_channel.samples import fires
    >>> found = TOWN.findings(TwoIdentitiesOneChannel(), *fires(TOWN))
    >>> sorted({(each.who, each.claimed.cell, each.values["other"]) for each in found})
    [('d2', 7, '460-00-4100-1001'), ('d3', 7, '460-00-4100-1001')]
    """

    name: ClassVar[str] = "two_identities_one_channel"
    version: ClassVar[int] = 3
    family: ClassVar[Family] = "identity"
    alert_kind: ClassVar[AlertKind | None] = "fake_base_station"
    of_strangers: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 60_000

    weight: Weight = 0.7
    cap: Cap = 2.0
    least_devices: Count = 2
    near_m: Metres = 1000.0
    window_s: Seconds = 600.0
    overlap_s: Seconds = 60.0
    half_update_s: Seconds = 15.0
    sample_one_in: OneIn = 32
    excuse_shared: Switch = True
    excuse_reuse: Switch = True
    excuse_femto: Switch = True
    excuse_replan: Switch = True
    excuse_aggregation: Switch = True
    excuse_half_update: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def screen(self, state: Lately, facts: Facts[Measurements]) -> Screened:
        """Unregistered cells, each once a minute of a device, and a sample of the others."""
        batch, seen = facts.batch, sightings_of(facts).in_order()
        known_code = ~np.isnan(seen.arfcn + seen.pci)
        chosen = are_drawn(facts, self.sample_one_in)[seen.row] | (seen.found < 0)
        seen = seen.take(np.flatnonzero(seen.is_full & known_code & chosen))
        if self.excuse_half_update:
            seen = seen.take(np.flatnonzero(~self._half_updated(facts, seen)))
        observations = []
        for at, (row, source) in enumerate(iterate(batch, seen.row, facts.origin)):
            report_key = f"{batch.device[row]}|{seen.identity(at)}"
            listed = bool(seen.found[at] >= 0)
            if listed or state.is_new(report_key, int(batch.rx_ms[row])):
                kind, about = "listed" if listed else "unlisted", seen.about(at, batch)
                observations.append(self.observation(kind, batch, row, source, **about))
        return Screened(observations=observations)

    def _half_updated(self, facts: Facts[Measurements], seen: Sightings) -> Bool:
        """Serving cells of which the report before had just the identity, or just the code."""
        batch, half = facts.batch, ~seen.neighbour & facts.batch.serving[seen.row]
        asked: I8 = np.flatnonzero(half)
        if not len(asked):
            return half
        row = seen.row[asked]
        known, before = just_before(facts, row, self.half_update_s * 1000)
        same_cell = (before["area"] == batch.area[row]) & (before["cell"] == batch.cell[row])
        same_code = (before["arfcn"] == batch.arfcn[row]) & (before["pci"] == batch.pci[row])
        half[asked] = known & (same_cell != same_code)
        return half

    def observe(self, state: Channels, observation: Observation) -> None:
        sights = state.sights_about(observation, int(self.window_s * 1000), self.near_m)
        for other in sights[1:]:
            odd, rival = sights[0], other
            if odd.listed != rival.listed:
                odd, rival = (odd, rival) if rival.listed else (rival, odd)
            elif odd.first_ms < rival.first_ms:
                odd, rival = rival, odd
            if self._contradict(odd, rival):
                state.due += [self._finding(each, rival, observation.rx_ts) for each in odd.waiting]
                odd.waiting = []

    def _contradict(self, one: Sight, other: Sight) -> bool:
        if min(len(one.who), len(other.who)) < self.least_devices:
            return False
        overlap_ms = min(one.last_ms, other.last_ms) - max(one.first_ms, other.first_ms)
        excused = (
            self.excuse_shared and one.network != other.network,
            self.excuse_reuse and one.listed and other.listed,
            self.excuse_femto and not one.listed and not other.listed,
            self.excuse_replan and overlap_ms < self.overlap_s * 1000,
            self.excuse_aggregation and one.node == other.node,
        )
        return not any(excused)

    def _finding(self, about: Observation, rival: Sight, due_ms: int) -> Finding:
        assert about.claimed is not None
        values = {"other": rival.identity, "arfcn": about.claimed.arfcn, "pci": about.claimed.pci}
        return self.finding_about(about, self.weight, rx_ts=due_ms, values=values)
