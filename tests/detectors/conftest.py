"""Builders for the tests of detection: a small town, its register, and messages, findings, alerts.

The town has four registered cells, one a RAT, on one site. Everything has a default, so that a test
names only what it is about.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from detectors.alert.alert import Alert
from detectors.correlate.correlator import Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.model.codes import GSM, LTE, NR, UMTS
from detectors.model.columns import (
    Batch,
    FieldMeasurements,
    Measurements,
    RegisterRows,
    Signalling,
    Sms,
)
from detectors.model.finding import Finding, Identity, Observation, Place, Source
from detectors.model.rule import Origin, Rule, Screened
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.screen.screening import Screening
from geo.earth.sphere import offset

T0 = 1_700_000_000_000
LAT, LON = 39.90, 116.40
CELLS = {GSM: (4200, 11), UMTS: (4300, 21), LTE: (4100, 1001), NR: (5000, 31)}
SOURCE = ("cell.measurements", 0)


class Make:
    """Builders; times are in seconds after ``t0_ms``, places in metres from the site."""

    t0_ms = T0
    cells = CELLS
    source = SOURCE

    def at(self, east_m: float = 0.0, north_m: float = 0.0) -> tuple[float, float]:
        """Latitude and longitude so far east and north of the site."""
        lat, lon = offset(LAT, LON, east_m, north_m)
        return round(float(lat), 6), round(float(lon), 6)

    def register(self, *more: dict[str, Any], **every: Any) -> Register:
        """The town's four cells with ``every`` changed in each, then ``more`` rows."""
        rows = [
            {"rat": rat, "area": area, "cell": cell, **every} for rat, (area, cell) in CELLS.items()
        ]
        return self.register_of(*rows, *more)

    def register_of(self, *rows: dict[str, Any]) -> Register:
        """A register of these rows only; masts of known place at the site unless told."""
        fixed = {"ts_ms": T0, "mcc": 460, "mnc": 0, "lat": LAT, "lon": LON}
        fixed |= {"range_m": 1000.0, "samples": 50.0, "changeable": 0.0}
        return Register.from_rows(_of(RegisterRows, [{**fixed, **row} for row in rows]))

    def measurements(self, *rows: dict[str, Any], **every: Any) -> Measurements:
        """Phones on the town's LTE cell, 100 m from it, one a row, a second apart."""
        lat, lon = self.at(100.0)
        fixed = {"rat": LTE, "lat": lat, "lon": lon, "accuracy_m": 10.0, "position_source": 1}
        fixed |= {"signal_dbm": -85.0, "mcc": 460, "mnc": 0}
        return _of(Measurements, _timed(rows or ({},), {**fixed, **every}, "device"))

    def signalling(self, *rows: dict[str, Any], **every: Any) -> Signalling:
        """Tracking area updates that the core saw on the town's LTE cell; no place is told."""
        fixed = {"rat": LTE, "source": 1, "procedure": 4, "outcome": 1, "mcc": 460, "mnc": 0}
        return _of(Signalling, _timed(rows or ({},), {**fixed, **every}, "subscriber"))

    def sms(self, *rows: dict[str, Any], **every: Any) -> Sms:
        """Messages that phones received on the town's LTE cell, 100 m from it."""
        lat, lon = self.at(100.0)
        fixed = {"source": 1, "sender": "95588", "content_hash": "00000000000000ff", "rat": LTE}
        fixed |= {"mcc": 460, "mnc": 0, "lat": lat, "lon": lon, "accuracy_m": 10.0}
        fixed |= {"subscription_mcc": 460, "subscription_mnc": 0}
        return _of(Sms, _timed(rows or ({},), {**fixed, **every}, "device"))

    def field(self, *rows: dict[str, Any], **every: Any) -> FieldMeasurements:
        """Readings of teams that hear the made-up GSM cell, 500 m east of the site."""
        lat, lon = self.at(500.0)
        fixed = {"rat": GSM, "lat": lat, "lon": lon, "accuracy_m": 8.0, "position_source": 1}
        fixed |= {"signal_dbm": -70.0, "mcc": 460, "mnc": 0, "area": 61001, "cell": 7}
        return _of(FieldMeasurements, _timed(rows or ({},), {**fixed, **every}, "device"))

    def screen(
        self, rule: Rule, batches: Batch | Sequence[Batch], register: Register | None = None
    ) -> Screened:
        """What a rule's first half lets through of some batches of one partition."""
        screening = Screening((rule,), Origin(*SOURCE))
        register = register or self.register()
        steps = [
            screening.step(batch, register)
            for batch in ([batches] if isinstance(batches, Batch) else batches)
        ]
        ours = [
            observation
            for step in steps
            for observation in step.observations
            if observation.detector == rule.name
        ]
        return Screened([finding for step in steps for finding in step.findings], ours)

    def found(
        self,
        rule: Rule,
        batches: Batch | Sequence[Batch],
        register: Register | None = None,
        until_s: float = 86_400.0,
    ) -> list[Finding]:
        """Findings of both halves of a rule, as known so many seconds after the beginning."""
        screened = self.screen(rule, batches, register)
        correlator = Correlator((rule,), IncidentSettings(), frozenset({SOURCE}))
        for observation in screened.observations:
            correlator.take(observation)
        self.mark(correlator, until_s)
        return screened.findings + correlator.advance().findings

    def claimed(self, **over: Any) -> Identity:
        """The identity of a made-up GSM cell, with some fields changed."""
        return msgspec.structs.replace(Identity("gsm", 460, 0, 61001, 7), **over)

    def finding(
        self, number: int = 0, at_s: float = 0.0, late_s: float = 0.0, **over: Any
    ) -> Finding:
        """A finding of device ``number``, the record of that offset; at the site unless told."""
        detector = over.get("detector", "unknown_cell")
        fixed: dict[str, Any] = {
            "detector": detector,
            "version": 1,
            "family": FAMILIES[detector],
            "ts": T0 + round(at_s * 1000),
            "rx_ts": T0 + round((at_s + late_s) * 1000),
            "weight": 2.0,
            "cap": 9.0,
            "space": "subscriber" if detector == "unknown_old_area" else "device",
            "who": f"d{number}",
            "claimed": self.claimed(),
            "place": self.place(),
            "source": Source(*SOURCE, number, -1),
        }
        return Finding(**{**fixed, **over})

    def place(self, east_m: float = 0.0, north_m: float = 0.0, **over: Any) -> Place:
        """A phone's own place, 20 m accurate unless told."""
        return Place(*self.at(east_m, north_m), **{"accuracy_m": 20.0, **over})

    def observation(self, number: int = 0, at_s: float = 0.0, **over: Any) -> Observation:
        """The core's word that it served subscriber ``number`` on the made-up cell."""
        fixed: dict[str, Any] = {
            "detector": "core_service",
            "kind": "served",
            "ts": T0 + round(at_s * 1000),
            "rx_ts": T0 + round(at_s * 1000),
            "space": "subscriber",
            "who": f"s{number}",
            "claimed": self.claimed(),
            "values": {"new_area": 1},
            "source": Source(*SOURCE, number, -1),
        }
        return Observation(**{**fixed, **over})

    def correlator(self, rules: tuple[Rule, ...] = (), **over: Any) -> Correlator:
        """A correlator of all zones that waits for one input partition."""
        return Correlator(rules, IncidentSettings(**over), frozenset({SOURCE}))

    def mark(self, correlator: Correlator, until_s: float, end: bool = False) -> None:
        """Marks both streams of the one input partition."""
        for stream in ("findings", "observations"):
            correlator.mark(stream, *SOURCE, T0 + round(until_s * 1000), end)

    def decided(
        self, records: Iterable[Finding | Observation], until_s: float = 0.0, **over: Any
    ) -> Decided:
        """All that a correlator of its own says to some records, closings included unless
        ``until_s``.

        The records become those of the one input partition, in their order.
        """
        correlator = self.correlator(**over)
        for number, record in enumerate(records):
            source = Source(*SOURCE, number, -1)
            correlator.take(msgspec.structs.replace(record, source=source))
        self.mark(correlator, until_s or 1e7)
        return correlator.advance()

    def alerts(self, records: Iterable[Finding | Observation], until_s: float = 0.0) -> list[Alert]:
        """As `decided`, the alerts."""
        return self.decided(records, until_s).alerts

    def chance(self, records: Iterable[Finding | Observation]) -> float:
        """The highest probability that any alert told; 0 where none was."""
        return max((alert.probability for alert in self.alerts(records)), default=0.0)


