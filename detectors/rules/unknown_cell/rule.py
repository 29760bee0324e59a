"""A phone is on, or receives, a cell that the register doesn't have where it has all others."""

from typing import Any, ClassVar

import numpy as np

from detectors.features.facts import AnyFacts, Facts, Origin
from detectors.features.memory.novelty import Lately
from detectors.features.phones.last_reports import just_before
from detectors.features.plan.unlisted_cells import (
    GRADES,
    UNKNOWN_CELL,
    Strangers,
    are_half_real,
    are_shared,
    may_be_femtocells,
    strangers,
)
from detectors.features.rows.sightings import unlisted_of
from detectors.features.rule import Rule, Screened, source_of
from detectors.model.columns import Bool, Measurements, Signalling, Sms
from detectors.model.finding import AlertKind, Family, Finding
from detectors.model.parameters import Cap, Nats, Seconds, Switch
from detectors.register.index import plmn_key


class UnknownCell(Rule[Measurements | Sms | Signalling, Lately, None], frozen=True, kw_only=True):
    """A cell identity that is not in the register, or stands there under another area.

    What it sees: the cell that a phone reports on, names in its neighbour list, received an SMS on
    or shows on its diagnostic port. Three grades: no cell of that area is registered
    (`unknown_area`), or all of them 10 km farther away than they reach, by a place of the phone's
    own; the cell is registered under another area (`wrong_area`; not in GSM, where a cell identity
    is unique only within its location area); the area is known but not the cell. A row that has a
    wrong area has that of others near by, so that an area which nobody has here weighs as much
    under the number of a registered cell as under any; several such are an area that was
    renumbered (`detectors.benign.incident_causes`).

    Why a rogue station does it: it needs an identity, and a made-up one, with an area of its own,
    makes phones register with it.

    Why an honest network may: the register is incomplete (crowd registers hold half of the cells),
    late, or national; a new or temporary site. So this evidence never suffices alone, however many
    phones bring it. Four more reasons, each with a switch of its own:

    * `excuse_uncovered_rat` (F5): a register of one RAT can't know the cells of another. Silent
      where the network has no listed cell of that RAT within some kilometres of the phone;
    * `excuse_half_update` (F3): a phone that moves writes area and cell one after the other. Silent
      on a registered area with a registered cell number, where the phone's report within the
      `half_update_s` before had the same area or the same cell: once, since the next report has
      both. A made-up area, or a made-up number, is never half of an update;
    * `excuse_shared` (F11, F37): the same area and cell stand at the place under another network:
      one site that several share;
    * `excuse_femto` (F7): an unknown cell of a known area within some hundred metres of registered
      indoor cells, or of an area that femtocells use: only `femto_weight`.

    Silent also where the register can't know: a PLMN without any registered cell within some
    kilometres of the phone (anywhere, where the phone's place isn't given), the reserved areas, and
    the all-ones cell that means "not known". On NR some phones name no area by the reserved values
    of 16 bits, 0xFFFE and 0xFFFF: where no cell of the network has such an area, a registered
    number says nothing, and any other is taken for an unknown cell of a known area (F2).

    References: docs/science.md, A1, C8, C9, C10, R2, F2, F3, F5, F7, F11, F37; AIMSICD, Crocodile
    Hunter and CellGuard check the same against crowd registers.

    The weights are log-likelihood ratios of one device for each grade, the caps what many devices
    may reach together. A device counts once a minute for the same unknown cell of a known area,
    which is a hole in the register more often than not, and of the other grades each time.

    >>> from detectors.rules.sample_town import TOWN
    >>> (finding,) = TOWN.findings(UnknownCell(), TOWN.measurements({"area": 61001, "cell": 7}))
    >>> finding.detector, finding.values["grade"]
    ('unknown_cell', 'unknown_area')
    """

    name: ClassVar[str] = "unknown_cell"
    version: ClassVar[int] = 6
    family: ClassVar[Family] = "identity"
    alert_kind: ClassVar[AlertKind | None] = "fake_base_station"
    of_strangers: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 60_000

    unknown_area_weight: Nats = 1.5
    wrong_area_weight: Nats = 0.8
    unknown_cell_weight: Nats = 0.5
    femto_weight: Nats = 0.3
    cap: Cap = 6.0
    weak_cap: Nats = 3.0
    half_update_s: Seconds = 15.0
    excuse_uncovered_rat: Switch = True
    excuse_half_update: Switch = True
    excuse_shared: Switch = True
    excuse_femto: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def concerns(self, facts: Facts[Measurements | Sms | Signalling]) -> bool:
        return len(unlisted_of(facts)) > 0

    def screen(self, state: Lately, facts: Facts[Measurements | Sms | Signalling]) -> Screened:
        """Findings of one batch; the state is what phones reported lately."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        some = strangers(facts, any_rat=not self.excuse_uncovered_rat)
        if isinstance(batch, Measurements) and self.excuse_half_update:
            some = some.keep(~self._half_updated(facts, some))
        if self.excuse_shared and len(some):
            some = some.keep(~are_shared(some, register))
        if not len(some):
            return Screened()
        femto = may_be_femtocells(some, register) if self.excuse_femto else np.zeros(len(some))
        return Screened(
            [
                self._finding(batch, some, at, bool(femto[at]), origin)
                for at in range(len(some))
                if some.grade[at] != UNKNOWN_CELL or _is_new(state, batch, some, at)
            ]
        )

    def _half_updated(self, facts: AnyFacts, some: Strangers) -> Bool:
        """Serving cells that share just the area, or just the number, with the report before."""
        half = ~some.seen.neighbour
        half &= facts.batch.serving[some.seen.row]
        half[half] = are_half_real(some.keep(half), facts.register)
        asked = np.flatnonzero(half)
        if not len(asked):
            return half
        seen = some.seen.take(asked)
        known, before = just_before(facts, seen.row, self.half_update_s * 1000)
        same_network = plmn_key(seen.rat, seen.mcc, seen.mnc) == plmn_key(
            before["rat"], before["mcc"], before["mnc"]
        )
        one_changed = (before["area"] == seen.area) != (before["cell"] == seen.cell)
        half[asked] = known & same_network & one_changed
        return half

    def _finding(
        self, batch: Any, some: Strangers, at: int, femto: bool, origin: Origin
    ) -> Finding:
        seen, row = some.seen, int(some.seen.row[at])
        grade = GRADES[some.grade[at]]
        neighbour_only, is_nowhere = bool(seen.neighbour[at]), bool(some.is_nowhere[at])
        weight = self.unknown_area_weight if is_nowhere else getattr(self, f"{grade}_weight")
        return self.finding_in_row(
            batch,
            row,
            source_of(batch, row, origin),
            self.femto_weight if femto else weight,
            cap=self.cap if is_nowhere else self.weak_cap,
            **seen.about(at, batch),
            values={"grade": grade, "heard_only": int(neighbour_only)},
        )


def _is_new(reported: Lately, batch: Any, some: Strangers, at: int) -> bool:
    seen, row = some.seen, int(some.seen.row[at])
    who = batch.subscriber[row] if isinstance(batch, Signalling) else batch.device[row]
    numbers = (seen.rat, seen.mcc, seen.mnc, seen.area, seen.cell)
    return reported.is_new(f"{who}|{[int(n[at]) for n in numbers]}", int(batch.rx_ms[row]))
