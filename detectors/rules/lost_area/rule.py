"""A phone comes back without knowing any area, though the core never made it forget the last."""

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta, Struct
from msgspec.structs import replace

from detectors.features.baselines.cluster_rule import ClusterRule, WideCap
from detectors.features.baselines.scan_statistic import Found
from detectors.features.facts import Facts
from detectors.features.memory.last_message import Before, Trail
from detectors.features.rows import registrations
from detectors.features.rule import Screened, iterate
from detectors.model import codes
from detectors.model.columns import I8, Bool, Signalling
from detectors.model.finding import Family, Finding, Place
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Cap, Chance, Nats, OneIn, Seconds, Switch, Weight
from detectors.register.register import Register, key_text
from detectors.rules.lost_area.left_out import ONE_IN
from detectors.rules.lost_area.unknown_subscribers import (
    AWAY,
    HALF,
    UNNAMED,
    Acquaintance,
    Returns,
)

_REJECT = codes.code_of("reject", codes.OUTCOMES)
_ATTACH = codes.code_of("attach", codes.PROCEDURES)
_FRESH = codes.code_of("attach", codes.UPDATE_TYPES)
_DETACH = codes.code_of("detach", codes.PROCEDURES)
_SERVICE = codes.code_of("service_request", codes.PROCEDURES)
_BARRED = codes.code_of("authentication_reject", codes.PROCEDURES)


