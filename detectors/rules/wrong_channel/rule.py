"""A registered cell is received on another channel, or with another code, than it is planned
with."""

from collections.abc import Iterator, Sequence
from heapq import heappop
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import Facts
from detectors.features.memory.novelty import Lately
from detectors.features.memory.waiting import Waiting, let_wait
from detectors.features.plan.misplaced import off_plan
from detectors.features.rows.report_numbers import are_drawn
from detectors.features.rows.sightings import Sightings, about_place, listed_of
from detectors.features.rule import Rule, Screened, source_of
from detectors.features.samples.drawing import opened
from detectors.features.samples.of_samples import Apart, Drawn, TakenSamples
from detectors.features.samples.sample_rows import SampleRows
from detectors.model.codes import GSM, RATS, text_of
from detectors.model.columns import Measurements
from detectors.model.finding import AlertKind, Family, Finding, Observation, Place
from detectors.model.parameters import Cap, Count, Nats, OneIn, Seconds, Switch, Weight
from detectors.register.identity_keys import cell_key, key_in_network
from detectors.rules.wrong_channel.channel_history import Planned, Tuning, site_of
from detectors.rules.wrong_channel.off_plan import half_updated, has_no_plan, in_one_report


class WrongChannel(Rule[Measurements, Lately, Tuning], frozen=True, kw_only=True):
    """A registered identity on another channel or with another code (BSIC, PSC, PCI) than planned.

    What it sees: identities in reports and neighbour lists whose channel or code contradicts the
    register's, where it has them (for GSM the channel of the BCCH). Each waits `wait_s` of arrival
    time for what else is reported of that cell and of others. Received as planned as well since
    then, or with two other codes at once, or both in one and the same report, is the strong case
    (`twice`): one cell has one channel and one code. That it has just begun is `sudden_cell`'s.

    Why a rogue station does it: it borrows a known identity, but takes a free channel, or another
    code, so as not to drown in the honest cell.

    Why an honest network may:

    * `excuse_aggregation` (F24): in LTE and NR phones show a secondary carrier under the serving
      cell's identity: another channel with the same code. In GSM a phone in a call may show the
      traffic channel it hops on: another channel with the same code, of the serving cell only;
    * `excuse_half_update` (F3): a phone that moves writes identity and code one after the other.
      Silent where the code is planned for a cell near by, and the phone's report within the
      `half_update_s` before had just the same cell, or just the same code: once, since the next
      report has both. A code that nobody near by has is never half of an update;
    * `excuse_retune` (F33): channels and codes are planned anew by night: off-plan cells of
      `retune_sites` sites or more of one network and RAT within five minutes. A cell that is
      received as planned at the same time wasn't retuned;
    * `excuse_stale_row` (F4, F5): all phones have received it so for `chronic_s`, none as planned:
      the register is out of date.

    References: docs/science.md, A5, A7, A8, R2, C9, F3, F4, F24, F33; SnoopSnitch A4, CellGuard.

    >>> from detectors.rules.sample_town import TOWN
    >>> clone = TOWN.measurements({"arfcn": 1300, "pci": 8})
    >>> (finding,) = TOWN.findings(WrongChannel(), clone, arfcn=1300, pci=7)
    >>> finding.values["planned_pci"], finding.values["pci"]
    (7, 8)
    """

    name: ClassVar[str] = "wrong_channel"
    version: ClassVar[int] = 4
    family: ClassVar[Family] = "identity"
    alert_kind: ClassVar[AlertKind | None] = "cloned_cell"
    of_listed: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = 900_000

    weight: Weight = 0.8
    twice_weight: Nats = 1.8
    cap: Cap = 3.0
    twice_cap: Nats = 6.0
    wait_s: Seconds = 45.0
    at_once_s: Seconds = 300.0
    retune_sites: Count = 3
    chronic_s: Seconds = 3600.0
    sample_one_in: OneIn = 128
    half_update_s: Seconds = 15.0
    excuse_aggregation: Switch = True
    excuse_half_update: Switch = True
    excuse_retune: Switch = True
    excuse_stale_row: Switch = True

    def new_state(self) -> Lately:
        return Lately(self.horizon_ms)

    def concerns(self, facts: Facts[Measurements]) -> bool:
        return not has_no_plan(facts.register)

    def screen(self, state: Lately, facts: Facts[Measurements]) -> Screened:
        """Observations only: off-plan cells, each once in a quarter of an hour of a device, and a
        sample of planned ones."""
        return opened(self, self.screen_apart(state, facts), facts)

    def screen_apart(self, state: Lately, facts: Facts[Measurements]) -> Apart:
        batch, seen = facts.batch, listed_of(facts)
        other_channel, other_code, on_plan = off_plan(facts)
        off = other_channel | other_code
        if self.excuse_aggregation:
            off &= other_code | (seen.rat == GSM) & seen.neighbour
        if self.excuse_half_update:
            odd = np.flatnonzero(off & ~seen.neighbour)
            if len(odd):
                off[odd] = ~half_updated(facts, seen.take(odd), self.half_update_s * 1000)
        drawn = are_drawn(facts, self.sample_one_in)[seen.row]
        both = in_one_report(seen.row, seen.found, off, on_plan, len(batch))
        planned, observations = on_plan & drawn & ~off, []
        # What a report says of its own cell is in its row, what it says of neighbours isn't.
        own = np.flatnonzero(planned & ~seen.neighbour)
        for at in np.flatnonzero(planned & seen.neighbour | off).tolist():
            if not off[at] or _is_new(state, batch, seen, at):
                observations.append(
                    self._observation(facts, seen, at, bool(off[at]), bool(both[at]))
                )
        rows, site = facts.register.rows, seen.found[own]
        sites = {"site_lat": rows.lat[site], "site_lon": rows.lon[site]}
        return Apart(Screened(observations=observations), Drawn(seen.row[own], sites))

    def sample(self, rows: SampleRows, row: int) -> Observation:
        given = rows.given(row)
        place = Place(given["lat"], given["lon"], given["accuracy_m"])
        if given["by_network"]:
            place = about_place(place)
        return rows.one(
            self.name,
            "on_plan",
            row,
            place=place,
            claimed=rows.identity(row),
            signal_dbm=given["signal_dbm"],
            timing_advance=given["timing_advance"],
            ta_step_m=given["ta_step_m"],
            values={"site": site_of(given["site_lat"], given["site_lon"])},
        )

    def learn_samples(self, state: Tuning, taken: TakenSamples, rows: Sequence[int]) -> None:
        state.observe_planned(map(taken.of_drawn(self, _cells).__getitem__, rows))

    def _observation(
        self, facts: Facts[Measurements], seen: Sightings, entry: int, off: bool, both: bool
    ) -> Observation:
        batch, row, at = facts.batch, int(seen.row[entry]), int(seen.found[entry])
        claimed = seen.identity(entry)
        rows = facts.register.rows
        values: dict[str, str | int | float | None] = {
            "site": site_of(float(rows.lat[at]), float(rows.lon[at])),
        }
        if off:
            values |= {
                "arfcn": claimed.arfcn,
                "pci": claimed.pci,
                "planned_arfcn": _whole(rows.arfcn[at]),
                "planned_pci": _whole(rows.pci[at]),
                "both": int(both),
            }
        return self.observation(
            "off_plan" if off else "on_plan",
            batch,
            row,
            source_of(batch, row, facts.origin),
            **seen.about(entry, batch),
            values=values,
        )

    def observe(self, state: Tuning, observation: Observation) -> None:
        state.observe(
            observation,
            planned=observation.kind == "on_plan" or bool(observation.values.get("both")),
        )
        if observation.kind == "off_plan":
            due = observation.rx_ts + int(self.wait_s * 1000)
            let_wait(state.waiting, observation, due, observation.ts)

    def next_due_ms(self, state: Tuning) -> int | None:
        return state.waiting[0].due if state.waiting else None

    def evaluate(self, state: Tuning, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0].due <= until_ms:
            pending = heappop(state.waiting)
            twice, excused = self._weighed(state, pending.observation)
            if not excused:
                findings.append(self._finding(pending, twice))
        return findings

    def _weighed(self, state: Tuning, observation: Observation) -> tuple[bool, bool]:
        """Whether the cell is received otherwise too, and whether the report says nothing."""
        assert observation.claimed is not None
        cell = state.cells.get(cell_key(observation.claimed))
        found = cell.off_plan_of(observation) if cell else None
        if cell is None or found is None:
            return bool(observation.values.get("both")), False
        since_ms = observation.ts - int(self.at_once_s * 1000)
        if observation.values.get("both") or cell.twice(found, since_ms):
            return True, False
        lasting = observation.ts - found.first_ms >= self.chronic_s * 1000 and cell.only(found)
        if self.excuse_stale_row and lasting:
            return False, True
        retuned = self.excuse_retune and state.has_off_plan_sites(
            cell.network, self.retune_sites, since_ms
        )
        return False, retuned

    def _finding(self, pending: Waiting, twice: bool) -> Finding:
        observation = pending.observation
        weight, cap = (self.twice_weight, self.twice_cap) if twice else (self.weight, self.cap)
        return self.finding_about(
            observation,
            weight,
            rx_ts=pending.due,
            cap=cap,
            values={**observation.values, "twice": int(twice)},
        )


def _is_new(reported: Lately, batch: Measurements, seen: Sightings, at: int) -> bool:
    row, code = int(seen.row[at]), f"{seen.arfcn[at]}|{seen.pci[at]}"
    return reported.is_new(f"{batch.device[row]}|{seen.found[at]}|{code}", int(batch.rx_ms[row]))


def _cells(numbers: NDArray[Any]) -> Iterator[Planned]:
    """What each report, of such numbers as `SampleRows`, shows of its cell."""
    names = ("rat", "mcc", "mnc", "area", "cell", "site_lat", "site_lon", "ts")
    columns = (numbers[name].tolist() for name in names)
    for code, mcc, mnc, area, cell, lat, lon, ts_ms in zip(*columns, strict=True):
        network = f"{text_of(code, RATS)}-{mcc}-{mnc}"
        yield key_in_network(network, area, cell), network, lat, lon, ts_ms


def _whole(value: float) -> int | None:
    return None if value != value else int(value)
