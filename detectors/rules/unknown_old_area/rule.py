"""A phone comes back to the network and names an old area that the network doesn't have."""

from heapq import heappop
from math import log, log1p
from typing import Annotated, ClassVar

import numpy as np

from detectors.features.baselines.unknown_area_history import (
    Naming,
    StrangeAreas,
    chance_of_so_few,
    one_place,
    shares,
    width_m,
)
from detectors.features.memory.last_message import Trail
from detectors.features.memory.waiting import let_wait
from detectors.features.rows.registrations import (
    comes_back,
    is_sampled,
    old_plmn,
    places_about,
    seen_identity,
    seen_on,
)
from detectors.features.rule import Origin, Rule, Screened, iterate
from detectors.model.codes import CORE, GSM, PROCEDURES, RATS, UMTS, UPDATE_TYPES, code_of, word_of
from detectors.model.columns import I8, Bool, Signalling
from detectors.model.finding import Family, Finding, Identity, Observation, Place, Source
from detectors.model.parameters import (
    TRIED,
    Cap,
    Chance,
    Count,
    Hours,
    Metres,
    OneIn,
    Seconds,
    Share,
    Switch,
    Weight,
    excuse,
    listed,
    within,
)
from detectors.register.register import Register
from detectors.rules.unknown_old_area.old_areas import OldAreas

_HOUR_MS = 3_600_000
#: Phones that must attach from an area before they speak for others.
_SOME = 2
#: Share of them that the core knows from which on residents are known by it.
_LIVE_HERE = 0.1
#: Phones that came back as usual, before it says anything how many of them are known.
_TOLD = 10
_ATTACH = code_of("attach", PROCEDURES)
_FRESH = code_of("attach", UPDATE_TYPES)


