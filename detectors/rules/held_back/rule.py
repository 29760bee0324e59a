"""What phones measured of a strange cell arrives late: they could send nothing while on it."""

from operator import itemgetter
from typing import Any, ClassVar

import numpy as np

from detectors.features.memory.novelty import are_timely
from detectors.features.memory.upload_habits import UploadHabits
from detectors.features.plan.misplaced import misplaced
from detectors.features.plan.unlisted_cells import are_half_real, are_shared, strangers
from detectors.features.rows.sightings import Sightings, sightings_of
from detectors.features.rule import Origin, Rule, Screened, iterate, optional, place_of, source_of
from detectors.model.codes import RATS, text_of
from detectors.model.columns import Bool, Measurements
from detectors.model.finding import STRONG_WEIGHT, Family, Finding, Observation
from detectors.model.hashing import is_place_sampled
from detectors.model.parameters import Cap, Count, Metres, OneIn, Share, Switch, Times
from detectors.register.identity_keys import cell_key
from detectors.register.register import Register
from detectors.rules.held_back.lateness import HeldBackCells, Late, Passed, of_places, weight_of


class Uploads:
    """Screening state: how late each phone's uploads were, and which reports were passed on."""

    def __init__(self, horizon_ms: int) -> None:
        self.habits = UploadHabits(horizon_ms)
        self.passed = Passed()


