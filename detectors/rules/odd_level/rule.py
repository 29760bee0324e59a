"""A cell comes in far stronger than it ever did at that place."""

from math import inf
from typing import ClassVar

from msgspec import Struct

from detectors.features.baselines.level_deviations import (
    deviation_of,
    level_deviations,
    reported_levels,
)
from detectors.features.baselines.level_profiles import LearnedLevels, Levels, Profile
from detectors.features.facts import Facts
from detectors.features.levels.judging import judging
from detectors.features.levels.keyed_levels import KeyedLevels, Leaning
from detectors.features.levels.level_rows import LevelRows, can_travel
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.rows.travelling import Many
from detectors.features.rule import Screened
from detectors.model.columns import I8, Measurements
from detectors.model.finding import AlertKind, Family, Finding, Identity, Observation
from detectors.model.parameters import Cap, Count, Decibels, Seconds, Switch, Times, Weight
from detectors.native.judged.asked import Asked
from detectors.native.judged.hands import Key
from detectors.rules.odd_level.level_changes import COUNTS_FOR_MS, news
from detectors.rules.odd_level.new_levels import level_rows


class OddLevel(PromptRule[Measurements, None, Levels], frozen=True, kw_only=True):
    """A cell whose level stands out from its profile at that place, upwards.

    What it sees: the level of the serving cell and of neighbours named in full, against the median
    of what at least `least_phones` other phones reported of the very cell (RAT included) in the
    same tile of some 200 m. An excess of `least_db` or `mads` standard deviations (1.4826 median
    absolute ones), whichever is more, is found. `jump_db` says, of a phone that stands still, by
    how much its own level on the cell has changed within a minute.

    Why a rogue station does it: to take phones over it must be the strongest, and a clone of a cell
    that can be received at the place is too strong for it.

    Why an honest network may, each excused unless turned off:

    * `excuse_device` (F18): phones differ by ten dB and more, pockets and walls add to it. The
      median of a phone's last deviations from the profiles, serving cells and neighbours alike, is
      taken off, once it has three;
    * `excuse_poisoned` (F25): not an innocent cause but a way to hide one. What is found, and all
      that is reported of a cell for half an hour after, is not learned, or the rogue station would
      become the norm. After `thaw_s` of that the network has changed: the cell's profile begins
      anew;
    * `excuse_jumping` (F28): a place reached from the last one faster than anything moves is wrong,
      and neither judged nor learned.

    A repeater or femtocell that is switched on (F7) looks the same, and crowds that come and go
    shift what is usual; so the rule weighs little: strength only bears out what else is found.

    The profiles live where findings are fused, by zone; screening lets through a phone's report
    of its cell and named neighbours once in half an hour, on its way once in a quarter, and at once
    when its level has risen by `news_db` since its last message, or a named neighbour is louder
    than the serving cell by as much.

    References: docs/science.md, R4, B1 to B3, F18, F25; Edge Sentinel's baseline (five
    observations, the larger of 20 dB and two deviations; four and a half here).

    >>> from detectors.rules.sample_town import TOWN
    >>> rows = [{"signal_dbm": level_dbm} for level_dbm in (-101.0, -99.0, -60.0)]
    >>> (finding,) = TOWN.findings(OddLevel(least_phones=2), TOWN.measurements(*rows))
    >>> finding.who, finding.values["expected_dbm"]
    ('d2', -100)
    """

    name: ClassVar[str] = "odd_level"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "radio"
    alert_kind: ClassVar[AlertKind | None] = "cloned_cell"
    horizon_ms: ClassVar[int] = COUNTS_FOR_MS
    learned_type: ClassVar[type[Struct] | None] = LearnedLevels

    least_db: Decibels = 20.0
    mads: Times = 4.5
    least_phones: Count = 5
    news_db: Decibels = 15.0
    thaw_s: Seconds = 21_600.0
    weight: Weight = 0.5
    cap: Cap = 2.0
    excuse_device: Switch = True
    excuse_poisoned: Switch = True
    excuse_jumping: Switch = True

    def screen(self, state: None, facts: Facts[Measurements]) -> Screened:
        """Observations only: the levels of cells, where they are new."""
        rows = self._new_rows(facts)
        return Screened(observations=[rows.one(self.name, row) for row in range(len(rows))])

    def screen_together(self, state: None, facts: Facts[Measurements]) -> Screened:
        rows = self._new_rows(facts)
        if not can_travel(rows):
            return Screened(observations=[rows.one(self.name, row) for row in range(len(rows))])
        return Screened(many=[Many(self.name, rows)] if len(rows) else [])

    def _new_rows(self, facts: Facts[Measurements]) -> LevelRows:
        return level_rows(facts, news(facts, self.news_db, self.excuse_jumping))

    def observe(self, state: Levels, observation: Observation) -> None:
        """Judges each level of the message, and learns from it."""
        assert observation.claimed is not None
        phone, near, reported = reported_levels(observation)
        for number, (key, claimed, level_dbm) in enumerate((*reported, *near)):
            _, odd = self._judged(state, key, level_dbm, phone, observation.rx_ts)
            if odd is not None:
                found = self._finding(observation, claimed, level_dbm, not number, *odd)
                state.due.append(found)

    def judge_levels(self, state: Levels, levels: KeyedLevels, rows: I8) -> list[Leaning]:
        leanings = list[Leaning]()
        limits = self.least_phones, self.least_db * 10, self.mads, self.excuse_device
        thaw_ms = self.thaw_s * 1000 if self.excuse_poisoned else -inf
        by_library, at = judging(state, levels, rows, Asked(*limits), thaw_ms), 0
        while (at := by_library.judge(at, leanings)) < len(rows):
            row = int(rows[at])
            if deviations := self._judged_row(state, levels, row):
                leanings.append((row, deviations))
            at += 1
        return leanings

    def _judged_row(
        self, state: Levels, levels: KeyedLevels, row: int
    ) -> list[tuple[float, float]]:
        """Takes in one row as `observe` does: by how much it deviates."""
        if levels.near[row]:
            observation = levels.rows.one(self.name, row)
            self.observe(state, observation)
            return level_deviations(state, observation)
        key, level_dbm, phone, rx_ms = levels.one(row)
        profile, odd = self._judged(state, key, level_dbm, phone, rx_ms)
        if odd is not None:
            one = levels.rows.one(self.name, row)
            state.due.append(self._finding(one, one.claimed, level_dbm, True, *odd))
        return deviation_of(state, key, level_dbm, phone, rx_ms, profile)

    def _offset(self, state: Levels, phone: int) -> float:
        """How much louder than others a phone usually is, as far as that is excused (tenths of a
        decibel)."""
        return state.offset(phone) if self.excuse_device else 0.0

    def _judged(
        self, state: Levels, key: Key, level_dbm: float, phone: int, rx_ms: int
    ) -> tuple[Profile, tuple[float, float] | None]:
        """Learns a phone's level of a cell at a place: its profile, and what was expected and how
        far above that it is (tenths of a decibel), where it is found; then the cell is flagged."""
        profile = state.profile(key, rx_ms, self.thaw_s * 1000)
        usual = profile.usual(phone, self.least_phones)
        offset = self._offset(state, phone)
        odd = None
        if usual is not None:
            expected, deviation = usual
            excess = level_dbm * 10 - offset - expected
            if excess >= max(self.least_db * 10, self.mads * deviation):
                state.flag(key, rx_ms, COUNTS_FOR_MS)
                odd = expected, excess
            else:
                state.deviates(phone, excess + offset)
        if not (self.excuse_poisoned and state.is_flagged(key, rx_ms)):
            profile.learn(phone, round(level_dbm * 10 - offset))
        return profile, odd

    def level_deviations(
        self, state: Levels, observation: Observation
    ) -> list[tuple[float, float]]:
        return level_deviations(state, observation)

    def _finding(
        self,
        observation: Observation,
        claimed: Identity | None,
        level_dbm: float,
        serving: bool,
        expected: float,
        excess: float,
    ) -> Finding:
        """``expected`` and ``excess`` are tenths of a decibel."""
        values = observation.values if serving else {}
        # Of neighbours a phone has no advance.
        own = {} if serving else {"timing_advance": None, "ta_step_m": None}
        return self.finding_about(
            observation,
            self.weight,
            claimed=claimed,
            signal_dbm=level_dbm,
            **own,
            values={
                "level_dbm": round(level_dbm),
                "expected_dbm": round(expected / 10),
                "excess_db": round(excess / 10),
                "heard_only": int(not serving),
                "jump_db": values.get("jump_db"),
            },
        )