class UnknownOldArea(Rule[Signalling, Trail, StrangeAreas], frozen=True, kw_only=True):
    """An update whose old area no registered cell of that network has.

    What it sees: a location, routing or tracking area update, attach or registration on an honest
    cell in which the phone names the area that it was last registered in (old LAI or TAI, TS 24.008
    9.2.15, TS 24.301 8.2.29), and that area is not in the register. Each waits `hold_s` for others
    that may explain it.

    Why a rogue station does it: to make phones register with it, it must announce another area than
    the cells around it; the phone stores that area and tells it to the network when it is free.

    Why an honest network may, and what is done about it:

    * reserved values (0, 0xFFFE, 0xFFFF; 0xFFFFFE in 5GS) say that there is no valid area, and a
      PLMN without any registered cell can't be judged: no findings (F1, F2);
    * the phone comes from another network, and only that knows its areas (`excuse_roaming`, F10);
      `equivalent_plmns` names groups such as `[["460-0", "460-2", "460-7"]]` that count as one;
    * a cell is shared, and the register lists the area under another network of that cell
      (`excuse_shared`, F11);
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
      `arrival_chance`: they are new in town,
      while victims live here and have been served before. One that isn't known weighs less, by the
      logarithm of the share of those who come back as usual that isn't either. And what four
      phones or more tell at one site or two, as at a gate or on a platform, counts by
      `one_place_share`: victims come back all around a transmitter;
    * a hole in the register, at a border most of all: hour after hour a few phones name the area.
      Each earlier hour of the last day with at most `few` takes weight off (`excuse_habit`, F9);
      hours with more don't, so that a transmitter that stays isn't taken for usual (F25);
    * a phone's stored area is corrupt and it names it again and again, alone
      (`excuse_repeats`, F12); and a place where many different areas are named by one phone each
      takes weight off the next such (`excuse_habit`).

    An area on which the core network has served several subscribers is honest, which is weighed
    where findings are fused.

    References: detection notes R1, C1, C2, C10; patents CN108235323, CN108243421, CN105792211.

    `weight` is the log-likelihood ratio of one subscriber, `cap` what many together may reach: a
    hole in the register would make all of them say the same.

    >>> from detectors.model.columns import RegisterRows
    >>> cell = {"rat": [GSM], "mcc": [460], "mnc": [0], "area": [4200], "cell": [11]}
    >>> update = {"procedure": [code_of("location_update", PROCEDURES)], "old_area": [61001]}
    >>> back = Signalling.of(ts_ms=[0], subscriber=["a"], old_rat=[GSM], **cell, **update)
    >>> register = Register.from_rows(RegisterRows.of(ts_ms=[0], **cell))
    >>> rule, areas, origin = UnknownOldArea(), StrangeAreas(), Origin("cell.signalling", 0)
    >>> for observation in rule.screen(rule.new_state(), back, register, origin).observations:
    ...     rule.observe(areas, observation)
    >>> (finding,) = rule.evaluate(areas, 15_000)
    >>> finding.detector, finding.claimed.area, finding.weight
    ('unknown_old_area', 61001, 2.0)
    """

    name: ClassVar[str] = "unknown_old_area"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "signalling"
    horizon_ms: ClassVar[int] = 2_700_000

    weight: Weight = 2.0
    cap: Cap = 9.0
    hold_s: Annotated[
        Seconds, within(0, 600, "waits so long for others that may explain it", TRIED)
    ] = 15.0
    grace_h: Annotated[
        Hours,
        within(
            0,
            8760,
            "an area that was retired so long ago is still known",
            "chosen: a week, for phones that were off (F4)",
        ),
    ] = 168.0
    equivalent_plmns: Annotated[
        tuple[tuple[str, ...], ...],
        listed("PLMNs", 'groups like `["460-0", "460-2"]`', "networks that count as one", "F10"),
    ] = ()
    replan_m: Annotated[
        Metres,
        within(
            0,
            1_000_000,
            "phones scattered farther about a car's course come back from a renumbered area",
            "chosen: victims come back within a kilometre or two of a transmitter",
        ),
    ] = 2500.0
    replan_s: Annotated[
        Seconds, within(0, 86_400, "phones of so long are looked at for that", TRIED)
    ] = 300.0
    replan_phones: Annotated[
        Count, within(1, 1000, "fewer phones don't show a renumbering", TRIED)
    ] = 6
    arrival_s: Annotated[
        Seconds, within(0, 3600, "within so long the phones of a flight come back", TRIED)
    ] = 120.0
    arrival_areas: Annotated[
        Count, within(1, 1000, "fewer areas named on a cell are no flight", TRIED)
    ] = 5
    arrival_share: Annotated[
        Share,
        within(
            0,
            1,
            "on a flight no area is named by a greater share of the phones",
            "chosen: victims of a transmitter name one area or a few",
        ),
    ] = 0.4
    attach_share: Annotated[
        Share, within(0, 1, "where so many attach from an area, they all arrive from there", TRIED)
    ] = 0.15
    arrival_chance: Annotated[
        Chance,
        within(
            0,
            1,
            "where so few are known that the chance is at most this, they are new in town",
            TRIED,
        ),
    ] = 0.02
    one_place_share: Annotated[
        Share,
        within(
            0,
            1,
            "share of the weight of phones at one site or two, as at a gate or platform",
            "chosen: victims come back all around a transmitter",
        ),
    ] = 0.5
    fresh_share: Annotated[
        Share,
        within(
            0,
            1,
            "share of the weight of an attach that names a valid area",
            "chosen: its phone was off",
        ),
    ] = 0.5
    one_in: OneIn = 16
    few: Annotated[
        Count,
        within(
            0,
            128,
            "hours with at most so many phones show a hole in the register",
            "chosen: a transmitter that stays has more, and isn't taken for usual (F25)",
        ),
    ] = 3
    most_repeats: Annotated[
        Count,
        within(
            0,
            48,
            "a phone that names an area alone and more often in a day speaks of itself",
            "F12",
        ),
    ] = 3
    excuse_roaming: Annotated[Switch, excuse("the phone comes from another network", "F10")] = True
    excuse_shared: Annotated[
        Switch, excuse("the area may be another network's of a shared cell", "F11")
    ] = True
    excuse_retired: Annotated[
        Switch, excuse("phones still remember an area that was retired", "F4")
    ] = True
    excuse_replan: Annotated[Switch, excuse("an area is renumbered", "F4")] = True
    excuse_arrivals: Annotated[Switch, excuse("a flight or a train arrives", "F8, F9")] = True
    excuse_habit: Annotated[
        Switch, excuse("the register has a hole, at a border most of all", "F9")
    ] = True
    excuse_repeats: Annotated[Switch, excuse("a phone's stored area may be corrupt", "F12")] = True

    def new_state(self) -> Trail:
        return Trail(self.horizon_ms)

    def screen(
        self, state: Trail, batch: Signalling, register: Register, origin: Origin
    ) -> Screened:
        """Norms of the updates that name an unknown area; the state is whom the core knows."""
        observations: list[Observation] = []
        from_core = np.flatnonzero(batch.source == CORE)
        known = np.zeros(len(batch), dtype=np.bool_)
        known[from_core] = state.step(batch.subscriber[from_core], batch.rx_ms[from_core]).known
        told = comes_back(batch) & ~(np.isnan(batch.old_area) & np.isnan(batch.old_lai_area))
        rows = np.flatnonzero(told)
        if not len(rows):
            return Screened()
        areas, strange_rows = self._old_areas(), set[int]()
        ts_ms, area, lai_area = batch.ts_ms[rows], batch.old_area[rows], batch.old_lai_area[rows]
        rat = batch.old_rat[rows]
        lai_rat = np.where(rat == UMTS, UMTS, GSM).astype(np.uint8)
        mcc, mnc = (column[rows] for column in old_plmn(batch))
        for old_area, old_rat in ((area, rat), (lai_area, lai_rat)):
            strange = areas.unknown(register, old_rat, mcc, mnc, old_area, ts_ms)
            found = np.flatnonzero(strange)
            if not len(found):
                continue
            strange_rows.update(rows[found].tolist())
            some = batch.take(rows[found])
            old = old_rat[found], mcc[found], mnc[found], old_area[found].astype(np.int64)
            left = ~areas.excused(register, some, *old)
            places = places_about(some, np.flatnonzero(left), register)
            sources = iterate(some, np.flatnonzero(left), origin)
            for (at, source), place in zip(sources, places, strict=True):
                numbers = (int(column[at]) for column in old[1:])
                claimed = Identity(word_of(int(old[0][at]), RATS), *numbers)
                is_known = bool(known[rows[found[at]]])
                observations.append(self._observation(some, at, claimed, place, is_known, source))
        observations += self._usual(batch, rows, strange_rows, known, register, origin)
        return Screened(observations=observations)

    def _usual(
        self,
        batch: Signalling,
        rows: I8,
        strange: set[int],
        known: Bool,
        register: Register,
        origin: Origin,
    ) -> list[Observation]:
        """A sample of those who come back as usual: whether the core knew them."""
        sampled = rows[is_sampled(self.one_in, batch.ts_ms[rows], batch.cell[rows])]
        plain = [row for row in sampled.tolist() if row not in strange]
        some = batch.take(np.array(plain, dtype=np.int64))
        places = places_about(some, np.arange(len(some)), register)
        sources = iterate(some, np.arange(len(some)), origin)
        return [
            self.observation(
                "usual", some, at, source, place=place, values={"known": int(known[row])}
            )
            for (at, source), place, row in zip(sources, places, plain, strict=True)
        ]

    def _old_areas(self) -> OldAreas:
        grace_ms = int(self.grace_h * _HOUR_MS) if self.excuse_retired else 0
        return OldAreas(grace_ms, self.excuse_shared, self.excuse_roaming, self.equivalent_plmns)

    def _observation(
        self,
        batch: Signalling,
        at: int,
        claimed: Identity,
        place: Place | None,
        known: bool,
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
                "procedure": word_of(int(batch.procedure[at]), PROCEDURES),
                "seen_on": seen_on(batch, at),
                "fresh": int(batch.procedure[at] == _ATTACH or batch.update_type[at] == _FRESH),
                "known": int(known),
            },
        )

    def observe(self, state: StrangeAreas, observation: Observation) -> None:
        if observation.kind == "usual":
            state.note_usual(observation.rx_ts, bool(observation.values["known"]))
            return
        due = observation.rx_ts + int(self.hold_s * 1000)
        let_wait(state.waiting, observation, due)
        state.note(_naming(observation), self.few)

    def next_due_ms(self, state: StrangeAreas) -> int | None:
        return state.waiting[0].due if state.waiting else None

    def evaluate(self, state: StrangeAreas, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0].due <= until_ms:
            now = heappop(state.waiting)
            weight = self._weigh(state, _naming(now.observation), now.due)
            if weight > 0.0:
                findings.append(self._finding(now.observation, now.due, weight))
        return findings

    def _weigh(self, state: StrangeAreas, naming: Naming, now_ms: int) -> float:
        """The weight that is left after what place and time explain; 0 where all is."""
        recent = state.of_area(naming.area, now_ms - 24 * _HOUR_MS)
        others = {n.who for n in recent} - {naming.who}
        if self.excuse_repeats and not others and len(recent) > self.most_repeats:
            return 0.0
        if self.excuse_arrivals:
            since = now_ms - int((self.arrival_s + self.hold_s) * 1000)
            areas, most = shares(state.on_cell(naming.cell, since))
            if areas >= self.arrival_areas and most <= self.arrival_share:
                return 0.0
        if self.excuse_replan:
            at_once = state.of_area(naming.area, now_ms - int(self.replan_s * 1000))
            enough = len({n.who for n in at_once}) >= self.replan_phones
            if enough and width_m(at_once) > self.replan_m:
                return 0.0
        if self.excuse_arrivals:
            lately_ms = now_ms - _HOUR_MS // 4
            beside = state.on_cell(naming.cell, lately_ms)
            at_site = state.at_site(naming, lately_ms)
            residents = state.usually_known(now_ms - _HOUR_MS)
            if self._arrives(naming, recent, beside, at_site, residents):
                return 0.0
        weight = self.weight
        phones, known = state.usually_known(now_ms - _HOUR_MS)
        if self.excuse_arrivals and not naming.known and phones >= _TOLD:
            weight = max(weight + log((phones - known + 1) / (phones + 2)), 0.4 * weight)
        if self.excuse_arrivals and naming.fresh and not naming.known:
            weight *= self.fresh_share
        if self.excuse_arrivals and one_place(recent):
            weight *= self.one_place_share
        if not self.excuse_habit:
            return weight
        usual = float(state.quiet_hours(naming.area, now_ms - 24 * _HOUR_MS))
        if not others:
            before = state.on_cell(naming.cell, now_ms - 3 * _HOUR_MS)
            lone = {n.area for n in before if n.area != naming.area and n.who != naming.who}
            usual = max(usual, float(len(lone)))
        return max(0.0, weight - log1p(usual))

    def _arrives(
        self,
        naming: Naming,
        recent: list[Naming],
        beside: list[Naming],
        at_site: list[Naming],
        usual: tuple[int, int],
    ) -> bool:
        """Whether the phone was off in that area, or phones are that name it (``recent``) or come
        to that cell (``beside``) from strange areas, this one among them; or hardly any of them
        was in town before."""
        told = usual[0] >= _TOLD
        if naming.fresh and not naming.known and told and usual[1] >= _LIVE_HERE * usual[0]:
            return True
        for namings in (recent, at_site):
            phones, at_home = {n.who for n in namings}, {n.who for n in namings if n.known}
            if told and chance_of_so_few(len(at_home), len(phones), *usual) <= self.arrival_chance:
                return True
        if not any(n.fresh and not n.known for n in recent):
            return False
        for namings in (recent, beside):
            phones = {n.who for n in namings}
            off = {n.who for n in namings if n.fresh and not n.known}
            if len(off) >= max(_SOME, self.attach_share * len(phones)):
                return True
        return False

    def _finding(self, observation: Observation, rx_ms: int, weight: float) -> Finding:
        return self.finding_about(
            observation,
            round(weight, 3),
            rx_ts=rx_ms,
            seen_on=seen_identity(observation.values["seen_on"]),
            values={"procedure": observation.values["procedure"]},
        )


def _naming(observation: Observation) -> Naming:
    claimed, place = observation.claimed, observation.place
    assert claimed is not None
    # Without the RAT, which some phones tell and others don't.
    area = f"{claimed.mcc}-{claimed.mnc}-{claimed.area}"
    lat, lon = (place.lat, place.lon) if place else (float("nan"), float("nan"))
    fresh, known = bool(observation.values["fresh"]), bool(observation.values["known"])
    return Naming(
        observation.rx_ts,
        observation.who,
        area,
        str(observation.values["seen_on"]),
        lat,
        lon,
        fresh,
        known,
    )