class LostArea(ClusterRule[Signalling, Trail, Acquaintance], frozen=True, kw_only=True):
    """A return without a valid old area, of a subscriber whom the core never rejected or detached.

    What it sees: updates, attaches and registrations that name a reserved old area (0, 0xFFFE,
    0xFFFF; 0xFFFFFE in 5GS), or attaches that name none; and combined updates on LTE that name a
    reserved location area beside a good tracking area, as after a reject on GSM alone. Where the
    core's own messages of the last 45 minutes know the subscriber, the finding's place is the cell
    on which the core had it last, since a phone that was turned away for half an hour may come back
    elsewhere. Strangers, whom the core hasn't seen `met_s` before, count apart, on the cell of
    their return: they weigh less by the log of the share of strangers among all who come back, so
    that they say something only where the core's input is young or thin, and together at most
    `strangers_cap`, too little for an alert of their own. Apart from both count those who lost half
    of their area, the location area alone: neither who arrives nor who was off does, so that
    together they weigh up to `halves_cap`. Where those whom the core knew begin to come all over a
    neighbourhood, and go on (`detectors.features.phones.wide_onset`), they weigh up to `wide_cap`.
    All are counted by place against what it usually has
    (`detectors.features.baselines.scan_statistic`).

    Why a rogue station does it: having read a phone's identity it rejects it, so that it leaves
    alone, or to bar it from the network (T3247); the phone then deletes the area that it had. The
    core sees no reject, only a phone that has forgotten.

    Why an honest network may:

    * the core itself rejected it, with one of `forgetting_causes` after which a phone deletes its
      area, or by failed authentication (`excuse_rejected`, F1, F34, F36); or turned it away
      with any other cause within `turned_away_s`: it tries again, and deletes its area after some
      attempts, at once where it has moved (TS 24.008 4.4.4.9), as in a crowd for which the core
      has no room (F22);
    * it was detached or switched off in due form (`excuse_detached`, F8); if not, or with another
      SIM, it is the zone's usual share, learned from sampled messages (`excuse_crowd`), and
      the place's habit (`excuse_habit`);
    * phones arrive that were off: from an aeroplane, meters after an outage. The core knows hardly
      any of them. Where so few of those without an area about a place are known that, going by all
      who come back, the chance is at most `arrival_chance`, strangers weigh nothing
      (`excuse_arrivals`, F8, F34). When a recording begins nobody is known, and nothing excused;
    * phones of a crowd go off without a word, in a lift, underground or in flight mode, and the
      input leaves old areas out: so many are expected of those who attach there with an area as of
      updates lack one, which always name it (`excuse_left_out`, F8);
    * after an outage of the core phones everywhere attach anew (`excuse_restart`, F23, F34);
    * one device that restarts over and over (`excuse_repeats`, F12).

    References: docs/science.md, F1, C12; TS 24.008 4.4.4.7, TS 24.301 5.5.3.2.5 and 5.3.7b (T3247).

    >>> from detectors.rules.sample_town import TOWN
    >>> had = [{"subscriber": who, "old_area": 4100} for who in "ab"]
    >>> back = [{"subscriber": "a", "old_area": 0, "at_s": 60.0}]
    >>> back += [{"subscriber": "b", "old_area": 0xFFFE, "at_s": 61.0}]
    >>> found = TOWN.findings(LostArea(), TOWN.signalling(*had, *back))
    >>> [(finding.who, finding.values["away_s"]) for finding in found]
    [('a', 60), ('b', 60)]
    """

    name: ClassVar[str] = "lost_area"
    version: ClassVar[int] = 8
    family: ClassVar[Family] = "signalling"
    horizon_ms: ClassVar[int] = 2_700_000
    hidden: ClassVar[tuple[str, ...]] = (*ClusterRule.hidden, HALF)
    learned_type: ClassVar[type[Struct] | None] = Returns

    weight: Weight = 1.8
    cap: Cap = 6.0
    wide_cap: WideCap = 9.0
    strangers_cap: Nats = 4.0
    halves_cap: Nats = 9.0
    arrival_chance: Chance = 0.05
    one_in: OneIn = 16
    forgetting_causes: tuple[Annotated[int, Meta(ge=0, le=255)], ...] = (
        2,
        3,
        5,
        6,
        7,
        8,
        9,
        11,
        12,
        13,
        14,
        15,
        25,
        27,
        42,
    )
    turned_away_s: Seconds = 720.0
    met_s: Seconds = 15.0
    excuse_rejected: Switch = True
    excuse_detached: Switch = True
    excuse_arrivals: Switch = True
    excuse_left_out: Switch = True

    def new_state(self) -> Trail:
        kept = {"rat": np.uint8, **dict.fromkeys(registrations.CELL[1:], np.int64)}
        return Trail(self.horizon_ms, forgot=np.bool_, turned_away=np.bool_, **kept)

    def screen(self, state: Trail, facts: Facts[Signalling]) -> Screened:
        """Odd observations of returns without an area and a sample of plain ones."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        rows = np.flatnonzero((batch.source == codes.CORE) & registrations.SPEAKS[batch.procedure])
        if not len(rows):
            return Screened()
        returns = registrations.comes_back(batch)
        half = returns & _names_half(batch)
        nothing = returns & (_names_nothing(batch) | half)
        # A phone that has already said that it knows no area brings nothing new by saying so again.
        forgot = nothing | self._made_to_forget(batch)
        asks = returns | (batch.procedure == _SERVICE)
        turned_away = asks & (batch.outcome == _REJECT)
        kept = {name: getattr(batch, name)[rows] for name in registrations.CELL}
        kept |= {"forgot": forgot[rows], "turned_away": turned_away[rows]}
        before = state.step(batch.subscriber[rows], batch.rx_ms[rows], **kept)
        explained = self._explains(before, batch.rx_ms[rows])
        odd = nothing[rows] & ~explained
        plain = returns[rows] & ~nothing[rows]
        sample = batch.ts_ms[rows], kept["cell"]
        fresh = _attaches(batch)[rows]
        attached = plain & ~explained & fresh & ~np.isnan(batch.old_area[rows])
        attached &= is_sampled(ONE_IN, *sample) & self.excuse_left_out
        plain &= is_sampled(self.one_in, *sample)
        met = before.known & (batch.rx_ms[rows] - before.since_ms >= self.met_s * 1000)
        chosen = np.flatnonzero(odd | plain | attached)
        places = registrations.places_about(batch, rows[chosen], register)
        sources = iterate(batch, rows[chosen], origin)
        observations = []
        for at, (row, source), place in zip(chosen.tolist(), sources, places, strict=True):
            away_s = None
            if met[at]:
                away_s = int(batch.rx_ms[row] - before.rx_ms[at]) // 1000
            if plain[at]:
                unnamed = None if fresh[at] else int(np.isnan(batch.old_area[row]))
                observation = self._plain(batch, row, source, place)
                values = {**observation.values, AWAY: away_s, UNNAMED: unnamed}
                observations.append(replace(observation, values=values))
            if not (odd[at] or attached[at]):
                continue
            seen = registrations.seen_on(batch, row)
            if met[at]:
                seen, had = _had_on(before, at, register, int(batch.ts_ms[row]))
                place = had or place
            about = {
                "place": place,
                "values": {"seen_on": seen, AWAY: away_s, HALF: int(half[row])},
            }
            kind = "odd" if odd[at] else "attached"
            observations.append(self.observation(kind, batch, row, source, **about))
        return Screened(observations=observations)

    def _explains(self, before: Before, rx_ms: I8) -> Bool:
        """Whether a subscriber's message before lets it come back without an area."""
        explains = before["forgot"]
        if self.excuse_rejected:
            lately = rx_ms - before.rx_ms <= self.turned_away_s * 1000
            explains = explains | (before["turned_away"] & lately)
        known: Bool = before.known & explains
        return known

    def _made_to_forget(self, core: Signalling) -> Bool:
        """Messages after which a phone honestly knows no area any more."""
        forgets = np.zeros(len(core), dtype=np.bool_)
        if self.excuse_rejected:
            forgets |= (core.outcome == _REJECT) & np.isin(core.cause, self.forgetting_causes)
            forgets |= core.procedure == _BARRED
        if self.excuse_detached:
            forgets |= core.procedure == _DETACH
        return forgets

    def evaluate(self, state: Acquaintance, until_ms: int) -> list[Finding]:
        chance = self.arrival_chance if self.excuse_arrivals else -1.0
        found = state.evaluate(until_ms, self._outlook(), self.weight, self.horizon_ms, chance)
        return [self._finding(each) for each in found]

    def learned(self, state: Acquaintance) -> Returns:
        return state.learned()

    def take_up(self, state: Acquaintance, learned: Returns, now_ms: int) -> None:
        state.take_up(learned, now_ms, self._outlook())

    def _finding(self, found: Found) -> Finding:
        finding = super()._finding(found)
        if found.observation.values[HALF]:
            return replace(finding, cap=max(self.cap, self.halves_cap))
        if found.observation.values[AWAY] is not None:
            return finding
        return replace(finding, cap=min(self.cap, self.strangers_cap))


