"""What routes about alerts and readings answer.

Shapes describe alone: answers are made elsewhere, and tests hold the two together. The text beside
each moment is put in by `document`.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from detectors.alert.record import AlertNumber, Status
from detectors.model.finding import Identity
from detectors.model.rare_messages import RuledOut
from field.alerts.life_cycle import Role, State


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


class Why(msgspec.Struct, kw_only=True):
    """What one rule adds, with its sentence."""

    detector: str
    version: int
    weight: float
    count: int
    first_ts: int
    last_ts: int
    devices: int
    explanation: str
    explanation_zh: str
    claimed: dict[str, Any] | None
    values: dict[str, Any]


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


class Done(msgspec.Struct, kw_only=True):
    """What somebody did, as it stands on ``fbs.actions``."""

    action_id: str
    ts: int
    action: str
    by: str
    role: Role
    alert_id: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    lat: float | UnsetType | None = UNSET
    lon: float | UnsetType | None = UNSET
    details: dict[str, Any] | UnsetType = UNSET
    seal: dict[str, Any] | UnsetType | None = UNSET


class AlertDetail(AlertSummary, kw_only=True):
    """All that is known of an alert: why, where, what was considered, what was done about it."""

    track: list[list[float]] | None
    forecast: dict[str, Any] | None
    measure_next: Any
    ta_conflict: bool
    considered: list[dict[str, Any]]
    hypotheses: list[dict[str, Any]]
    why: list[Why]
    revisions: list[Revision]
    actions: list[Done]
    allowed: list[str]
    coordinates: dict[str, str | None] | None
    links: dict[str, str] | None
    nearest_cell: NearestCell | None
    measurements: list[ReadingRow]
    numbers: list[AlertNumber] | UnsetType = UNSET
    calls: list[str] | UnsetType = UNSET


class Outcome(msgspec.Struct):
    """An action that was done, and the state after it."""

    action_id: str
    state: State


class TrailEntry(Done, kw_only=True):
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
