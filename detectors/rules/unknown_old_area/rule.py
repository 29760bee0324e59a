"""A phone comes back to the network and names an old area that the network doesn't have."""

from heapq import heappop
from typing import ClassVar

import numpy as np
from msgspec import Struct

from detectors.features.baselines.unknown_area_history import QuietAreas, StrangeAreas
from detectors.features.facts import Facts, Origin
from detectors.features.memory.core_location import Whereabouts
from detectors.features.memory.last_message import Before, Trail
from detectors.features.memory.waiting import let_wait
from detectors.features.rows import registrations
from detectors.features.rule import Screened, iterate
from detectors.model.codes import CORE, GSM, PROCEDURES, RATS, UMTS, UPDATE_TYPES, code_of, text_of
from detectors.model.columns import F8, I8, U1, Bool, Signalling
from detectors.model.finding import Family, Finding, Identity, Observation, Place, Source
from detectors.model.hashing import is_sampled
from detectors.register.register import Register
from detectors.rules.unknown_old_area.old_areas import OldAreas
from detectors.rules.unknown_old_area.parameters import Parameters
from detectors.rules.unknown_old_area.residents import stayed
from detectors.rules.unknown_old_area.riders import way_of
from detectors.rules.unknown_old_area.weighing import naming_of, weigh

_HOUR_MS = 3_600_000
_NO_AREA = np.zeros(1, dtype=np.int64)
_ATTACH = code_of("attach", PROCEDURES)
_FRESH = code_of("attach", UPDATE_TYPES)
#: The lowest bits of areas that are compared with their kind (`registrations.DOMAINS`).
_KIND_BITS, _OF_KIND = 2, 3


