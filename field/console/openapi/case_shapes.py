"""What routes of casework answer."""

import msgspec

from detectors.alert.record import Status
from detectors.model.finding import Identity
from field.alerts.life_cycle import State
from field.console.casework.precision import RulePrecision
from field.console.casework.searching import Found
from field.console.casework.two_people import Ask
from field.console.openapi.alert_shapes import Place


class CaseOverview(msgspec.Struct, kw_only=True):
    """A case with its sizes."""

    case_id: str
    alerts: int
    alert_ids: list[str]
    first_seen: int
    last_seen: int
    last_ts: int
    kinds: list[str]
    states: list[str]


class CaseList(msgspec.Struct):
    """Cases, the one seen last first."""

    cases: list[CaseOverview]


class CaseAlert(msgspec.Struct, kw_only=True):
    """What a case shows of an alert."""

    alert_id: str
    kind: str
    status: Status
    severity: str
    probability: float
    first_seen: int
    last_seen: int
    identities: list[Identity]
    position: Place | None
    headline: str
    state: State
    case_id: str | None


class CaseLink(msgspec.Struct):
    """A link of an alert to a case, or its undoing."""

    alert_id: str
    action: str
    ts: int
    by: str
    note: str
    case_id: str | None


class Pair(msgspec.Struct):
    """How alike two alerts are, and why."""

    one: str
    other: str
    score: float
    reasons: list[str]
    reasons_zh: list[str]


class Case(msgspec.Struct):
    """A case with its alerts, its links, and how alike its alerts are."""

    case_id: str
    alerts: list[CaseAlert]
    links: list[CaseLink]
    likeness: list[Pair]


class LinkDone(msgspec.Struct):
    """A record on the trail about an alert."""

    action_id: str
    alert_id: str


class Linked(msgspec.Struct):
    """What was linked, or undone."""

    case_id: str | None
    actions: list[LinkDone]


class SimilarAlert(CaseAlert, kw_only=True):
    """An alert that may be of the same transmitter or gang, with reasons."""

    score: float
    reasons: list[str]
    reasons_zh: list[str]


class Similar(msgspec.Struct):
    """The likeliest first; ``compared`` is with how many."""

    alert_id: str
    similar: list[SimilarAlert]
    compared: int


class Precision(msgspec.Struct):
    """What people's verdicts say of each rule."""

    rules: list[RulePrecision]
    least_verdicts: int
    alerts: int


class CompanionAsks(msgspec.Struct):
    """The asks of the last days, the newest first."""

    asks: list[Ask]


class CompanionSearch(Found, frozen=True, kw_only=True):
    """Phones that travelled along, as pseudonyms; ``complete`` is false where there was more to
    read than one search may."""

    alert_id: str
    action_id: str
    order_number: str
    revision: int
    first_seen: int
    last_seen: int
