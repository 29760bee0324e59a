"""What routes about alerts and readings answer.

What is answered as it stands in the code, or with a field more, has that record as its shape. Other
shapes describe alone: answers are made elsewhere, and tests hold the two together. The text beside
each moment is put in by `document`.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from detectors.alert.record import (
    AlertNumber,
    Considered,
    Evidence,
    Hypothesis,
    Measure,
    Status,
)
from detectors.incident.position import Ahead
from detectors.model.finding import Identity
from detectors.model.rare_messages import RuledOut
from field.alerts.life_cycle import Action, State
from field.formats.coordinates import Coordinates


class Place(msgspec.Struct):
    """WGS84, degrees."""

    lat: float
    lon: float


class Geometry(msgspec.Struct):
    """A geometry of GeoJSON (RFC 7946)."""

    type: str
    coordinates: list[Any]


class AlertSummary(msgspec.Struct, kw_only=True):
    """The newest revision of an alert as lists show it, with what people have made of it;
    ``networks`` are the names of its operators, by `MCC-MNC` and language."""

    alert_id: str
    revision: int
    status: Status
    ts: int
    first_seen: int
    last_seen: int
    kind: str
    identities: list[Identity]
    probability: float
    severity: str
    position: Place | None
    region: Geometry | None
    region_50: Geometry | None
    region_level: float
    radius_m: float | None
    speed_mps: float | None
    bearing_deg: float | None
    devices: int
    reports: int
    headline: str
    headline_zh: str
    campaign: str | None
    ruled_out_before: RuledOut | None
    closed_because: str | None
    verdict: str | None
    state: State
    assignee: str | None
    muted_until: int | None
    case_id: str | None
    received_ms: int
    replay: bool
    networks: dict[str, dict[str, str]]
    number_count: int | UnsetType = UNSET
    newest_numbers: list[AlertNumber] | UnsetType = UNSET


class AlertPage(msgspec.Struct):
    """A page of a list; ``next`` is the ``cursor`` of the following one. ``counts`` are, by facet
    and value, of the open alerts that the filter would let through with that value alone."""

    alerts: list[AlertSummary]
    counts: dict[str, dict[str, int]]
    next: str | None
    as_of: int
    replay: bool
    behind_ms: int
    last_event_id: str


class Pins(msgspec.Struct):
    """Where alerts are: rows of the columns ``fields``, and whether there are more."""

    fields: list[str]
    pins: list[list[Any]]
    more: bool


class Why(Evidence, frozen=True, kw_only=True):
    """What one rule adds, with its sentence."""

    explanation_zh: str


class InnocentExplanation(Considered, frozen=True, kw_only=True):
    """An innocent explanation that holds for a part of the evidence."""

    explanation_zh: str


class WhatMayBe(Hypothesis, frozen=True, kw_only=True):
    """What may be behind an alert, with its probability and why."""

    explanation_zh: str


class Revision(msgspec.Struct):
    """One revision of an alert."""

    revision: int
    ts: int
    status: Status
    probability: float
    severity: str
    kind: str
    position: Place | None
    radius_m: float | None


class ReadingRow(msgspec.Struct, kw_only=True):
    """A reading of a team's instrument."""

    ts: int
    rx_ts: int
    device: str
    rat: str
    mcc: int | None
    mnc: int | None
    area: int | None
    cell: int | None
    arfcn: int | None
    pci: int | None
    lat: float | None
    lon: float | None
    bearing_to_deg: float | None
    bearing_sigma_deg: float | None
    signal_dbm: float | None
    timing_advance: int | None


class NearestCell(msgspec.Struct):
    """The cell of the register that stands nearest."""

    key: str
    lat: float
    lon: float
    kind: str | None
    distance_m: float


class AlertDetail(AlertSummary, kw_only=True):
    """All that is known of an alert: why, where, what was considered, what was done about it."""

    track: list[tuple[int, float, float]] | None
    forecast: Ahead | None
    measure_next: Measure | None
    ta_conflict: bool
    considered: list[InnocentExplanation]
    hypotheses: list[WhatMayBe]
    why: list[Why]
    revisions: list[Revision]
    actions: list[Action]
    allowed: list[str]
    coordinates: Coordinates | None
    links: dict[str, str] | None
    nearest_cell: NearestCell | None
    measurements: list[ReadingRow]
    numbers: list[AlertNumber] | UnsetType = UNSET
    calls: list[str] | UnsetType = UNSET


class Outcome(msgspec.Struct):
    """An action that was done, and the state after it."""

    action_id: str
    state: State


class TrailEntry(Action, frozen=True, kw_only=True):
    """A record of the trail: ``refusal`` says why it doesn't count, ``vouched`` who signed it."""

    place: int
    accepted: bool
    state: str | None
    received_ms: int
    refusal: str | None
    vouched: str | None


class Trail(msgspec.Struct):
    """Records of the trail; ``next`` is the ``before`` of the following page."""

    actions: list[TrailEntry]
    next: int | None


class Readings(msgspec.Struct):
    """The newest first."""

    measurements: list[ReadingRow]


class Accepted(msgspec.Struct):
    """How many readings were written."""

    accepted: int