class HeldBack(Rule[Measurements, Uploads, HeldBackCells], frozen=True, kw_only=True):
    """Phones send what they measured on a strange cell later than they mostly do.

    What it sees: how long after its measurement a report arrives, of phones served by a cell that
    the register doesn't have, has `far_ranges` ranges away (`far_m` at least), or has with another
    code. That is compared with a sample of all reports of the zone (one in `sample_one_in`) by
    phones of the same habit (`detectors.features.memory.upload_habits`), in the same technology and
    of as good a level if there are enough. From `least_devices` phones at as many places on it sums
    up what each says: late for a transmitter, prompt against it.

    Why a rogue station does it: it has no network behind it. A phone that it holds can send nothing
    until it is back on a cell of its operator, and then all at once.

    Why an honest network may: apps that collect, which is a habit of the phone; a cell in a hole of
    coverage, whose phones lose it before they can send; phones whose clock is slow. Such cells are
    the `honest_share`. What is so late, or so early, that only a clock explains it is left out
    (F3). `excuse_mixed` (F3, F20) leaves out identities of a registered area and a registered cell
    number that don't belong together: modems mix the cell they left with the one they are on.

    References: docs/science.md, A3, F3, F20.

    Each phone weighs half of what all come to, at most `cap` and the logarithm of one over the
    share (`detectors.features.memory.lateness`).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.held_back.samples import fires, register
    >>> found = TOWN.findings(HeldBack(), *fires(TOWN), register=register(TOWN))
    >>> [(finding.who, finding.values["late_s"]) for finding in found][-1]
    ('d4', 90)
    """

    name: ClassVar[str] = "held_back"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "protocol"
    own_cause: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 2_700_000

    cap: Cap = 7.5
    honest_share: Share = 0.0005
    least_devices: Count = 3
    far_ranges: Times = 1.5
    far_m: Metres = 1500.0
    sample_one_in: OneIn = 64
    excuse_mixed: Switch = True

    def new_state(self) -> Uploads:
        return Uploads(self.horizon_ms)

    def screen(
        self, state: Uploads, batch: Measurements, register: Register, origin: Origin
    ) -> Screened:
        """Observations only: of phones on strange cells the first report in five minutes and those
        half as late, and a sample of all."""
        timely, who = are_timely(batch), batch.device
        late_ms = batch.rx_ms - batch.ts_ms
        of_sample = timely & is_place_sampled(self.sample_one_in, batch.ts_ms, batch.lat, batch.lon)
        drawn = [
            row
            for row in np.flatnonzero(of_sample).tolist()
            if state.passed.is_drawn(who[row], int(batch.rx_ms[row]))
        ]
        strange, usual = self._on_strange_cells(batch, register, timely)
        odd = [
            (row, about)
            for row, about in strange
            if state.passed.is_news(
                f"{who[row]}|{cell_key(about['claimed'])}",
                int(batch.rx_ms[row]),
                int(late_ms[row]),
            )
        ]
        asked = np.union1d(drawn, [row for row, _ in odd]).astype(np.int64)
        of_rows = state.habits.step(who, batch.rx_ms, late_ms, usual, asked)
        habits = dict(zip(asked.tolist(), of_rows, strict=True))
        found = [
            self.observation(
                "ground",
                batch,
                row,
                source,
                place=place_of(batch, row),
                signal_dbm=optional(batch.signal_dbm[row]),
                values={"rat": text_of(int(batch.rat[row]), RATS), "habit": habits[row]},
            )
            for row, source in iterate(batch, np.array(drawn, dtype=np.int64), origin)
        ]
        for row, about in odd:
            fields = {**about, "values": {**about.get("values", {}), "habit": habits[row]}}
            found.append(
                self.observation("odd", batch, row, source_of(batch, row, origin), **fields)
            )
        return Screened(observations=found)

    def _on_strange_cells(
        self, batch: Measurements, register: Register, timely: Bool
    ) -> tuple[list[tuple[int, dict[str, Any]]], Bool]:
        """Timely reports of strange cells by phones that they serve, in order: rows, and fields of
        the observations about them; and which rows are of no strange cell. What is measured while
        held is late without being a habit."""
        found, usual = [], np.ones(len(batch), dtype=np.bool_)
        for seen in self._strange(batch, register):
            serving = ~seen.neighbour & batch.serving[seen.row]
            usual[seen.row[serving]] = False
            found += [
                (int(seen.row[at]), seen.about(at, batch))
                for at in np.flatnonzero(serving & timely[seen.row]).tolist()
            ]
        return sorted(found, key=itemgetter(0)), usual

    def _strange(self, batch: Any, register: Register) -> list[Sightings]:
        """Sightings with a place of cells that nobody lists, and of listed ones out of place."""
        some = strangers(batch, sightings_of(batch, register), register)
        some = some.keep(~np.isnan(some.lat))
        if len(some):
            some = some.keep(~are_shared(some, register))
        if self.excuse_mixed and len(some):
            some = some.keep(~are_half_real(some, register))
        return [some.seen, misplaced(batch, register, self.far_ranges, self.far_m)[0]]

    def observe(self, state: HeldBackCells, observation: Observation) -> None:
        claimed = observation.claimed
        if claimed is None:
            state.learn(observation)
        else:
            state.take_in(f"{cell_key(claimed)}|{claimed.arfcn}|{claimed.pci}", observation)

    def lateness_nats(self, state: HeldBackCells, observation: Observation) -> float | None:
        return None if observation.claimed is None else state.nats(observation)

    def next_due_ms(self, state: HeldBackCells) -> int | None:
        return min(state.due_ms.values(), default=None)

    def evaluate(self, state: HeldBackCells, until_ms: int) -> list[Finding]:
        return [
            finding
            for due_ms, known in state.taken(until_ms)
            for finding in self._judged(known, due_ms)
        ]

    def _judged(self, known: list[Late], due_ms: int) -> list[Finding]:
        """Findings of the late reports of one cell that there are none of yet."""
        nats = of_places(known)
        if len(nats) < self.least_devices:
            return []
        most = min(weight_of(nats, self.honest_share), self.cap)
        if most / 2 < STRONG_WEIGHT:
            return []
        found = []
        for late in known:
            if late.nats > 0.0 and not late.found:
                late.found = True
                late_s = (late.report.rx_ts - late.report.ts) // 1000
                about = {"rx_ts": due_ms, "cap": round(most, 3), "values": {"late_s": late_s}}
                found.append(self.finding_about(late.report, round(most / 2, 3), **about))
        return found
