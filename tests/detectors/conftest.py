"""Builders for the tests of detection: the town of the samples, findings, alerts, correlators."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.alert.record import Alert
from detectors.correlate.correlator import Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.features.facts import Origin
from detectors.features.rule import AnyRule, Screened
from detectors.features.samples.of_samples import singly
from detectors.incident.incident import Incident
from detectors.model.codes import LTE
from detectors.model.columns import Batch
from detectors.model.finding import Finding, Identity, Observation, Place, Source, place_among_sent
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.rules.sample_town import T0, Town
from detectors.screen.screening import Screening
from detectors.sites.site_census import SiteCensus

SOURCE = ("cell.measurements", 0)
#: Masts around the town's own, in metres from it.
_STEPS_M = [1500.0 * step for step in range(-4, 5)]
_MASTS = [(east_m, north_m) for east_m in _STEPS_M for north_m in _STEPS_M if east_m or north_m]


class Make(Town):
    """Builders beyond the town's own; times are in seconds after ``t0_ms``."""

    source = SOURCE

    def screen(
        self, rule: AnyRule, batches: Batch | Sequence[Batch], register: Register | None = None
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
            for observation in sorted(singly(step.sent(), [rule]), key=place_among_sent)
            if observation.detector == rule.name
        ]
        return Screened([finding for step in steps for finding in step.findings], ours)

    def found(
        self,
        rule: AnyRule,
        batches: Batch | Sequence[Batch],
        register: Register | None = None,
        until_s: float = 86_400.0,
    ) -> list[Finding]:
        """Findings of both halves of a rule, as known so many seconds after the beginning."""
        screened = self.screen(rule, batches, register)
        correlator = Correlator((rule,), IncidentSettings(), frozenset({SOURCE}))
        every = [batches] if isinstance(batches, Batch) else batches
        reports = self.reports(rule, every, register or self.register())
        for observation in [*screened.observations, *reports]:
            correlator.take(observation)
        self.mark(correlator, until_s)
        return screened.findings + [finding for _, finding in correlator.advance().findings]

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

    def town_register(self) -> Register:
        """The town's four cells, and an LTE cell on each of 80 masts around, 1.5 km apart."""
        cells = []
        for number, (east_m, north_m) in enumerate(_MASTS):
            lat, lon = self.at(east_m, north_m)
            cells.append({"rat": LTE, "area": 4100, "cell": 9000 + number, "lat": lat, "lon": lon})
        return self.register(*cells)

    def site_reports(
        self, *groups: tuple[int, float, int], seed: int = 1, partition: int = 0
    ) -> list[Observation]:
        """Placed reports by site: in groups so many phones about a place so far east of the town's
        site, by RAT code, and 900 everywhere, each served by the nearest of the masts around."""
        rng = np.random.default_rng(seed)
        rows: list[dict[str, Any]] = []
        for count, east_m, rat in groups:
            for _ in range(count):
                lat, lon = self.at(east_m + rng.normal(0, 400.0), rng.normal(0, 400.0))
                rows.append({"lat": lat, "lon": lon, "rat": rat, "at_s": 2.0 * len(rows)})
        masts = np.array(_MASTS)
        for number, place in enumerate(rng.uniform(-6750.0, 6750.0, (900, 2))):
            lat, lon = self.at(*place.tolist())
            cell = 9000 + int(np.argmin(np.hypot(*(masts - place).T)))
            row = {"lat": lat, "lon": lon, "area": 4100, "cell": cell, "device": f"around-{number}"}
            rows.append({**row, "at_s": 1.0})
        census = SiteCensus()
        census.take(self.facts(self.measurements(*rows), self.town_register()))
        return census.due(1 << 60, Origin("cell.measurements", partition))

    def incident(self, findings: Iterable[Finding]) -> Incident:
        """An incident of some findings, in the order in which they count."""
        ordered = sorted(findings, key=lambda finding: finding.rx_ts)
        first = ordered[0]
        one = Incident("zone", "zone", first.rx_ts, first.rx_ts, first.ts, first.ts)
        for finding in ordered:
            one.add(finding, finding.rx_ts)
        return one

    def correlator(self, rules: tuple[AnyRule, ...] = (), **over: Any) -> Correlator:
        """A correlator of all zones, where it is known what is usual, that waits for one input
        partition."""
        settings = IncidentSettings(**{"cold_nats": 0.0, **over})
        return Correlator(rules, settings, frozenset({SOURCE}))

    def mark(self, correlator: Correlator, until_s: float, end: bool = False) -> None:
        """Marks both streams of the one input partition."""
        for stream in ("findings", "observations"):
            correlator.promise(stream, *SOURCE, T0 + round(until_s * 1000), end)

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
