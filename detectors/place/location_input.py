"""All that bears on where an incident is, as columns for `geo`."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np

from detectors.context.device_offsets import DeviceOffsets
from detectors.context.team_readings import Reading
from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.incident.report import Report
from detectors.model.finding import Identity
from detectors.place.far_off import but_for_far_off
from detectors.place.instruments import NOBODY, Agreement, agreement
from detectors.place.linked_reports import linked
from geo.radio.pathloss import PRIORS, PathlossPrior
from geo.reports.reports import Reports, Silent

#: The columns of `geo.reports.reports.Reports`, in the order of the rows made here.
_COLUMNS: Final = (
    *("lat", "lon", "accuracy_m", "level_dbm", "timing_advance", "ta_step_m", "place_sigma_m"),
    *("device", "ts_s", "bearing_deg", "bearing_sigma_deg", "trusted"),
)

#: Phones of so long (ms of event time) are witnesses of where an instrument places a transmitter:
#: as long as what stands is located by them.
_CROWD_MS: Final = 1_800_000


@dataclass(frozen=True, slots=True)
class LocationInput:
    """Phones' reports, teams' readings, and phones that received nothing of it."""

    reports: list[Report]
    readings: list[Reading]
    silent: Silent | None
    offsets: DeviceOffsets
    instruments: Agreement = NOBODY

    @classmethod
    def of_phones(
        cls, incident: Incident, context: ZoneContext, foreign: Container[Identity | None] = ()
    ) -> "LocationInput":
        """Of an incident the reports of phones alone, but for those of ``foreign`` identities."""
        return cls(_own(strong_reports(incident), foreign), [], None, context.offsets)

    @classmethod
    def of(
        cls, incident: Incident, context: ZoneContext, foreign: Container[Identity | None] = ()
    ) -> "LocationInput":
        """What is known of an incident, without what was reported of ``foreign`` identities."""
        own = _own(strong_reports(incident), foreign)
        reports = but_for_far_off(linked(incident, own))
        readings = context.fieldwork.about(incident)
        lately = [report for report in reports if report.ts >= incident.last_ts - _CROWD_MS]
        instruments = agreement(readings, lately, _prior_of(reports))
        return cls(
            reports,
            [reading for reading in readings if reading.who not in instruments.at_odds],
            context.crowd.silent(incident),
            context.offsets,
            instruments,
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
            self.instruments,
        )

    @property
    def is_measured(self) -> bool:
        """Whether instruments measure there that another witness agrees with."""
        return any(reading.who in self.instruments.agreeing for reading in self.readings)

    def prior(self) -> PathlossPrior:
        """That of the commonest technology of the claimed identities; GSM's where none is known."""
        return _prior_of(self.reports)

    def columns(self) -> Reports:
        """Reports, less what phones read high, then readings, a row each; those of an instrument
        that nobody else agrees with yet count as a phone's."""
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
                reading.who in self.instruments.agreeing,
            )
            for reading in self.readings
        ]
        named = dict(zip(_COLUMNS, np.array(rows, dtype=float).T, strict=True))
        device, trusted = named.pop("device").astype(np.int64), named.pop("trusted") > 0.0
        return Reports(device=device, trusted=trusted, **named)


def _prior_of(reports: list[Report]) -> PathlossPrior:
    rats = Counter(r.claimed.rat for r in reports if r.claimed and r.claimed.rat in PRIORS)
    return PRIORS[rats.most_common(1)[0][0] or "gsm" if rats else "gsm"]


def strong_reports(incident: Incident) -> list[Report]:
    """Reports about identities of which something strong was found; all where there are none."""
    strong = incident.strong_claims()
    return [r for r in incident.reports if r.claimed in strong] or incident.reports


def _own(reports: list[Report], foreign: Container[Identity | None]) -> list[Report]:
    """Reports but for those of foreign identities; all where no others are left."""
    return [report for report in reports if report.claimed not in foreign] or reports
