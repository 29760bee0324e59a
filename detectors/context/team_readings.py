"""What the teams' own instruments measure: levels, distances and bearings that narrow a place down.

Readings of `field.measurements` come from people and sensors that are enrolled. Once another
witness agrees with them (`detectors.place.instruments`) they aren't bound by what one phone may
weigh. They open no alert: where a transmitter is suspected, they say where it is. A reading may
name no more than a channel; it goes with the incidents that it doesn't contradict. What an honest
cell explains (a registered one, received about where it should be, without a bearing) is left out,
since fixed sensors list all that they receive.
"""

from typing import Any, Final

import msgspec
import numpy as np

from detectors.features.facts import Origin
from detectors.features.rule import identity_of, iterate, optional, place_of
from detectors.incident.incident import Incident
from detectors.model.codes import NETWORK_POSITION, RATS, text_of
from detectors.model.columns import Bool, FieldMeasurements
from detectors.model.finding import Identity, Observation
from detectors.register.register import Register
from geo.earth.sphere import distance_m, great_circle_m
from geo.radio.timing_advance import step_m

NAME: Final = "field_measurements"

#: An honest cell explains what is received within thrice its range, or within this (m).
_HONEST_RANGES, _HONEST_M = 3.0, 5_000.0
#: How far from an incident a reading that names its identity or its channel may lie (m), ..
_NAMED_M: Final = 12_000.0
#: .. and one that shares nothing with it but the technology.
_UNNAMED_M: Final = 3_000.0
#: Readings that a zone remembers, and for how long (ms of event time).
_MOST: Final = 1_000
_KEPT_MS: Final = 1_800_000
_NAN: Final = float("nan")


class Reading(msgspec.Struct, array_like=True):
    """One reading with its place; NaN for what isn't known, units as in `geo`.

    ``who`` is the instrument, ``claimed`` the identity that it reports, as far as known.
    """

    ts: int
    who: str
    claimed: Identity
    lat: float
    lon: float
    accuracy_m: float
    level_dbm: float
    timing_advance: float
    ta_step_m: float
    bearing_deg: float
    bearing_sigma_deg: float


def observations(batch: FieldMeasurements, register: Register, origin: Origin) -> list[Observation]:
    """One observation for each row that bears on where a transmitter is."""
    placed = np.isfinite(batch.lat) & (batch.position_source != NETWORK_POSITION)
    has_bearing = np.isfinite(batch.bearing_to_deg)
    placed &= has_bearing | np.isfinite(batch.signal_dbm) | np.isfinite(batch.timing_advance)
    placed &= has_bearing | ~_is_honest(batch, register)
    return [
        Observation(
            detector=NAME,
            kind="reading",
            ts=int(batch.ts_ms[row]),
            rx_ts=int(batch.rx_ms[row]),
            space="device",
            who=str(batch.device[row]),
            claimed=identity_of(batch, row),
            place=place_of(batch, row),
            signal_dbm=optional(batch.signal_dbm[row]),
            values={
                "timing_advance": optional(batch.timing_advance[row]),
                "ta_step_m": step_m(
                    text_of(int(batch.rat[row]), RATS) or "", float(batch.ta_step_m[row])
                ),
                "bearing_deg": optional(batch.bearing_to_deg[row]),
                "bearing_sigma_deg": optional(batch.bearing_sigma_deg[row]),
            },
            source=source,
        )
        for row, source in iterate(batch, np.flatnonzero(placed), origin)
    ]


class Fieldwork(msgspec.Struct):
    """The newest readings of a zone, in order of arrival."""

    readings: list[Reading] = []

    def observe(self, observation: Observation) -> Reading | None:
        """Takes an observation in; ``None`` for one without a place, which no writer of ours
        sends."""
        if observation.place is None:
            return None
        values = observation.values
        reading = Reading(
            observation.ts,
            observation.who,
            observation.claimed or Identity(),
            observation.place.lat,
            observation.place.lon,
            _number(observation.place.accuracy_m),
            _number(observation.signal_dbm),
            *(_number(values.get(name)) for name in ("timing_advance", "ta_step_m")),
            *(_number(values.get(name)) for name in ("bearing_deg", "bearing_sigma_deg")),
        )
        self.readings.append(reading)
        del self.readings[:-_MOST]
        return reading

    def about(self, incident: Incident) -> list[Reading]:
        """The readings that go with an incident, up to its newest evidence."""
        if not self.readings:
            return []
        claims = incident.identities()
        since = incident.last_ts - _KEPT_MS
        return [
            reading
            for reading in self.readings
            if since <= reading.ts <= incident.last_ts and _fit(reading, incident, claims)
        ]


def reported_by(reading: Reading, suspected: list[Incident]) -> Incident | None:
    """The incident that a reading goes with best: the one it shares most with, an alert before a
    candidate, the nearest; ``None`` where it contradicts all, or lies too far from them."""
    best: tuple[int, bool, float] | None = None
    chosen = None
    for incident in suspected:
        shared = _fit(reading, incident, incident.identities())
        if not shared or incident.middle is None:
            continue
        apart_m = great_circle_m(*incident.middle, reading.lat, reading.lon)
        rank = (-shared, incident.alert_id is None, apart_m)
        if best is None or rank < best:
            best, chosen = rank, incident
    return chosen


def _fit(reading: Reading, incident: Incident, claims: list[Identity]) -> int:
    """How much a reading shares with an incident: 0 where it can't be of the same transmitter, 1
    where only the technology agrees, more for each part of the identity."""
    if incident.middle is None:
        return 0
    shared = max((_shared(reading.claimed, claimed) for claimed in claims), default=1)
    reach_m = _NAMED_M if shared > 1 else _UNNAMED_M
    near = great_circle_m(*incident.middle, reading.lat, reading.lon) <= reach_m
    return shared if near else 0


def _shared(received: Identity, claimed: Identity) -> int:
    """1 and one more for each of area, cell, channel and code that both know; 0 where they differ.

    An incident may have been reported with a channel and code which another carrier of the same
    transmitter doesn't have, so these two contradict nothing where the area agrees.
    """
    pairs = zip(msgspec.structs.astuple(received), msgspec.structs.astuple(claimed), strict=True)
    rat, mcc, mnc, area, cell, arfcn, pci = (
        None if mine is None or theirs is None else mine == theirs for mine, theirs in pairs
    )
    if False in (rat, mcc, mnc, area, cell) or (area is None and False in (arfcn, pci)):
        return 0
    return 1 + sum(agrees is True for agrees in (area, cell, arfcn, pci))


def _is_honest(batch: FieldMeasurements, register: Register) -> Bool:
    """Rows about a registered cell that is received about where it should be."""
    mcc, mnc, area, cell = (
        np.nan_to_num(column, nan=-1.0).astype(np.int64)
        for column in (batch.mcc, batch.mnc, batch.area, batch.cell)
    )
    found = register.find(batch.rat, mcc, mnc, area, cell, batch.ts_ms)
    found[(mcc < 0) | (mnc < 0) | (area < 0) | (cell < 0)] = -1
    rows: Any = register.rows
    if not len(rows):
        return np.zeros(len(batch), dtype=np.bool_)
    at = np.maximum(found, 0)
    apart_m = distance_m(batch.lat, batch.lon, rows.lat[at], rows.lon[at])
    reach_m = np.maximum(_HONEST_RANGES * np.nan_to_num(rows.range_m[at]), _HONEST_M)
    return np.asarray((found >= 0) & (apart_m <= reach_m))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else _NAN
