"""What phones measured of a cell arrives late: they could send nothing while on it."""

from collections.abc import Sequence
from math import exp, inf
from operator import itemgetter
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np

from detectors.features.facts import Facts
from detectors.features.phones.last_reports import phone_rows
from detectors.features.phones.upload_habits import AT_ONCE_MS, HABITS, TOGETHER_MS, is_usual
from detectors.features.plan.misplaced import misplaced
from detectors.features.plan.unlisted_cells import placed_strangers
from detectors.features.rows.placed_reports import Reports
from detectors.features.rows.report_numbers import are_timely, late_ms
from detectors.features.rows.sightings import serving_of
from detectors.features.rule import Rule, Screened, source_of
from detectors.features.samples.drawing import ground_rows, opened
from detectors.features.samples.of_samples import Apart, Drawn, TakenSamples
from detectors.features.samples.sample_rows import SampleRows
from detectors.model.codes import RATS, text_of
from detectors.model.columns import I8, Bool, Measurements
from detectors.model.finding import STRONG_WEIGHT, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, Metres, OneIn, Share, Switch, Times, Weight
from detectors.register.identity_keys import cell_key
from detectors.rules.held_back.lateness import Late, of_places, weight_of
from detectors.rules.held_back.listed_cells import (
    Group,
    about_mast,
    after_census_ms,
    are_about_mast,
    cut_off_nats,
    is_misplaced,
    strongest,
)
from detectors.rules.held_back.passed import Passed
from detectors.rules.held_back.zone_state import HeldBackState
from detectors.sites.cell_number import cell_number
from detectors.sites.report_windows import is_about

#: Kinds of observations of listed cells in place.
_OF_LISTED: Final = ("late", "near")
#: A window in which a phone is in the sample once (ms of arrival time).
_SAMPLED_MS: Final = 600_000
#: What kind of observation a row of a batch becomes, the row, and fields of the observation.
Odd: TypeAlias = tuple[str, int, dict[str, Any]]


