"""All that bears on where an incident is, as columns for `geo`."""

from collections import Counter
from dataclasses import dataclass
from math import nan

import numpy as np

from detectors.context.device_offsets import DeviceOffsets
from detectors.context.team_readings import Reading
from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident, Report
from geo.radio.pathloss import PRIORS, PathlossPrior
from geo.reports.reports import Reports, Silent


@dataclass(frozen=True, slots=True)
class LocationInput:
    """Phones' reports, teams' readings, and phones that received nothing of it."""

    reports: list[Report]
    readings: list[Reading]
    silent: Silent | None
    offsets: DeviceOffsets

    @classmethod
    def of_phones(cls, incident: Incident, context: ZoneContext) -> "LocationInput":
        """Of an incident the reports of phones alone."""
        return cls(strong_reports(incident), [], None, context.offsets)

    @classmethod
    def of(cls, incident: Incident, context: ZoneContext) -> "LocationInput":
        """What is known of an incident."""
        return cls(
            strong_reports(incident),
            context.fieldwork.about(incident),
            context.crowd.silent(incident),
            context.offsets,
        )

    def __len__(self) -> int:
        return len(self.reports) + len(self.readings)

    def since(self, ts: int, until: int) -> "LocationInput":
        """The same of some span of event time (ms)."""
        return LocationInput(
            [report for report in self.reports if ts <= report.ts <= until],
            [reading for reading in self.readings if ts <= reading.ts <= until],
            self.silent,
            self.offsets,
        )

    def prior(self) -> PathlossPrior:
        """That of the commonest technology of the claimed identities; GSM's where none is known."""
        rats = Counter(r.claimed.rat for r in self.reports if r.claimed and r.claimed.rat in PRIORS)
        return PRIORS[rats.most_common(1)[0][0] or "gsm" if rats else "gsm"]

    def columns(self) -> Reports:
        """Reports, less what phones read high, then readings, a row each."""
        codes: dict[str, int] = {}
        rows = [
            (
                report.lat,
                report.lon,
                report.accuracy_m,
                report.level_dbm - self.offsets.of(report.who),
                report.timing_advance,
                report.ta_step_m,
                report.reach_m,
                codes.setdefault(report.who, len(codes)),
                report.ts / 1000,
                nan,
                nan,
                False,
            )
            for report in self.reports
        ]
        rows += [
            (
                reading.lat,
                reading.lon,
                reading.accuracy_m,
                reading.level_dbm,
                reading.timing_advance,
                reading.ta_step_m,
                nan,
                codes.setdefault(f"field:{reading.who}", len(codes)),
                reading.ts / 1000,
                reading.bearing_deg,
                reading.bearing_sigma_deg,
                True,
            )
            for reading in self.readings
        ]
        columns = np.array(rows, dtype=float).T
        return Reports(
            lat=columns[0],
            lon=columns[1],
            accuracy_m=columns[2],
            level_dbm=columns[3],
            timing_advance=columns[4],
            ta_step_m=columns[5],
            place_sigma_m=columns[6],
            device=columns[7].astype(np.int64),
            ts_s=columns[8],
            bearing_deg=columns[9],
            bearing_sigma_deg=columns[10],
            trusted=columns[11] > 0.0,
        )


def strong_reports(incident: Incident) -> list[Report]:
    """Reports about identities of which something strong was found; all where there are none."""
    strong = incident.strong_claims()
    return [r for r in incident.reports if r.claimed in strong] or incident.reports
