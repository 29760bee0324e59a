"""What routes about calls, numbers and people answer."""

import msgspec
from msgspec import UNSET, UnsetType, field

from detectors.acting.cases import NumberCase, Sum
from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.alert.record import Status
from field.alerts.life_cycle import Action, State
from field.console.calls.campaigns import Link, Tie
from field.console.openapi.alert_shapes import AlertSummary
from streams.numbers.shown import Shown


class Campaign(msgspec.Struct, kw_only=True):
    """A campaign with its sizes."""

    campaign: str
    alerts: int
    open: int
    first_seen: int
    last_seen: int
    probability: float
    kinds: list[str]
    numbers: int


class CampaignList(msgspec.Struct):
    """Campaigns, those that go on first."""

    campaigns: list[Campaign]


class CampaignNumber(msgspec.Struct, kw_only=True):
    """A number of a campaign, and the alerts that name it."""

    number: str
    prefix: str | None
    number_class: str | None = field(name="class")
    role: str
    alert_ids: list[str]


class CampaignGraph(msgspec.Struct, kw_only=True):
    """A campaign: alerts, numbers, what several of these share, ties of rogue stations to them."""

    campaign: str
    numbers: list[CampaignNumber]
    number_count: int
    links: list[Link]
    ties: list[Tie]
    alerts: list[AlertSummary]
    more: bool


class KnownNumber(msgspec.Struct, kw_only=True):
    """A number that alerts name."""

    number: str
    prefix: str | None
    number_class: str | None = field(name="class")
    roles: list[str]


class NumberAlert(msgspec.Struct, kw_only=True):
    """An alert that names a number."""

    alert_id: str
    kind: str
    severity: str
    status: Status
    state: State
    campaign: str | None
    first_seen: int
    last_seen: int
    probability: float
    number_class: str | None = field(name="class")
    role: str


class NumberRow(msgspec.Struct, kw_only=True):
    """A row of the register of numbers: a range by its first digits, or one number."""

    key: str
    prefix: str | None
    length: int | None
    number_class: str | None = field(name="class")
    carrier: str | None
    region: str | None
    rights: list[str]
    protected: bool | None
    trusted: bool | None
    do_not_originate: bool | None
    valid_from: int | None
    valid_to: int | None


class NumberRows(msgspec.Struct):
    """Rows of the register of numbers, and how many it has."""

    rows: list[NumberRow]
    count: int


class RuleFindings(msgspec.Struct):
    """How many findings of a rule about a number are kept."""

    detector: str
    count: int
    first_ts: int
    last_ts: int


class NumberLook(msgspec.Struct, kw_only=True):
    """What is known of a number, or of those that begin with some digits (``findings``, ``plan``,
    ``number`` and ``length`` are of one number alone)."""

    number: str | UnsetType = UNSET
    prefix: str | None
    length: int | UnsetType | None = UNSET
    plan: Shown | UnsetType | None = UNSET
    numbers: list[KnownNumber]
    alerts: list[NumberAlert]
    register: list[NumberRow]
    actions: list[Action]
    findings: list[RuleFindings] | UnsetType = UNSET


class Figures(msgspec.Struct):
    """Monthly figures of complaints."""

    figures: list[Sum]


class Victim(VictimNotice, frozen=True, kw_only=True):
    """A notice of somebody who may be being defrauded, and what came of it."""

    outcome: str | None


class Victims(msgspec.Struct):
    """Notices that hold now, the deepest first."""

    victims: list[Victim]


class CountedOutcome(msgspec.Struct):
    """How many notices of a level came to something."""

    level: str
    outcome: str
    count: int


class CountedOutcomes(msgspec.Struct):
    """By level and outcome."""

    outcomes: list[CountedOutcome]


class NoticeOutcome(msgspec.Struct):
    """The record on the trail, and the notice that it is of."""

    action_id: str
    notice: str


class Proposed(msgspec.Struct):
    """What was written to ``fraud.actions``."""

    proposal: FraudAction


class NumberCases(msgspec.Struct):
    """Cases about numbers, the newest first."""

    cases: list[NumberCase]


class NumberCaseStep(msgspec.Struct):
    """The record on the trail, and the case after it."""

    action_id: str
    case: NumberCase
