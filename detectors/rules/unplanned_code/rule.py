"""Phones receive a channel and code that no registered cell within reach has."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from detectors.features.facts import Facts
from detectors.features.memory.novelty import Lately, Spell, freshness
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.plan import code_plan
from detectors.features.rows.report_numbers import are_timely
from detectors.features.rows.sightings import Sightings
from detectors.features.rule import Screened, iterate, optional
from detectors.features.samples.drawing import ground_rows, opened
from detectors.features.samples.of_samples import Apart, Drawn, TakenSamples
from detectors.features.samples.sample_rows import SampleRows
from detectors.model.columns import Measurements
from detectors.model.finding import Family, Observation, Source
from detectors.model.parameters import Cap, Count, Metres, OneIn, Seconds, Share, Switch
from detectors.rules.unplanned_code.heights import Begun, Heights
from detectors.rules.unplanned_code.unplanned import unplanned


class UnplannedCode(PromptRule[Measurements, Lately, Heights], frozen=True, kw_only=True):
    """A channel and code (BSIC, PSC, PCI) that just began, and that nobody planned near by.

    What it sees: in reports and neighbour lists, with or without an identity, a channel that the
    network uses near by with a code that no registered cell within some 8 km has on it, where the
    register knows channel and code of at least `planned_share` of `least_cells` cells around.
    `least_devices` phones must receive it within 5 km, and it must have begun where phones had
    listened for `watched_s` before: then each says so by how often it should have been received
    before, had it been there. `longest_life_s` after its beginning it is no longer new.

    Why a rogue station does it: a code of its own keeps it from drowning in the cell that has the
    same; phones report it to their network before they ever are on it, and those that stay free do.

    Why an honest network may: a cell that the register lacks (F5) is received from the first report
    on, so nothing is found of what doesn't begin (`excuse_lasting`); codes are planned anew by
    night (F33), many in one go: `excuse_retune` is silent while `retune_codes` codes of one RAT or
    more began elsewhere in the zone within the same hour and are still on; from a height cells are
    received from beyond their reuse distance (F19): `excuse_high` is silent about codes planned
    within some 20 km where the phone is `high_m` above the ground as other phones near by have it.
    Channels that the network doesn't use near by are another network's as a rule, and silent.

    References: docs/science.md, A2, A6, R2, R8, F5, F19, F33; patents US9838879, US10200869.

    The weight is at most the logarithm of one over `honest_share`, the share of honest unplanned
    codes that do begin just now; `cap` bounds what all phones add: together with the other rules
    about unknown identities it must not decide.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.unplanned_code.samples import fires, register
    >>> found = TOWN.findings(UnplannedCode(), *fires(TOWN), register=register(TOWN))
    >>> [(finding.who, finding.weight) for finding in found]
    [('d1', 1.204), ('d2', 1.204), ('d3', 1.204)]
    """

    name: ClassVar[str] = "unplanned_code"
    version: ClassVar[int] = 4
    family: ClassVar[Family] = "identity"
    horizon_ms: ClassVar[int] = 900_000

    cap: Cap = 1.4
    honest_share: Share = 0.3
    least_devices: Count = 3
    least_cells: Count = 6
    planned_share: Share = 0.8
    watched_s: Seconds = 600.0
    longest_life_s: Seconds = 3600.0
    gone_s: Seconds = 3600.0
    retune_codes: Count = 6
    high_m: Metres = 50.0
    sample_one_in: OneIn = 128
    excuse_lasting: Switch = True
    excuse_retune: Switch = True
    excuse_high: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def screen(self, state: Lately, facts: Facts[Measurements]) -> Screened:
        """Observations only: unplanned codes, each once in a quarter of an hour of a device, and a
        sample of all places with their altitudes."""
        return opened(self, self.screen_apart(state, facts), facts)

    def screen_apart(self, state: Lately, facts: Facts[Measurements]) -> Apart:
        odd = Screened(observations=self._unplanned(state, facts))
        return Apart(odd, Drawn(ground_rows(facts, self.sample_one_in)))

    def _unplanned(self, state: Lately, facts: Facts[Measurements]) -> list[Observation]:
        batch, observations = facts.batch, list[Observation]()
        seen, from_afar = unplanned(facts, self.least_cells, self.planned_share)
        if not len(seen):
            return observations
        codes = code_plan.code_key(seen.rat, seen.arfcn, seen.pci).tolist()
        timely = are_timely(facts)
        for at, (row, source) in enumerate(iterate(batch, seen.row, facts.origin)):
            if not timely[row]:
                continue
            report = f"{batch.device[row]}|{codes[at]}"
            if state.is_new(report, int(batch.rx_ms[row])):
                observations.append(
                    self._observation(batch, row, seen, at, bool(from_afar[at]), source)
                )
        return observations

    def sample(self, rows: SampleRows, row: int) -> Observation:
        altitude_m = rows.given(row)["altitude_m"]
        return rows.one(self.name, "ground", row, values={"altitude_m": altitude_m})

    def learn_samples(self, state: Heights, taken: TakenSamples, rows: Sequence[int]) -> None:
        state.observe_each(taken, rows)

    def _observation(
        self,
        batch: Measurements,
        row: int,
        seen: Sightings,
        at: int,
        from_afar: bool,
        source: Source,
    ) -> Observation:
        about = seen.about(at, batch)
        return self.observation(
            "unplanned",
            batch,
            row,
            source,
            **about,
            values={
                "arfcn": about["claimed"].arfcn,
                "pci": about["claimed"].pci,
                "altitude_m": optional(batch.altitude_m[row]),
                "from_afar": int(from_afar),
            },
        )

    def observe(self, state: Heights, observation: Observation) -> None:
        if observation.place is None:
            return
        if observation.kind == "ground":
            state.observe_ground(observation)
            return
        if (
            self.excuse_high
            and observation.values.get("from_afar")
            and self._is_high(state, observation)
        ):
            return
        borne_out = state.observe(observation, int(self.gone_s * 1000), self.least_devices)
        if borne_out is None:
            return
        spell, reports = borne_out
        weight = self._weight(state, spell, observation)
        if weight > 0.0:
            state.due += [
                self.finding_about(
                    report,
                    round(min(weight, self.cap), 3),
                    rx_ts=observation.rx_ts,
                    values=report.values,
                )
                for report in reports
            ]

    def _is_high(self, state: Heights, observation: Observation) -> bool:
        """Whether the phone is well above where phones near by mostly are."""
        above_m = state.above_ground_m(observation)
        return above_m is not None and above_m >= self.high_m

    def _weight(self, state: Heights, spell: Spell, observation: Observation) -> float:
        begun = Begun(self.watched_s * 1000, self.longest_life_s * 1000)
        if self.excuse_lasting and not begun.lately(spell, observation.ts):
            return 0.0
        if (
            self.excuse_retune
            and state.begun_elsewhere(spell, observation, begun) >= self.retune_codes
        ):
            return 0.0
        if not self.excuse_lasting:
            return -float(np.log(self.honest_share))
        return freshness(spell, self.honest_share)
