"""A phone registers anew in the very area in which it was registered all along."""

from typing import Any, ClassVar

import numpy as np
from msgspec import Struct

from detectors.features.baselines.cluster_rule import ClusterRule, Hold, LeastSubscribers, WideCap
from detectors.features.facts import Facts
from detectors.features.memory.core_location import Whereabouts
from detectors.features.memory.last_message import Before, Trail
from detectors.features.rows import registrations
from detectors.features.rule import Screened, iterate
from detectors.model.codes import CORE, OUTCOMES, PROCEDURES, UPDATE_TYPES, code_of
from detectors.model.columns import I8, Bool, Signalling
from detectors.model.finding import Family
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Cap, MetresPerSecond, Seconds, Switch, Weight
from detectors.register.register import Register
from detectors.rules.vanish_and_return.needless import SAME, Needless, NeedlessHabits
from geo.earth.sphere import great_circle_m

_REJECT = code_of("reject", OUTCOMES)
_SERVICE = code_of("service_request", PROCEDURES)
_NORMAL = (0, code_of("normal", UPDATE_TYPES))
#: What happened to a subscriber that explains an update: the kinds of `Whereabouts`.
_FELL_BACK, _TURNED_AWAY, _SERVED = 1, 2, 3


class VanishAndReturn(
    ClusterRule[Signalling, tuple[Trail, Whereabouts], Needless], frozen=True, kw_only=True
):
    """An update for no reason: from an area into the same area, or on the same cell just again.

    What it sees: normal updates that the core accepts, in which the old area is the present one, or
    that follow another accepted one of the same subscriber on the same cell within `again_s`.
    Counted by place against what it usually has (`detectors.features.baselines.scan_statistic`),
    all and those into the same area, since phones on the border of two go back and forth all day:
    only many subscribers of one place make a finding, and not a strong one. Where such updates of
    one network begin all over a neighbourhood and go on, which none of the causes below does
    (`detectors.features.phones.wide_onset`), they weigh up to `wide_cap`.

    Why a rogue station does it: it takes phones for seconds. A phone that was turned away, or that
    kept its own area since nothing that it received was integrity-protected, then registers where
    it was.

    Why an honest network may:

    * coverage is lost and found in tunnels, lifts and metro stations, by everyone and every day at
      the same places: their habit is learned (`excuse_habit`, F8), as is the zone's own share of
      such updates, so that a crowd makes more of them (`excuse_crowd`, F22). Of when they
      began, riders who come back together at a station are but one witness (F9);
    * a phone on its way loses and finds coverage: where the subscriber's message before came from
      so far that it must have driven faster than `moving_mps` (`excuse_moving`, F9);
    * it comes back from a call that fell back to 2G or 3G: the update, or one within the last five
      minutes, has `csfb` (`excuse_fallback`, F13);
    * the core turned the subscriber away within the last five minutes, for congestion say, so that
      it tries again; or served it within `served_s`, so that a connection may have failed, after
      which a phone updates (`excuse_rejected`, F22, F36);
    * an outage or restart lets phones everywhere register anew (`excuse_restart`, F23);
    * one phone with a bad contact (`excuse_repeats`, F12).

    References: docs/science.md, R6, C6; patent CN104144423; TS 24.301 5.5.3.2.2 d.

    >>> from detectors.rules.sample_town import TOWN
    >>> back = TOWN.signalling(*[{"old_area": 4100}] * 8)
    >>> [finding.values["seen"] for finding in TOWN.findings(VanishAndReturn(), back)]
    [8, 8, 8, 8, 8, 8, 8, 8]
    """

    name: ClassVar[str] = "vanish_and_return"
    version: ClassVar[int] = 6
    family: ClassVar[Family] = "signalling"
    horizon_ms: ClassVar[int] = 300_000
    hidden: ClassVar[tuple[str, ...]] = (*ClusterRule.hidden, SAME)
    learned_type: ClassVar[type[Struct] | None] = NeedlessHabits

    weight: Weight = 1.2
    cap: Cap = 3.0
    wide_cap: WideCap = 9.0
    hold_s: Hold = 8.0
    least_subscribers: LeastSubscribers = 3
    again_s: Seconds = 60.0
    served_s: Seconds = 60.0
    moving_mps: MetresPerSecond = 12.0
    excuse_fallback: Switch = True
    excuse_rejected: Switch = True
    excuse_moving: Switch = True

    def new_state(self) -> tuple[Trail, Whereabouts]:
        """Each subscriber's last return; and what happened to it lately that explains another."""
        kept = {"rat": np.uint8, **dict.fromkeys(registrations.CELL[1:], np.int64)}
        return Trail(self.horizon_ms, **kept), Whereabouts(self.horizon_ms)

    def screen(self, state: tuple[Trail, Whereabouts], facts: Facts[Signalling]) -> Screened:
        """Odd observations of needless updates and a sample of plain ones."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        core = np.flatnonzero(batch.source == CORE)
        if not len(core):
            return Screened()
        explained = np.zeros(len(batch), dtype=np.bool_)
        explained[core] = self._explained(state[1], batch, core)
        rows = core[registrations.comes_back(batch)[core]]
        if not len(rows):
            return Screened()
        cell = {name: getattr(batch, name)[rows] for name in registrations.CELL}
        rx_ms = batch.rx_ms[rows]
        before = state[0].step(batch.subscriber[rows], rx_ms, **cell)
        normal = np.isin(batch.update_type[rows], _NORMAL) & (batch.outcome[rows] != _REJECT)
        again = before.known & (rx_ms - before.rx_ms <= self.again_s * 1000)
        for name in registrations.CELL:
            again &= before[name] == cell[name]
        same = _into_the_same(batch)[rows]
        odd = normal & (same | again) & ~explained[rows]
        plain = normal & ~odd & is_sampled(self.one_in, batch.ts_ms[rows], cell["cell"])
        chosen = np.flatnonzero(odd | plain)
        places = registrations.places_about(batch, rows[chosen], register)
        sources = iterate(batch, rows[chosen], origin)
        observations = []
        for at, (row, source), place in zip(chosen.tolist(), sources, places, strict=True):
            if plain[at]:
                observations.append(self._plain(batch, row, source, place))
            elif not (self.excuse_moving and self._on_its_way(batch, row, before, at, register)):
                about: dict[str, Any] = {SAME: int(same[at])}
                about["seen_on"] = registrations.seen_on(batch, row)
                observations.append(self._odd(batch, row, source, place, **about))
        return Screened(observations=observations)

    def learned(self, state: Needless) -> NeedlessHabits:
        return state.learned()

    def take_up(self, state: Needless, learned: NeedlessHabits, now_ms: int) -> None:
        state.take_up(learned, now_ms, self._outlook())

    def _explained(self, lately: Whereabouts, batch: Signalling, core: I8) -> Bool:
        """Which of the core's messages ``core`` follow one that lets a phone update where it is."""
        kinds = np.zeros(len(core), dtype=np.uint8)
        kinds[batch.procedure[core] == _SERVICE] = _SERVED
        kinds[batch.outcome[core] == _REJECT] = _TURNED_AWAY
        fell_back = batch.csfb[core] == 1.0
        kinds[fell_back] = _FELL_BACK
        rx_ms = batch.rx_ms[core]
        had, at_ms = lately.step(
            batch.subscriber[core], rx_ms, kinds, np.zeros(len(core), dtype=np.int64), kinds > 0
        )
        explained = np.zeros(len(core), dtype=np.bool_)
        if self.excuse_fallback:
            explained |= fell_back | (had[_FELL_BACK - 1] >= 0)
        if self.excuse_rejected:
            explained |= had[_TURNED_AWAY - 1] >= 0
            explained |= rx_ms - at_ms[_SERVED - 1] <= self.served_s * 1000
        return explained

    def _on_its_way(
        self, batch: Signalling, row: int, before: Before, at: int, register: Register
    ) -> bool:
        """Whether the place of the subscriber's message before is too far for standing still."""
        if not before.known[at]:
            return False
        ts_ms = int(batch.ts_ms[row])
        then = registrations.place_of_cell(register, before.columns, at, ts_ms)
        here = {name: getattr(batch, name) for name in registrations.CELL}
        now = registrations.place_of_cell(register, here, row, ts_ms)
        if then is None or now is None:
            return False
        # Two cells may cover the same phone from either side.
        far_m = great_circle_m(then.lat, then.lon, now.lat, now.lon)
        far_m -= (then.reach_m or 0.0) + (now.reach_m or 0.0)
        seconds = max(int(batch.rx_ms[row] - before.rx_ms[at]) / 1000, 1.0)
        return far_m > self.moving_mps * seconds


def _into_the_same(core: Signalling) -> Bool:
    """Rows whose old area is the present one, of the same kind."""
    mcc, mnc = registrations.old_plmn(core)
    same: Bool = (core.old_area == core.area) & (mcc == core.mcc) & (mnc == core.mnc)
    same &= (core.old_rat == 0) | (
        registrations.DOMAINS[core.old_rat] == registrations.DOMAINS[core.rat]
    )
    return same
