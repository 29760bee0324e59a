"""A cell that nobody lists begins where there was none before, and several phones receive it."""

from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.features.memory.novelty import Lately, Spell, Spells, freshness
from detectors.features.memory.pending_findings import Due, PromptRule
from detectors.features.plan.unlisted_cells import (
    UNKNOWN_AREA,
    are_half_real,
    are_shared,
    strangers,
)
from detectors.features.rows.sightings import sightings_of
from detectors.features.rule import Origin, Screened, iterate, place_of, source_of
from detectors.model.columns import Measurements
from detectors.model.finding import Family, Observation
from detectors.model.hashing import is_place_sampled
from detectors.model.parameters import Cap, Count, Nats, OneIn, Seconds, Share, Switch
from detectors.register.identity_keys import cell_key
from detectors.register.register import Register

#: What observations carry: whether the register lacks the whole area.
_NEW_AREA: Final = "new_area"


class Comings(Due):
    """Judging state of one zone: spells of unknown cells, and findings that are due."""

    spells: Spells = msgspec.field(default_factory=Spells)


class TransientCell(PromptRule[Measurements, Lately, Comings], frozen=True, kw_only=True):
    """An unknown cell that has just begun, received by at least two phones.

    What it sees: identities that the register doesn't have, first received at a place that had been
    watched for `watched_s` before, by `least_devices` phones; for `longest_life_s` from then on.
    A watched place is one that a sample of all reports (one in `sample_one_in`) keeps coming from.
    A cell that stays is no longer new and says nothing, one not received for `gone_s` is gone.

    Why a rogue station does it: it comes, blasts, and drives off, or changes its identity often;
    honest cells stay for years.

    Why an honest network may: a site missing in the register is received from the very first report
    on and is never new (F5); a new site (F5) or one on wheels for an event (F6) does begin, but
    stays and is served by the core, which is weighed where findings are fused. That many honest
    unknown cells begin just now is the `honest_share`; so it only adds to what other rules find.
    Of cells whose whole area the register doesn't have it is the `new_area_share`: an operator
    seldom opens an area, and holes of a register are holes in areas that it has.
    `excuse_lasting` (F5) is the silence about cells received before, or for longer than that.
    `excuse_unwatched` (F8) is the silence where nobody listened before: the first phone in a tunnel
    or a village finds nothing new. `excuse_mixed` (F3, F20) leaves out identities of a registered
    area and a registered cell number that don't belong together: modems mix the cell they left with
    the one they are on, on every border anew.

    References: docs/science.md, A25, R12, F5, F6, F8; SeaGlass (short-lived signatures).

    The weight follows how often the cell should have been received before, had it been there, and
    is at most the logarithm of one over that share; `cap` and `new_area_cap` bound what all phones
    add.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.transient_cell.samples import fires
    >>> found = TOWN.findings(TransientCell(), *fires(TOWN))
    >>> [(finding.who, finding.weight) for finding in found]
    [('d1', 2.303), ('d2', 2.303)]
    """

    name: ClassVar[str] = "transient_cell"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "identity"
    of_strangers: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 300_000

    cap: Cap = 1.0
    new_area_cap: Nats = 3.0
    honest_share: Share = 0.45
    new_area_share: Share = 0.1
    least_devices: Count = 2
    watched_s: Seconds = 300.0
    longest_life_s: Seconds = 3600.0
    gone_s: Seconds = 3600.0
    sample_one_in: OneIn = 128
    excuse_lasting: Switch = True
    excuse_unwatched: Switch = True
    excuse_mixed: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def screen(
        self, state: Lately, batch: Measurements, register: Register, origin: Origin
    ) -> Screened:
        """Observations only: unknown cells, each once in five minutes of a device, and a sample of
        all."""
        observations = []
        drawn = is_place_sampled(self.sample_one_in, batch.ts_ms, batch.lat, batch.lon)
        for row, source in iterate(batch, np.flatnonzero(drawn), origin):
            place = place_of(batch, row)
            observations.append(self.observation("ground", batch, row, source, place=place))
        some = strangers(batch, sightings_of(batch, register), register)
        some = some.keep(~np.isnan(some.lat))
        if len(some):
            some = some.keep(~are_shared(some, register))
        if self.excuse_mixed and len(some):
            some = some.keep(~are_half_real(some, register))
        seen = some.seen
        columns = (seen.row, seen.rat, seen.mcc, seen.mnc, seen.area, seen.cell)
        for at, (row, *numbers) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            if state.is_new(f"{batch.device[row]}|{numbers}", int(batch.rx_ms[row])):
                source = source_of(batch, row, origin)
                values = {_NEW_AREA: int(some.grade[at] == UNKNOWN_AREA)}
                about = seen.about(at, batch)
                observations.append(
                    self.observation("strange", batch, row, source, values=values, **about)
                )
        return Screened(observations=observations)

    def observe(self, state: Comings, observation: Observation) -> None:
        if observation.place is None:
            return
        if observation.kind == "ground":
            state.spells.watch.observe(observation.place.lat, observation.place.lon, observation.ts)
            return
        assert observation.claimed is not None
        cell, gone_ms = cell_key(observation.claimed), int(self.gone_s * 1000)
        borne_out = state.spells.borne_out(cell, observation, gone_ms, self.least_devices)
        if borne_out is None:
            return
        spell, reports = borne_out
        new_area = bool(observation.values[_NEW_AREA])
        cap = self.new_area_cap if new_area else self.cap
        weight = min(self._weight(spell, observation.ts, new_area), cap)
        if weight > 0.0:
            first_ms = min(each.first_ms for each in state.spells.things[cell])
            age_s = max(0, observation.rx_ts - first_ms) // 1000
            state.due += [
                self.finding_about(
                    report,
                    round(weight, 3),
                    rx_ts=observation.rx_ts,
                    cap=cap,
                    values={"age_s": age_s},
                )
                for report in reports
            ]

    def _weight(self, spell: Spell, now_ms: int, new_area: bool) -> float:
        age_ms = now_ms - spell.first_ms
        if self.excuse_lasting and age_ms > self.longest_life_s * 1000:
            return 0.0
        watched_ms = int(self.watched_s * 1000)
        if not self.excuse_unwatched:
            since_ms = spell.first_ms - watched_ms
            spell = msgspec.structs.replace(spell, silent_since_ms=since_ms)
        share = self.new_area_share if new_area else self.honest_share
        return freshness(spell, max(now_ms, spell.first_ms), share, watched_ms)