FAMILIES = {rule.name: rule.family for rule in RULES}


@pytest.fixture(scope="session")
def make() -> Make:
    """The builders."""
    return Make()


def _timed(rows: Sequence[dict[str, Any]], every: dict[str, Any], who: str) -> list[dict[str, Any]]:
    """Rows with their times, names and identities; ``at_s`` and ``rx_s`` are seconds after T0."""
    timed = []
    for number, given in enumerate(rows):
        row = {who: f"d{number}", "at_s": float(number), **every, **given}
        at_s = row.pop("at_s")
        row["ts_ms"] = T0 + round(at_s * 1000)
        row["rx_ms"] = T0 + round(row.pop("rx_s", at_s) * 1000)
        area, cell = CELLS[row["rat"] or LTE]
        timed.append({"area": area, "cell": cell, **row})
    return timed


def _of(kind: type[Any], rows: Sequence[dict[str, Any]]) -> Any:
    names = {"ts_ms"} | {name for row in rows for name in row}
    columns = {name: [row.get(name) for row in rows] for name in names}
    neighbours = columns.pop("neighbours", [None] * len(rows))
    entries = [{"row": n, **each} for n, heard in enumerate(neighbours) for each in heard or ()]
    if entries:
        columns["neighbours"] = entries
    return kind.of(**columns)
