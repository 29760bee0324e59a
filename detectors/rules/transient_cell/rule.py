"""A cell that nobody lists begins where there was none before, and several phones receive it."""

from typing import ClassVar, Final

from detectors.features.facts import Facts
from detectors.features.memory.beginnings import BeginningRule, Comings
from detectors.features.memory.novelty import Lately
from detectors.features.plan.unlisted_cells import (
    UNKNOWN_AREA,
    placed_strangers,
)
from detectors.model.columns import Measurements
from detectors.model.finding import Family, Observation
from detectors.model.parameters import Cap, Count, Nats, Share, Switch
from detectors.register.identity_keys import cell_key

#: What observations carry: whether the register lacks the whole area.
_NEW_AREA: Final = "new_area"


class TransientCell(BeginningRule[Measurements, Lately, Comings], frozen=True, kw_only=True):
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

    The weight, of one phone and of all together, follows how often the cell should have been
    received before, had it been there, and is at most the logarithm of one over that share, and
    `cap` or `new_area_cap`.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.transient_cell.samples import fires
    >>> found = TOWN.findings(TransientCell(), *fires(TOWN))
    >>> [(finding.who, finding.weight) for finding in found]
    [('d1', 2.785), ('d2', 2.785)]
    """

    name: ClassVar[str] = "transient_cell"
    version: ClassVar[int] = 7
    family: ClassVar[Family] = "identity"
    of_strangers: ClassVar[bool] = True
    own_cause: ClassVar[bool] = True  # a hole in the register says nothing of when
    horizon_ms: ClassVar[int] = 300_000

    cap: Cap = 1.0
    new_area_cap: Nats = 3.0
    honest_share: Share = 0.45
    new_area_share: Share = 0.05
    least_devices: Count = 2
    excuse_mixed: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def screen_odd(self, state: Lately, facts: Facts[Measurements]) -> list[Observation]:
        """Unknown cells, each once in five minutes of a device."""
        some = placed_strangers(facts, self.excuse_mixed)
        values = [{_NEW_AREA: int(is_new)} for is_new in some.grade == UNKNOWN_AREA]
        return self.odd(state, facts, some.seen, values)

    def observe(self, state: Comings, observation: Observation) -> None:
        cell = cell_key(observation.claimed) if observation.claimed else ""
        begun = self.begun(state, cell, observation, self.least_devices)
        if begun is None:
            return
        spell, reports = begun
        share, cap = self.honest_share, self.cap
        if observation.values[_NEW_AREA]:
            share, cap = self.new_area_share, self.new_area_cap
        weight = min(self.nats(spell, observation.ts, share, self.least_devices), cap)
        if weight > 0.0:
            first_ms = min(each.first_ms for each in state.spells.things[cell])
            age_s = max(0, observation.rx_ts - first_ms) // 1000
            state.due += [
                self.finding_about(
                    report,
                    round(weight, 3),
                    rx_ts=observation.rx_ts,
                    cap=round(weight, 3),
                    values={"age_s": age_s},
                )
                for report in reports
            ]
