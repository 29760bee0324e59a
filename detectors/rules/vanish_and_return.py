"""A phone registers anew in the very area in which it was registered all along."""

from typing import ClassVar

import numpy as np

from detectors.association import near_m
from detectors.cluster_rule import ClusterRule
from detectors.columns import Batch, Bool, Signalling
from detectors.finding import Family, Space
from detectors.register import Register
from detectors.returns import (
    CELL,
    DOMAINS,
    comes_back,
    is_sampled,
    old_plmn,
    place_of_cell,
    places_about,
    seen_on,
)
from detectors.rule import Origin, Screened, iterate
from detectors.trail import Before, Trail
from detectors.vocabulary import CORE, OUTCOMES, UPDATE_TYPES, code_of

_REJECT = code_of("reject", OUTCOMES)
_NORMAL = (0, code_of("normal", UPDATE_TYPES))


class VanishAndReturn(ClusterRule, frozen=True, kw_only=True):
    """An update for no reason: from an area into the same area, or on the same cell just again.

    What it sees: normal updates that the core accepts, in which the old area is the present one, or
    that follow another accepted one of the same subscriber on the same cell within `again_s`.
    Counted by place against what it usually has (`detectors.clusters`): only many subscribers of
    one place make a finding, and not a strong one.

    Why a rogue station does it: it takes phones for seconds. A phone that was turned away, or that
    kept its own area since nothing it was told was integrity-protected, then registers where it
    was.

    Why an honest network may:

    * coverage is lost and found in tunnels, lifts and metro stations, by everyone and every day at
      the same places: their habit is learned (`excuse_habit`, F8), as is the zone's own share of
      such updates, so that a crowd makes more of them (`excuse_crowd`, F22);
    * a phone on its way loses and finds coverage: where the subscriber's message before came from
      so far that it must have driven faster than `moving_mps` (`excuse_moving`, F9);
    * it comes back from a call that fell back to 2G or 3G: the update, or the one before within
      five minutes, has `csfb` (`excuse_fallback`, F13);
    * the update before was rejected or periodic: not counted at all;
    * an outage or restart lets phones everywhere register anew (`excuse_restart`, F23);
    * one phone with a bad contact (`excuse_repeats`, F12).

    References: detection notes R6, C6; patent CN104144423.

    >>> cell = {"rat": [3] * 8, "mcc": [460] * 8, "mnc": [0] * 8, "area": [41] * 8, "cell": [1] * 8}
    >>> told = {"source": [1] * 8, "procedure": [4] * 8, "old_area": [41] * 8}
    >>> back = Signalling.of(ts_ms=list(range(8)), subscriber=list("abcdefgh"), **cell, **told)
    >>> rule = VanishAndReturn()
    >>> had, judgement = rule.new_state(), rule.new_judgement()
    >>> for norm in rule.screen(had, back, Register.empty(), Origin("cell.signalling", 0)).norms:
    ...     rule.hear(judgement, norm)
    >>> [finding.values["seen"] for finding in rule.judge(judgement, 20_000)]
    [8, 8, 8, 8, 8, 8, 8, 8]
    """

    name: ClassVar[str] = "vanish_and_return"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "signalling"
    reads: ClassVar[tuple[type[Batch], ...]] = (Signalling,)
    horizon_ms: ClassVar[int] = 300_000

    weight: float = 1.2
    cap: float = 4.0
    usual_share: float = 0.01
    least_subscribers: int = 4
    again_s: float = 60.0
    moving_mps: float = 12.0
    excuse_fallback: bool = True
    excuse_moving: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        return f"{who} registered anew in the area in which they already were"

    def new_state(self) -> Trail:
        kept = {"rat": np.uint8, **dict.fromkeys(CELL[1:], np.int64)}
        return Trail(self.horizon_ms, csfb=np.bool_, good=np.bool_, **kept)

    def screen(self, state: Trail, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Odd norms of needless updates and a sample of plain ones."""
        assert isinstance(batch, Signalling)
        rows = np.flatnonzero(comes_back(batch) & (batch.source == CORE))
        if not len(rows):
            return Screened()
        csfb, good = batch.csfb[rows] == 1.0, batch.outcome[rows] != _REJECT
        cell = {name: getattr(batch, name)[rows] for name in CELL}
        rx_ms = batch.rx_ms[rows]
        before = state.step(batch.subscriber[rows], rx_ms, csfb=csfb, good=good, **cell)
        normal = good & np.isin(batch.update_type[rows], _NORMAL)
        again = before.known & (rx_ms - before.rx_ms <= self.again_s * 1000)
        for name in CELL:
            again &= before[name] == cell[name]
        odd = normal & (_into_the_same(batch)[rows] | again) & (~before.known | before["good"])
        if self.excuse_fallback:
            odd &= ~csfb & ~(before.known & before["csfb"])
        plain = normal & ~odd & is_sampled(self.one_in, batch.ts_ms[rows], cell["cell"])
        chosen = np.flatnonzero(odd | plain)
        places = places_about(batch, rows[chosen], register)
        sources = iterate(batch, rows[chosen], origin)
        norms = []
        for at, (row, source), place in zip(chosen.tolist(), sources, places, strict=True):
            who: tuple[Space, str] = ("subscriber", batch.subscriber[row])
            if plain[at]:
                norms.append(self._plain(batch, row, source, who, place))
            elif not (self.excuse_moving and self._on_its_way(batch, row, before, at, register)):
                seen = seen_on(batch, row)
                norms.append(self._odd(batch, row, source, who, place, seen_on=seen))
        return Screened(norms=norms)

    def _on_its_way(
        self, batch: Signalling, row: int, before: Before, at: int, register: Register
    ) -> bool:
        """Whether the place of the subscriber's message before is too far for standing still."""
        if not before.known[at]:
            return False
        ts_ms = int(batch.ts_ms[row])
        then = place_of_cell(register, before.columns, at, ts_ms)
        here = {name: getattr(batch, name) for name in CELL}
        now = place_of_cell(register, here, row, ts_ms)
        if then is None or now is None:
            return False
        # Two cells may cover the same phone from either side.
        far_m = near_m(then.lat, then.lon, now.lat, now.lon)
        far_m -= (then.reach_m or 0.0) + (now.reach_m or 0.0)
        seconds = max(int(batch.rx_ms[row] - before.rx_ms[at]) / 1000, 1.0)
        return far_m > self.moving_mps * seconds


def _into_the_same(core: Signalling) -> Bool:
    """Rows whose old area is the present one, of the same kind."""
    mcc, mnc = old_plmn(core)
    same: Bool = (core.old_area == core.area) & (mcc == core.mcc) & (mnc == core.mnc)
    same &= (core.old_rat == 0) | (DOMAINS[core.old_rat] == DOMAINS[core.rat])
    return same
