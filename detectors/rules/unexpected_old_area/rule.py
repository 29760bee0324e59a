"""A phone names a real area as the one it comes from, but the core never had it there."""

from typing import ClassVar

import numpy as np
from msgspec import Struct

from detectors.features.baselines.cluster_rule import ClusterRule
from detectors.features.facts import Facts
from detectors.features.memory.core_location import Whereabouts
from detectors.features.rows.areas_about import areas_about
from detectors.features.rows.registrations import (
    DOMAINS,
    area_number,
    comes_back,
    knows_area,
    old_plmn,
    places_about,
    seen_on,
    sites_of,
)
from detectors.features.rule import Screened, iterate
from detectors.model import codes
from detectors.model.columns import I8, U1, Bool, Signalling
from detectors.model.finding import Family, Finding, Identity
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Cap, Switch, Weight
from detectors.rules.unexpected_old_area.by_area import (
    CELLS_SHARE,
    SITE,
    Mismatches,
    MismatchHabits,
)

_REJECT = codes.code_of("reject", codes.OUTCOMES)
_PAGING = codes.code_of("paging", codes.PROCEDURES)
_PERIODIC = 2
#: So long (ms of arrival time) messages of one move may come in any order.
_MOVING_MS = 15_000


class UnexpectedOldArea(
    ClusterRule[Signalling, tuple[Whereabouts, Whereabouts], Mismatches], frozen=True, kw_only=True
):
    """An update from a registered area in which the core network didn't have that subscriber.

    What it sees: updates by which a phone comes back and names an old area that the register has,
    where the core's own messages of the last 45 minutes show the subscriber elsewhere: in another
    area of the same kind (location area, tracking area of LTE or NR), or, if none of that kind is
    known, never there at all. Messages of the core count whatever the procedure, rejects and paging
    aside. Parts of an update, and whatever follows it, may be written before it, and one move may
    take several updates: where the core has had the phone in the new area for but `_MOVING_MS`,
    nothing is judged. Counted by place against what it usually has
    (`detectors.features.baselines.scan_statistic`): all, and apart those that name one area, of
    which as many are expected as its share of the place's earlier mismatches, or of the register's
    cells about there, comes to, and of which few count that come back on one site
    (`detectors.rules.unexpected_old_area.by_area`). Without any place it says nothing.

    Why a rogue station does it: it announces a real area of the neighbourhood, so that nothing it
    claims is unknown. Its victims say that they were in that area, all the same one; the core knows
    better.

    Why an honest network may:

    * the core's input covers a part of the areas or of the messages, tracking area lists let a
      phone wander without an update, idle-mode signalling reduction keeps two registrations: all
      of these at all times, so the zone's own share of mismatches is learned from sampled messages
      (`excuse_crowd`, F22) and each place's habit from its past (`excuse_habit`, F8, F9);
    * voice calls that fall back leave GSM without an update that the input has: messages with
      `csfb` aren't judged, nor does one show that the subscriber wasn't in an area of another kind
      (`excuse_fallback`, F13, F35);
    * a cell that reaches far serves it now and then, in an area of its own, unseen by an input that
      covers a part (weighed with the cell: `detectors.alert.hypotheses`);
    * the old area is of another network, whose core isn't ours (`excuse_roaming`, F10);
    * after an outage everyone is out of step at once (`excuse_restart`, F23); one confused phone
      over and over speaks of itself (`excuse_repeats`, F12).

    References: docs/science.md, C6, C7 (Dabrowski et al., RAID 2016); TS 23.401 5.3.3, TS 23.272.

    >>> from detectors.rules.sample_town import TOWN
    >>> had = [{"subscriber": who, "old_area": 4100} for who in "ab"]
    >>> back = [{"subscriber": who, "old_area": 4200, "old_rat": 1, "at_s": 60.0} for who in "ab"]
    >>> found = TOWN.findings(UnexpectedOldArea(), TOWN.signalling(*had, *back))
    >>> [(finding.who, finding.claimed.area) for finding in found]
    [('a', 4200), ('b', 4200)]
    """

    name: ClassVar[str] = "unexpected_old_area"
    version: ClassVar[int] = 5
    family: ClassVar[Family] = "signalling"
    of_reach: ClassVar[bool] = True
    against_core: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 2_700_000
    hidden: ClassVar[tuple[str, ...]] = (*ClusterRule.hidden, SITE, CELLS_SHARE)
    learned_type: ClassVar[type[Struct] | None] = MismatchHabits

    weight: Weight = 1.5
    cap: Cap = 6.5
    excuse_fallback: Switch = True
    excuse_roaming: Switch = True

    def new_state(self) -> tuple[Whereabouts, Whereabouts]:
        """Where everyone was; and where for a call that fell back."""
        return Whereabouts(self.horizon_ms), Whereabouts(self.horizon_ms)

    def screen(self, state: tuple[Whereabouts, Whereabouts], facts: Facts[Signalling]) -> Screened:
        """Odd observations of mismatches and a sample of plain ones."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        core = np.flatnonzero(batch.source == codes.CORE)
        if not len(core):
            return Screened()
        kept = (batch.outcome != _REJECT) & (batch.procedure != _PAGING)
        kept &= ~codes.is_reserved_area(batch.rat, batch.area)
        here = area_number(batch.mcc, batch.mnc, batch.area)
        of_core = batch.subscriber[core], batch.rx_ms[core], DOMAINS[batch.rat[core]], here[core]
        had, since_ms = state[0].step(*of_core, kept[core])
        judged = self._judged(batch)[core] & (had >= 0).any(axis=0)
        is_there = (had == here[core]) & (batch.rx_ms[core] - since_ms <= _MOVING_MS)
        judged &= ~is_there.any(axis=0)
        if self.excuse_fallback:
            called, _ = state[1].step(*of_core, (kept & (batch.csfb == 1.0))[core])
            old_rat = np.where(batch.old_rat == 0, batch.rat, batch.old_rat)[core]
            judged &= ~((called >= 0).any(axis=0) & (_of_kind(had, DOMAINS[old_rat]) < 0))
        rows, had = core[judged], had[:, judged]
        mcc, mnc = (column[rows] for column in old_plmn(batch))
        rat, area, ts_ms = batch.old_rat[rows], batch.old_area[rows].astype(np.int64), batch.ts_ms
        odd = ~_matches(had, area_number(mcc, mnc, area), DOMAINS[rat])
        plain = ~odd & is_sampled(self.one_in, ts_ms[rows], batch.cell[rows], area)
        odd &= knows_area(register, rat, mcc, mnc, area, ts_ms[rows])
        chosen = np.flatnonzero(odd | plain)
        places = places_about(batch, rows[chosen], register)
        sources = iterate(batch, rows[chosen], origin)
        sites = sites_of(batch, rows[chosen], register)
        observations = []
        for at, (row, source), place, site in zip(
            chosen.tolist(), sources, places, sites, strict=True
        ):
            if place is None:
                continue
            if plain[at]:
                observations.append(self._plain(batch, row, source, place))
                continue
            named = int(mcc[at]), int(mnc[at]), int(area[at])
            claimed = Identity(codes.text_of(int(rat[at]), codes.RATS), *named)
            kind, about = int(DOMAINS[rat[at]]), areas_about(register)
            share = about.share(kind, *named, place.lat, place.lon)
            values = {"seen_on": seen_on(batch, row), SITE: site, CELLS_SHARE: round(share, 3)}
            observations.append(self._odd(batch, row, source, place, claimed, **values))
        return Screened(observations=observations)

    def evaluate(self, state: Mismatches, until_ms: int) -> list[Finding]:
        found = state.evaluate(until_ms, self._outlook(), self.weight)
        return [self._finding(each) for each in found]

    def learned(self, state: Mismatches) -> MismatchHabits:
        return state.learned()

    def take_up(self, state: Mismatches, learned: MismatchHabits, now_ms: int) -> None:
        state.take_up(learned, now_ms, self._outlook())

    def _judged(self, core: Signalling) -> Bool:
        judged: Bool = comes_back(core) & ~np.isnan(core.old_area) & (core.update_type != _PERIODIC)
        judged &= ~codes.is_reserved_area(core.old_rat, np.nan_to_num(core.old_area))
        if self.excuse_fallback:
            judged &= ~(core.csfb == 1.0)
        if self.excuse_roaming:
            judged &= np.isnan(core.old_mcc) | (core.old_mcc == core.mcc)
            judged &= np.isnan(core.old_mnc) | (core.old_mnc == core.mnc)
        return judged


def _matches(had: I8, named: I8, domain: U1) -> Bool:
    """Whether the core had the subscriber in the area named, as far as that can be said."""
    of_kind = np.where(domain == 0, -1, _of_kind(had, domain))
    anywhere: Bool = (had == named).any(axis=0)
    known: Bool = np.where(of_kind >= 0, of_kind == named, anywhere)
    return known


def _of_kind(had: I8, domain: U1) -> I8:
    """Each row's area of one kind (1..3), -1 where none is known."""
    areas: I8 = had[np.maximum(domain, 1) - 1, np.arange(had.shape[1])]
    return areas