def _had_on(before: Before, at: int, register: Register, ts_ms: int) -> tuple[str, Place | None]:
    """The cell on which the core had a subscriber last, and about where that is."""
    seen = key_text(*(int(before[name][at]) for name in registrations.CELL))
    return seen, registrations.place_of_cell(register, before.columns, at, ts_ms)


def _names_nothing(core: Signalling) -> Bool:
    """A reserved old area; or none at all in an attach, which needn't name one."""
    unnamed = np.isnan(core.old_area)
    rat = np.where(core.old_rat == 0, core.rat, core.old_rat).astype(np.uint8)
    nothing: Bool = np.where(
        unnamed, _attaches(core), codes.is_reserved_area(rat, np.nan_to_num(core.old_area))
    )
    return nothing


def _attaches(core: Signalling) -> Bool:
    """Attaches, and first registrations in 5GS."""
    fresh: Bool = (core.procedure == _ATTACH) | (core.update_type == _FRESH)
    return fresh


def _names_half(core: Signalling) -> Bool:
    """A reserved location area beside a tracking area that is none (TS 24.301 8.2.29)."""
    gsm, lte = np.full_like(core.rat, codes.GSM), np.full_like(core.rat, codes.LTE)
    half: Bool = codes.is_reserved_area(gsm, np.nan_to_num(core.old_lai_area, nan=-1.0))
    half &= ~codes.is_reserved_area(lte, np.nan_to_num(core.old_area))
    return half