class HeldBack(Rule[Measurements, Passed, HeldBackState], frozen=True, kw_only=True):
    """Phones send what they measured on a cell later than they mostly do.

    What it sees: how long after its measurement a report arrives, of phones served by a cell that
    the register doesn't have, has `far_ranges` ranges away (`far_m` at least), or has with another
    code. That is compared with a sample of all reports of the zone (one in `sample_one_in`) by
    phones of the same habit (`detectors.features.phones.upload_habits`), in the same technology and
    of as good a level if there are enough. From `least_devices` phones at as many places on it sums
    up what each says: late for a transmitter, prompt against it. Of a listed cell where it may be
    it looks at reports that are later than usual of their phones, and at how many others within
    1.5 km (of any of them, if out of place) that cell serves, which send at once. Late reports from
    about its mast (within `mast_ranges` ranges or `mast_m`, of a cell with another code within
    `mast_m`) don't count themselves: but for three phones that may be hostile they show that the
    mast is cut off, unless it has served others there since, and make the honest share as much
    larger. So do late phones on the other cells of an LTE or NR base station, wherever these are.

    Why a rogue station does it: it has no network behind it. A phone that it holds can send nothing
    until it is back on a cell of its operator, and then all at once.

    Why an honest network may: apps that collect, which is a habit of the phone; a cell in a hole of
    coverage, whose phones lose it before they can send; phones whose clock is slow. Such cells are
    the `honest_share` of strange ones and the `listed_share` of listed ones in place. What is so
    late, or so early, that only a clock explains it is left out (F3). `excuse_mixed` (F3, F20)
    leaves out identities of a registered area and a registered cell number that don't belong
    together: modems mix the cell they left with the one they are on.

    References: docs/science.md, A3, F3, F20.

    Each phone weighs half of what all come to, at most `cap` (`listed_cap` of a listed cell in
    place) and the logarithm of one over the share (`detectors.features.memory.lateness`); of a
    listed cell in place `listed_usual` less, which one of the many about brings by chance.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.held_back.samples import fires, register
    >>> found = TOWN.findings(HeldBack(), *fires(TOWN), register=register(TOWN))
    >>> [(finding.who, finding.values["late_s"]) for finding in found][-1]
    ('d4', 90)
    """

    name: ClassVar[str] = "held_back"
    version: ClassVar[int] = 8
    family: ClassVar[Family] = "protocol"
    own_cause: ClassVar[bool] = True
    of_reports: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 2_700_000

    cap: Cap = 7.5
    honest_share: Share = 0.0005
    listed_cap: Cap = 9.0
    listed_share: Share = 0.0001
    listed_usual: Weight = 2.0
    least_devices: Count = 3
    mast_ranges: Times = 0.4
    mast_m: Metres = 400.0
    far_ranges: Times = 1.5
    far_m: Metres = 1500.0
    sample_one_in: OneIn = 64
    excuse_mixed: Switch = True

    def screen(self, state: Passed, facts: Facts[Measurements]) -> Screened:
        """Observations only: of phones on strange cells the first report in five minutes and those
        half as late, the same of late reports of listed cells in place, and a sample of all."""
        return opened(self, self.screen_apart(state, facts), facts)

    def screen_apart(self, state: Passed, facts: Facts[Measurements]) -> Apart:
        batch, origin, seen, late = facts.batch, facts.origin, serving_of(facts), late_ms(facts)
        drawn = self._drawn(facts)
        strange, usual = self._on_strange_cells(facts)
        odd = [each for each in strange if _is_news(state, batch, *each)]
        later = self._on_listed_cells(facts, usual)
        asked = drawn
        if odd or later:
            more = [row for _, row, _ in odd] + [row for _, row in later]
            asked = np.union1d(drawn, np.array(more, dtype=np.int64))
        habits = facts.phones.uploads.step(
            phone_rows(facts), batch.rx_ms, late, usual, asked, self.horizon_ms
        )
        drawn_habits = habits[np.searchsorted(asked, drawn)]
        habit_of = dict(zip(asked.tolist(), habits.tolist(), strict=True)) if odd or later else {}
        unusual = [
            (kind, row, seen.about(row, batch))
            for kind, row in later
            if not is_usual(HABITS[habit_of[row]], int(late[row]))
        ]
        odd += [each for each in unusual if _is_news(state, batch, *each)]
        found = []
        for kind, row, about in odd:
            fields = {**about, "values": {"habit": HABITS[habit_of[row]]}}
            source = source_of(batch, row, origin)
            found.append(self.observation(kind, batch, row, source, **fields))
        return Apart(Screened(observations=found), Drawn(drawn, {"habit": drawn_habits}))

    def _drawn(self, facts: Facts[Measurements]) -> I8:
        """Those of the sample of all that are the first of their phone in its window, so that none
        has more of it than others."""
        rows, rx_ms = ground_rows(facts, self.sample_one_in), facts.batch.rx_ms
        if not len(rows):
            return rows
        phones = phone_rows(facts).device[rows]
        names = facts.phones.short_numbers(phones)
        return rows[facts.phones.draws.are_first(phones, names, rx_ms[rows], _SAMPLED_MS)]

    def sample(self, rows: SampleRows, row: int) -> Observation:
        given = rows.given(row)
        values = {"rat": text_of(given["rat"], RATS), "habit": HABITS[given["habit"]]}
        return rows.one(self.name, "ground", row, signal_dbm=given["signal_dbm"], values=values)

    def learn_samples(self, state: HeldBackState, taken: TakenSamples, rows: Sequence[int]) -> None:
        state.lateness.learn_each(taken, rows)

    def _on_strange_cells(self, facts: Facts[Measurements]) -> tuple[list[Odd], Bool]:
        """Timely reports of strange cells by phones that they serve, in order; and which rows are
        of no strange cell. What is measured while held is late without being a habit."""
        batch, found, usual = facts.batch, [], np.ones(len(facts.batch), dtype=np.bool_)
        nobodys = placed_strangers(facts, self.excuse_mixed).seen
        elsewhere = misplaced(facts, self.far_ranges, self.far_m)[0]
        for kind, seen in (("odd", nobodys), ("misplaced", elsewhere)):
            if not len(seen):
                continue
            serving = ~seen.neighbour & batch.serving[seen.row]
            usual[seen.row[serving]] = False
            chosen = np.flatnonzero(serving & are_timely(facts)[seen.row])
            # What the register has otherwise may be received at its mast.
            row, cell = seen.row[chosen], seen.found[chosen]
            at_mast = are_about_mast(batch, row, cell, facts.register, 0.0, self.mast_m)
            found += [
                ("at_mast" if is_there else kind, int(seen.row[at]), seen.about(at, batch))
                for at, is_there in zip(chosen.tolist(), at_mast.tolist(), strict=True)
            ]
        return sorted(found, key=itemgetter(1)), usual

    def _on_listed_cells(self, facts: Facts[Measurements], usual: Bool) -> list[tuple[str, int]]:
        """The usual rows, not sent at once, that are of listed cells which serve a phone with a
        place, in order, and their kinds: those about the mast are of another."""
        late = are_timely(facts) & usual & (late_ms(facts) >= AT_ONCE_MS)
        rows = np.flatnonzero(late)
        found, cells = serving_of(facts).found, facts.register.rows
        # As the census that they are weighed against.
        rows = rows[is_about(facts)[rows] & (found[rows] >= 0)]
        if not len(rows):
            return []
        rows = rows[np.isfinite(cells.lat[found[rows]] + cells.lon[found[rows]])]
        near = are_about_mast(
            facts.batch, rows, found[rows], facts.register, self.mast_ranges, self.mast_m
        )
        return list(zip(np.where(near, "near", "late").tolist(), rows.tolist(), strict=True))

    def observe(self, state: HeldBackState, observation: Observation) -> None:
        claimed = observation.claimed
        if claimed is None:
            state.lateness.learn(observation)
            return
        nats, due = state.lateness.nats(observation), observation.rx_ts + TOGETHER_MS
        if observation.kind == "odd":
            state.strange.take_in(cell_key(claimed), observation, nats, due)
            return
        if observation.kind in _OF_LISTED:
            due = after_census_ms(observation.rx_ts)
        number = cell_number(claimed)
        if number is not None:
            state.listed.take_in(str(number), observation, nats, due)

    def take_reports(self, state: HeldBackState, reports: Reports) -> None:
        state.served.take_reports(reports)

    def lateness_nats(self, state: HeldBackState, observation: Observation) -> float | None:
        is_strange = observation.kind not in _OF_LISTED and observation.claimed is not None
        return state.lateness.nats(observation) if is_strange else None

    def next_due_ms(self, state: HeldBackState) -> int | None:
        due = state.strange.next_due_ms(), state.listed.next_due_ms()
        return min((ms for ms in due if ms is not None), default=None)

    def evaluate(self, state: HeldBackState, until_ms: int) -> list[Finding]:
        found = []
        for due, _, known in state.strange.taken(until_ms):
            most = self._most(of_places(known), self.honest_share, self.cap)
            found += self._of(known, due, most)
        for due, cell, known in state.listed.taken(until_ms):
            # The cheap question first: most cells have some late reports.
            most = self._most([late.nats for late in known], self.listed_share, inf)
            if most / 2 >= STRONG_WEIGHT:
                group, most = self._together(state, cell, known, due)
                found += self._of(group.late, due, most)
        return found

    def _together(
        self, state: HeldBackState, cell: str, known: list[Late], due: int
    ) -> tuple[Group, float]:
        """Those of a listed cell's phones at one place that say most for a transmitter, and what
        they come to (nats): all, or those alone where the cell can't be received."""
        claimed = known[0].report.claimed
        prompt_nats = state.lateness.prompt_nats(str(claimed.rat if claimed else None))
        served = state.served.phones(int(cell), due)
        misplaced = [late for late in known if is_misplaced(late)]
        cut_off = cut_off_nats(about_mast(known), served, prompt_nats)
        groups = [strongest(some, served, prompt_nats) for some in (known, misplaced) if some]
        most = max(self._most_of(group, cut_off) for group in groups)
        if most / 2 >= STRONG_WEIGHT:
            cut_off = max(cut_off, state.mast_cut_off_nats(cell, known, due, prompt_nats))
        return max(((g, self._most_of(g, cut_off)) for g in groups), key=itemgetter(1))

    def _most_of(self, group: Group, cut_off: float) -> float:
        """What phones on a listed cell come to (nats): where several are out of place it is strange
        already, else it is one of many. The likelier its mast is cut off (nats), the larger is the
        honest share: then all of its phones are late, however many."""
        in_place = sum(late.nats > 0.0 and not is_misplaced(late) for late in group.late)
        is_strange = in_place < self.least_devices
        share = min(1.0, exp(cut_off) * (self.honest_share if is_strange else self.listed_share))
        cap, usual = (self.cap, 0.0) if is_strange else (self.listed_cap, self.listed_usual)
        return self._most(group.nats, share, cap, usual)

    def _most(
        self, nats: list[float], honest_share: float, cap: float, usual: float = 0.0
    ) -> float:
        """What the phones of a cell come to, by what those of each place say (nats), beyond what is
        usual; 0 unless enough of them are late."""
        if sum(each > 0.0 for each in nats) < self.least_devices:
            return 0.0
        return min(weight_of([*nats, -usual], honest_share), cap)

    def _of(self, known: list[Late], due: int, most: float) -> list[Finding]:
        """Findings of the late reports of one cell that there are none of yet."""
        found: list[Finding] = []
        if most / 2 < STRONG_WEIGHT:
            return found
        for late in known:
            if late.nats > 0.0 and not late.found:
                late.found = True
                late_s = (late.report.rx_ts - late.report.ts) // 1000
                about = {"rx_ts": due, "cap": round(most, 3), "values": {"late_s": late_s}}
                found.append(self.finding_about(late.report, round(most / 2, 3), **about))
        return found


def _is_news(
    passed: Passed, batch: Measurements, kind: str, row: int, about: dict[str, Any]
) -> bool:
    """As `Passed.is_news`, of a row's phone and cell, in place or not each by itself, since rows of
    the two are asked about in turns."""
    name = f"{batch.device[row]}|{kind in _OF_LISTED}|{cell_key(about['claimed'])}"
    rx_ms = int(batch.rx_ms[row])
    return passed.is_news(name, rx_ms, rx_ms - int(batch.ts_ms[row]))
