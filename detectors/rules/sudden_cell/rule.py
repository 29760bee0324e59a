"""A listed cell begins to be received where, or as, the register doesn't have it."""

from collections.abc import Mapping
from typing import ClassVar, Final

from detectors.features.facts import Facts
from detectors.features.memory.beginnings import BeginningRule
from detectors.features.memory.novelty import Lately
from detectors.features.phones.fellows import motions
from detectors.features.plan.just_listed import are_just_listed
from detectors.features.plan.misplaced import misplaced
from detectors.model.columns import Measurements
from detectors.model.finding import STRONG_WEIGHT, AlertKind, Family, Observation
from detectors.model.parameters import Cap, Count, Hours, Metres, Share, Switch, Times
from detectors.register.identity_keys import cell_key
from detectors.rules.sudden_cell.together import SuddenCells

#: A beginning that counts among others of one cause (nats).
_FOR_SURE: Final = 4.0


class SuddenCell(BeginningRule[Measurements, Lately, SuddenCells], frozen=True, kw_only=True):
    """A registered cell begins, all at once, where or as the register doesn't have it.

    What it sees: registered identities `far_ranges` times the cell's range, and `far_m` at least,
    from where the register has them; or with another code than planned, among GSM's neighbours also
    on another channel. From `least_devices` phones on it is asked for how long nobody received it
    so though the place was watched (one report in `sample_one_in` shows where phones are), and how
    fast they have come since; for `longest_life_s` from the first on.

    Why a rogue station does it: it borrows a known identity, and comes and goes with its van.

    Why an honest network may: a row with a wrong place, channel or code is the commonest cause of
    such reports (F5), but it is wrong from the first report on. That the row is wrong and the cell
    was off and has just been switched on again is the `honest_share`; of a cell whose row is valid
    since `new_h` at most only that the row is wrong, the `new_share` (`excuse_new`, F28). Codes and
    channels of single cells are planned anew on any day, to end that two neighbours have the same:
    the `retuned_share` of what is received otherwise, but where it is (`excuse_retuned`, F33).
    `excuse_lasting` (F5) is the silence about what was received so for longer, `excuse_unwatched`
    (F8) where nobody listened before. Phones that travel together are one witness
    (`excuse_fellows`, F9): a train carries cells out of their reach, or has one of its own.
    `excuse_many` (F23, F28, F33): cells of `many_sites` sites that begin there and then were
    planned anew or switched on after an outage, or the positions of phones went wrong. Temporary
    cells (F6, the register's `kind`) are nowhere out of place.

    References: docs/science.md, A5, A25, R12, F5, F6, F8, F9, F23, F28, F33.

    Each phone weighs half of what all may come to, at most `cap`, the more phones came the faster
    after the longer silence (`detectors.features.memory.novelty.freshness`).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.sudden_cell.samples import fires, register
    >>> found = TOWN.findings(SuddenCell(), *fires(TOWN), register=register(TOWN))
    >>> [(finding.who, finding.weight, finding.cap) for finding in found][-1]
    ('d4', 3.25, 6.5)
    """

    name: ClassVar[str] = "sudden_cell"
    version: ClassVar[int] = 7
    family: ClassVar[Family] = "radio"
    alert_kind: ClassVar[AlertKind | None] = "cloned_cell"
    of_listed: ClassVar[bool] = True
    own_cause: ClassVar[bool] = True  # that a row is wrong says nothing of when
    # That the row is wrong is a part of `honest_share`: `wrong_channel` says no more of it, up to
    # its usual `cap`.
    contains: ClassVar[Mapping[str, float]] = {"wrong_channel": 3.0}
    of_reach: ClassVar[bool] = True  # such a one begins anew for each bus that comes into its reach
    horizon_ms: ClassVar[int] = 300_000

    cap: Cap = 6.5
    honest_share: Share = 0.0005
    new_share: Share = 0.05
    retuned_share: Share = 0.02
    new_h: Hours = 24.0
    least_devices: Count = 4
    far_ranges: Times = 1.5
    far_m: Metres = 1500.0
    many_sites: Count = 3
    excuse_many: Switch = True
    excuse_fellows: Switch = True
    excuse_new: Switch = True
    excuse_retuned: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def screen_odd(self, state: Lately, facts: Facts[Measurements]) -> list[Observation]:
        """Cells that the register doesn't have so, each once in five minutes of a device."""
        seen, otherwise = misplaced(facts, self.far_ranges, self.far_m)
        if not len(seen):
            return []
        register, rows = facts.register, facts.register.rows
        sites = zip(rows.lat[seen.found].tolist(), rows.lon[seen.found].tolist(), strict=True)
        is_new = are_just_listed(facts.batch.ts_ms[seen.row], seen.found, register, self.new_h)
        goes = motions(facts, seen.row) if self.excuse_fellows else [{}] * len(seen)
        values: list[dict[str, str | int | float | None]] = [
            {
                **going,
                "how": "otherwise" if is_otherwise else "elsewhere",
                "site": f"{lat:.3f},{lon:.3f}",
                "new": int(new),
            }
            for going, is_otherwise, (lat, lon), new in zip(
                goes, otherwise.tolist(), sites, is_new.tolist(), strict=True
            )
        ]
        return self.odd(state, facts, seen, values)

    def observe(self, state: SuddenCells, observation: Observation) -> None:
        claimed, thing = observation.claimed, ""
        if claimed is not None:
            # By what it is received as a clone is told from the cell itself.
            thing = f"{cell_key(claimed)}|{claimed.arfcn}|{claimed.pci}"
        begun = self.begun(state, thing, observation, self.least_devices)
        if begun is None:
            return
        spell, reports = begun
        share = self._honest_share(observation)
        nats = self.nats(spell, observation.ts, share, self.least_devices)
        most = min(nats, self.cap)
        if most / 2 < STRONG_WEIGHT:  # by chance something always begins
            return
        if most >= _FOR_SURE:
            together = state.sites_begun_with(str(observation.values["site"]), spell)
            if self.excuse_many and together >= self.many_sites:
                return
        age_s = max(0, observation.rx_ts - spell.first_ms) // 1000
        state.due += [
            self.finding_about(
                report,
                round(most / 2, 3),
                rx_ts=observation.rx_ts,
                cap=round(most, 3),
                values={"age_s": age_s, "how": report.values["how"]},
            )
            for report in reports
        ]

    def _honest_share(self, observation: Observation) -> float:
        """The share of honest cells received so that begin just now."""
        share = self.honest_share
        if self.excuse_new and observation.values.get("new"):
            share = max(share, self.new_share)
        if self.excuse_retuned and observation.values["how"] == "otherwise":
            share = max(share, self.retuned_share)
        return share