class UnknownOldArea(Parameters, frozen=True, kw_only=True):
    """An update whose old area no registered cell of that network has, or none anywhere near.

    What it sees: a location, routing or tracking area update, attach or registration on an honest
    cell in which the phone names the area that it was last registered in (old LAI or TAI, TS 24.008
    9.2.15, TS 24.301 8.2.29), and that area is not in the register, or more than `far_m` farther
    from the area here than the two reach, and from the cell here than it and twice the cell's range
    (6 km at most) reach: a village's GSM cells may be of a town's location area. Each waits
    `hold_s` for others that may explain it.

    Why a rogue station does it: to make phones register with it, it must announce another area than
    the cells around it, an invented one or one of another town; the phone stores that area and
    reports it to the network when it is free. Who travels names each area on the way.

    Why an honest network may, and what is done about it:

    * reserved values (0, 0xFFFE, 0xFFFF; 0xFFFFFE in 5GS) say that there is no valid area, and a
      PLMN without any registered cell can't be judged: no findings (F1, F2);
    * the phone comes from another network, and only that knows its areas (`excuse_roaming`, F10);
      `equivalent_plmns` names groups such as `[["460-0", "460-2", "460-7"]]` that count as one;
    * a register without any GSM or UMTS cell of a network can't know the old LAI that LTE phones
      name beside their TAI (`excuse_uncovered_rat`, F5);
    * a cell is shared, and the register lists the area under another network of that cell, or the
      core itself has just had the phone in an area of that number under another network: who roams
      at home comes back from there, and records often lack the network (`excuse_shared`, F11);
    * phones still remember an area that was retired up to `grace_h` ago (`excuse_retired`, F4);
    * an area is renumbered: phones on cells far apart name the same old area at the same time, more
      than `replan_m` about where a car could be (`excuse_replan`, F4). Victims of one transmitter
      come back within a kilometre or two of it, and of a moving one along its way;
    * a flight or a train arrives: on one cell the phones name many different areas within
      `arrival_s`, none of them `arrival_share` of them (`excuse_arrivals`, F8, F9); victims of a
      transmitter name one area, or a few one after the other. A flight from one city alone names
      one as well, but its phones were off: an attach that names a valid area says so. It counts
      by `fresh_share`, and for nothing once the core is seen to know residents; nor do others from
      an area that some attach from, if `attach_share` do so of those who name it, or who name any
      strange area on that cell. Nor do any of phones of which the core knew so few from the last
      three quarters of an hour that, going by those who come back as usual, the chance is at most
      `arrival_chance`, and no more than of people who arrive: they are new in town, while victims
      live here and have been served before. People are counted, not messages: who moves about
      sends more of these and is known sooner. One that isn't known weighs less, by the logarithm
      of the share of those who come back as usual that isn't either. And what four phones or more
      name at one site or two, as at a gate or on a platform, counts by `one_place_share`: victims
      come back all around a transmitter;
    * a train takes its riders through an area that the register lacks, past the last site on which
      the core had them to the next, all within `together_s`: who goes the same way as somebody so
      shortly before is one with them (`excuse_arrivals`, F9);
    * a hole in the register, at a border most of all: hour after hour a few phones name the area.
      Each earlier hour of the last day with at most `few` takes weight off (`excuse_habit`, F9);
      hours with more don't, so that a transmitter that stays isn't taken for usual (F25);
    * a phone's stored area is corrupt and it names it again and again, alone
      (`excuse_repeats`, F12); and a place where many different areas are named by one phone each
      takes weight off the next such (`excuse_habit`).

    * the core itself has had the phone in that very area within `horizon_ms`, on the way to where
      it is now or just before: no transmitter's area, whatever the register has
      (`excuse_served`). Its cells go about with a train or a ship and are registered far away
      (F31), or the area is new and nobody listed it (F5).

    An area on which the core network has served several subscribers is honest, which is weighed
    where findings are fused. So is how many come how fast: strays of one area do all day. Whom the
    core had about here within the last `stayed_s` is no stray (`stayed` of a finding is 1).

    References: docs/science.md, R1, C1, C2, C10; patents CN108235323, CN108243421, CN105792211.

    >>> from detectors.rules.sample_town import TOWN
    >>> back = TOWN.signalling({"old_area": 61001, "old_rat": GSM})
    >>> (finding,) = TOWN.findings(UnknownOldArea(), back)
    >>> finding.detector, finding.claimed.area, finding.weight
    ('unknown_old_area', 61001, 2.0)
    """

    name: ClassVar[str] = "unknown_old_area"
    version: ClassVar[int] = 13
    family: ClassVar[Family] = "signalling"
    of_strangers: ClassVar[bool] = True
    by_rate: ClassVar[bool] = True
    learned_type: ClassVar[type[Struct] | None] = QuietAreas
    horizon_ms: ClassVar[int] = 2_700_000

    def new_state(self) -> tuple[Trail, Whereabouts]:
        """Whom the core knows, and where it has last had them; and in which area before that."""
        on = dict.fromkeys(registrations.CELL[1:], np.int64)
        return Trail(self.horizon_ms, rat=np.uint8, **on), Whereabouts(self.horizon_ms)

    def screen(self, state: tuple[Trail, Whereabouts], facts: Facts[Signalling]) -> Screened:
        """Observations of the updates that name an unknown area."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        observations: list[Observation] = []
        speaks = (batch.source == CORE) & registrations.SPEAKS[batch.procedure]
        from_core = np.flatnonzero(speaks)
        away_s = np.full(len(batch), np.nan)
        on = {name: getattr(batch, name)[from_core] for name in registrations.CELL}
        before = state[0].step(batch.subscriber[from_core], batch.rx_ms[from_core], **on)
        served_in = np.full((2, len(batch)), -1)
        served_in[:, from_core] = _areas_before(state[1], batch, from_core, before)
        dealt_s = (batch.rx_ms[from_core] - before.rx_ms) / 1000
        away_s[from_core] = np.where(before.known, dealt_s, np.nan)
        had_area, had_in = np.full(len(batch), -1), np.full(len(batch), -1)
        had_area[from_core] = np.where(before.known, before["area"], -1)
        had_in[from_core] = registrations.area_number(before["mcc"], before["mnc"], _NO_AREA)
        named = registrations.comes_back(batch) & ~(
            np.isnan(batch.old_area) & np.isnan(batch.old_lai_area)
        )
        rows = np.flatnonzero(named)
        if not len(rows):
            return Screened()
        areas, strange_rows = self._old_areas(), set[int]()
        back = batch.take(rows)
        rat, area, lai_area = back.old_rat, back.old_area, back.old_lai_area
        lai_rat = np.where(rat == UMTS, UMTS, GSM).astype(np.uint8)
        mcc, mnc = registrations.old_plmn(back)
        if self.excuse_uncovered_rat:
            lai_area = np.where(_has_location_areas(register, mcc, mnc), lai_area, np.nan)
        for old_area, old_rat in ((area, rat), (lai_area, lai_rat)):
            strange = areas.unknown(register, back, old_rat, mcc, mnc, old_area)
            if self.excuse_shared:
                own = registrations.area_number(mcc, mnc, _NO_AREA) == had_in[rows]
                strange &= own | (old_area != had_area[rows])
            if self.excuse_served:
                named_in = registrations.area_number(mcc, mnc, np.nan_to_num(old_area))
                was_in, kind = served_in[:, rows], registrations.DOMAINS[old_rat]
                was_there = named_in == was_in >> _KIND_BITS
                # A location area that nobody has may have the number of a tracking area.
                alike = (kind == 0) | (was_in & _OF_KIND == kind)
                there = np.flatnonzero(strange & was_there.any(axis=0))
                given = old_rat[there], mcc[there], mnc[there]
                number, ts_ms_of = old_area[there].astype(np.int64), back.ts_ms[there]
                is_listed = registrations.knows_area(register, *given, number, ts_ms_of)
                strange &= ~(alike & was_there).any(axis=0)
                strange[there] &= ~is_listed
            found = np.flatnonzero(strange)
            if not len(found):
                continue
            strange_rows.update(rows[found].tolist())
            some = back.take(found)
            old = old_rat[found], mcc[found], mnc[found], old_area[found].astype(np.int64)
            left = ~areas.excused(register, some, *old)
            places = registrations.places_about(some, np.flatnonzero(left), register)
            sources = iterate(some, np.flatnonzero(left), origin)
            for (at, source), place in zip(sources, places, strict=True):
                numbers = (int(column[at]) for column in old[1:])
                claimed = Identity(text_of(int(old[0][at]), RATS), *numbers)
                row = int(rows[found[at]])
                is_known = bool(away_s[row] >= 0.0)
                core_row, ts_ms = int(np.searchsorted(from_core, row)), int(batch.ts_ms[row])
                is_here = away_s[row] <= self.stayed_s
                is_here = is_here and stayed(before, core_row, place, register, ts_ms)
                values: dict[str, int | str] = {"known": int(is_known), "stayed": int(is_here)}
                values["way"] = way_of(before, core_row, some, at, register) if is_known else ""
                observations.append(self._observation(some, at, claimed, place, values, source))
        observations += self._usual(batch, rows, strange_rows, away_s, register, origin)
        return Screened(observations=observations)

    def _usual(
        self,
        batch: Signalling,
        rows: I8,
        strange: set[int],
        away_s: F8,
        register: Register,
        origin: Origin,
    ) -> list[Observation]:
        """A sample of those who come back as usual: how long before the core knew them."""
        sampled = rows[is_sampled(self.one_in, batch.ts_ms[rows], batch.cell[rows])]
        plain = [row for row in sampled.tolist() if row not in strange]
        some = batch.take(np.array(plain, dtype=np.int64))
        places = registrations.places_about(some, np.arange(len(some)), register)
        sources = iterate(some, np.arange(len(some)), origin)
        return [
            self.observation(
                "usual", some, at, source, place=place, values={"away_s": _number(away_s[row])}
            )
            for (at, source), place, row in zip(sources, places, plain, strict=True)
        ]

    def _old_areas(self) -> OldAreas:
        grace_ms = int(self.grace_h * _HOUR_MS) if self.excuse_retired else 0
        groups = self.equivalent_plmns
        return OldAreas(grace_ms, self.far_m, self.excuse_shared, self.excuse_roaming, groups)

    def _observation(
        self,
        batch: Signalling,
        at: int,
        claimed: Identity,
        place: Place | None,
        values: dict[str, int | str],
        source: Source,
    ) -> Observation:
        return self.observation(
            "odd",
            batch,
            at,
            source,
            claimed=claimed,
            place=place,
            values={
                "procedure": text_of(int(batch.procedure[at]), PROCEDURES),
                "seen_on": registrations.seen_on(batch, at),
                "fresh": int(batch.procedure[at] == _ATTACH or batch.update_type[at] == _FRESH),
                **values,
            },
        )

    def observe(self, state: StrangeAreas, observation: Observation) -> None:
        if observation.kind == "usual":
            away_s = observation.values["away_s"]
            state.note_usual(observation.rx_ts, None if away_s is None else float(away_s))
            return
        due = observation.rx_ts + int(self.hold_s * 1000)
        let_wait(state.waiting, observation, due)
        state.note(naming_of(observation), self.few)

    def next_due_ms(self, state: StrangeAreas) -> int | None:
        return state.waiting[0].due if state.waiting else None

    def evaluate(self, state: StrangeAreas, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0].due <= until_ms:
            now = heappop(state.waiting)
            weight = weigh(self, state, naming_of(now.observation), now.due)
            if weight > 0.0:
                findings.append(self._finding(now.observation, now.due, weight))
        return findings

    def _finding(self, observation: Observation, rx_ms: int, weight: float) -> Finding:
        return self.finding_about(
            observation,
            round(weight, 3),
            rx_ts=rx_ms,
            seen_on=registrations.seen_identity(observation.values["seen_on"]),
            values={name: observation.values[name] for name in ("procedure", "stayed")},
        )


def _areas_before(moves: Whereabouts, batch: Signalling, core: I8, before: Before) -> I8:
    """The area of each of the core's messages ``core`` before, and the one before that in which
    the core had the subscriber otherwise, with their kinds (two rows, -1 where none is known): an
    update may have parts, of which the first is on the new cell already."""
    here = _of_kind(batch.rat[core], batch.mcc[core], batch.mnc[core], batch.area[core])
    last = _of_kind(*(before[name] for name in ("rat", "mcc", "mnc", "area")))
    last = np.where(before.known, last, -1)
    of_one_kind = np.ones(len(core), dtype=np.uint8)
    moved = (last >= 0) & (last != here)
    who, rx_ms = batch.subscriber[core], batch.rx_ms[core]
    earlier, _ = moves.step(who, rx_ms, of_one_kind, last, moved)
    return np.stack([last, earlier[0]])


def _of_kind(rat: U1, mcc: I8, mnc: I8, area: I8) -> I8:
    """Numbers of areas with their kind in the lowest bits."""
    return registrations.area_number(mcc, mnc, area) << _KIND_BITS | registrations.DOMAINS[rat]


def _has_location_areas(register: Register, mcc: I8, mnc: I8) -> Bool:
    """Of which networks any cell is listed that has a location area."""
    gsm, umts = (np.full(len(mcc), rat, dtype=np.uint8) for rat in (GSM, UMTS))
    return register.knows_plmn(gsm, mcc, mnc) | register.knows_plmn(umts, mcc, mnc)


def _number(value: float) -> float | None:
    return None if value != value else float(value)
