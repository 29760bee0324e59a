"""In one place more phones than usual fall from 4G or 5G down to 2G."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from detectors.features.baselines.cluster_rule import (
    ClusterRule,
    LeastSubscribers,
    Tile,
    UsualShare,
)
from detectors.features.baselines.scan_statistic import STANDS_FOR, Clusters, Plain
from detectors.features.baselines.tiles import own_tile
from detectors.features.facts import AnyFacts, Facts, Origin
from detectors.features.memory.last_message import Trail
from detectors.features.phones.last_reports import served_before
from detectors.features.rows.registrations import comes_back, places_about
from detectors.features.rows.report_numbers import are_placed
from detectors.features.rule import Screened, identity_of, iterate, place_of
from detectors.features.samples.drawing import opened
from detectors.features.samples.of_samples import NONE_DRAWN, Apart, Drawn, TakenSamples
from detectors.features.samples.sample_rows import SampleRows
from detectors.model.codes import CORE, GSM, LTE, NETWORK_POSITION, OUTCOMES, UMTS, code_of
from detectors.model.columns import Measurements, Signalling
from detectors.model.finding import Family, Identity, Observation, Place
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Cap, Count, OneIn, Switch, Weight
from detectors.register.register import Register

_REJECT = code_of("reject", OUTCOMES)


class FallbackShare(
    ClusterRule[Signalling | Measurements, Trail, Clusters], frozen=True, kw_only=True
):
    """Falls from LTE or NR to GSM, by place, against their usual share.

    What it sees: a subscriber whom the core had on LTE or NR within a quarter of an hour, and who
    now registers on GSM, or comes back on LTE or NR and says that it was on GSM; and a phone that
    reports on an LTE or NR cell, then on a GSM one. Falls are counted by tiles of `tile_m` against
    the share of all phones that fall elsewhere in the zone and now, and that this place had before:
    the Poisson limit of a binomial tail (`detectors.features.baselines.scan_statistic`). It is weak
    and says nothing of fewer than `least_subscribers`. Of reports one `one_in_reports` is sampled,
    and `reports_a_fall` of them count as one update, since a phone reports all the time.

    Why a rogue station does it: on GSM it need not prove who it is, so it pulls phones down, by
    jamming, by rejects, or by a redirect.

    Why an honest network may:

    * a voice call falls back to GSM and comes up again: `csfb` on the message or the one before
      (`excuse_fallback`, F13). From 5G to 4G isn't counted at all (F35);
    * indoors and at the edge LTE ends: the habit of the place (`excuse_habit`, F9);
    * more phones, more falls: the share counts (`excuse_crowd`, F22);
    * LTE fails in a whole region: everywhere at once (`excuse_restart`, F23);
    * one phone between two layers (`excuse_repeats`, F12).

    References: docs/science.md, R9, C13, C14; patent CN113015168.

    >>> from detectors.rules.sample_town import TOWN
    >>> rows = [{"subscriber": who, "rat": rat} for rat in (LTE, GSM) for who in "abcd"]
    >>> found = TOWN.findings(FallbackShare(), TOWN.signalling(*rows))
    >>> [finding.who for finding in found]
    ['a', 'b', 'c', 'd']
    """

    name: ClassVar[str] = "fallback_share"
    version: ClassVar[int] = 3
    family: ClassVar[Family] = "signalling"
    horizon_ms: ClassVar[int] = 900_000

    weight: Weight = 1.1
    cap: Cap = 3.0
    tile_m: Tile = 500.0
    usual_share: UsualShare = 0.01
    least_subscribers: LeastSubscribers = 4
    one_in_reports: OneIn = 256
    reports_a_fall: Count = 8
    excuse_fallback: Switch = True

    def new_state(self) -> Trail:
        return Trail(self.horizon_ms, rat=np.uint8, csfb=np.bool_)

    def screen(self, state: Trail, facts: Facts[Signalling | Measurements]) -> Screened:
        """Odd observations of falls and a sample of phones that stay up."""
        apart = self.screen_apart(state, facts)
        return opened(self, apart, facts) if len(apart.drawn.rows) else apart.screened

    def screen_apart(self, state: Trail, facts: Facts[Signalling | Measurements]) -> Apart:
        if isinstance(facts.batch, Measurements):
            return self._reported(facts.batch, facts)
        found = self._registered(state, facts.batch, facts.register, facts.origin)
        return Apart(Screened(observations=found), NONE_DRAWN)

    def _registered(
        self, trail: Trail, batch: Signalling, register: Register, origin: Origin
    ) -> list[Observation]:
        ours = comes_back(batch) & (batch.source == CORE) & (batch.outcome != _REJECT)
        rows = np.flatnonzero(ours)
        if not len(rows):
            return []
        rat, old_rat, csfb = batch.rat[rows], batch.old_rat[rows], batch.csfb[rows] == 1.0
        before = trail.step(batch.subscriber[rows], batch.rx_ms[rows], rat=rat, csfb=csfb)
        was_up = before.known & (before["rat"] >= LTE)
        fell = was_up & ((rat == GSM) | (old_rat == GSM) & (rat > UMTS))
        if self.excuse_fallback:
            fell &= ~csfb & ~before["csfb"]
        plain = was_up & ~fell & is_sampled(self.one_in, batch.ts_ms[rows], batch.cell[rows])
        chosen = np.flatnonzero(fell | plain)
        places = places_about(batch, rows[chosen], register)
        sources = iterate(batch, rows[chosen], origin)
        observations = []
        for at, (row, source), place in zip(chosen.tolist(), sources, places, strict=True):
            kind = self._odd if fell[at] else self._plain
            observations.append(kind(batch, row, source, place))
        return observations

    def _reported(self, batch: Measurements, facts: AnyFacts) -> Apart:
        on_gsm = batch.rat == GSM
        sampled = is_sampled(self.one_in_reports, batch.ts_ms, batch.cell)
        rows = np.flatnonzero(batch.serving & (on_gsm | sampled))
        if not len(rows):
            return Apart(Screened(), NONE_DRAWN)
        before = served_before(facts, rows)
        known = batch.rx_ms[rows] - before["rx_ms"] <= self.horizon_ms
        was_up = known & (before["rat"] >= LTE)
        fell = was_up & on_gsm[rows]
        plain = was_up & ~fell & sampled[rows]
        # A phone reports many times while it might fall once.
        stands_for = self.one_in_reports // self.reports_a_fall
        # Those that stay up and have a place of their own travel with what other rules have drawn.
        own = plain & are_placed(facts)[rows] & (batch.position_source[rows] != NETWORK_POSITION)
        observations = []
        chosen = np.flatnonzero((fell | plain) & ~own)
        sources = iterate(batch, rows[chosen], facts.origin)
        for at, (row, source) in zip(chosen.tolist(), sources, strict=True):
            place = _place(batch, row)
            if plain[at]:
                observations.append(self._plain(batch, row, source, place, stands_for))
            elif place is not None:
                claimed = _strange_cell(batch, row, facts.register)
                observations.append(self._odd(batch, row, source, place, claimed))
        return Apart(
            Screened(observations=observations), Drawn(rows[own], {"stands_for": stands_for})
        )

    def sample(self, rows: SampleRows, row: int) -> Observation:
        values = {STANDS_FOR: int(rows.numbers["stands_for"][row])}
        return rows.one(self.name, "plain", row, values=values)

    def learn_samples(self, state: Clusters, taken: TakenSamples, rows: Sequence[int]) -> None:
        plain = taken.of_drawn(self, self._counted)
        state.observe_plain(map(plain.__getitem__, rows), self._outlook())

    def _counted(self, numbers: NDArray[Any]) -> Iterator[Plain]:
        """What is counted of each of some samples, by their numbers as in `SampleRows`."""
        columns = (numbers[name].tolist() for name in ("lat", "lon", "rx_ts", STANDS_FOR))
        for lat, lon, rx_ms, stands_for in zip(*columns, strict=True):
            yield own_tile(Place(lat, lon), self.tile_m)[0], rx_ms, stands_for or 1


def _place(batch: Measurements, at: int) -> Place | None:
    """The phone's own place; one from the network may come from the very cell in question."""
    return None if batch.position_source[at] == NETWORK_POSITION else place_of(batch, at)


def _strange_cell(batch: Measurements, at: int, register: Register) -> Identity | None:
    """The GSM cell as a claimed identity, where the register doesn't have it."""
    one = slice(at, at + 1)
    columns = (getattr(batch, name)[one] for name in ("rat", "mcc", "mnc", "area", "cell", "ts_ms"))
    return identity_of(batch, at) if register.find(*columns)[0] < 0 else None
