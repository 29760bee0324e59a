"""What casework asks the store that the console itself doesn't."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from detectors.alert.record import Alert
from detectors.model.finding import Finding
from detectors.rules import RULES
from field.alerts.life_cycle import Action
from field.alerts.reading import decode_alert
from field.console.casework.linking import Traits, traits
from field.console.store.tables import ACTIONS, ALERTS, FINDINGS, REVISION_VALUES
from field.evidence.matching import Matching
from streams.config.settings import EvidenceSettings
from streams.kafka.stage_records import decode_finding

#: Rules whose findings hold what was sent.
_OF_SMS: Final = tuple(rule.name for rule in RULES if rule.family == "sms")
_LINKS: Final = ("link", "unlink")
#: Findings of short messages that are looked at for one comparison, the newest.
_MOST_FINDINGS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest revision of an alert with what people made of it."""

    alert: Alert
    state: str
    case_id: str | None


def alert_of(connection: Connection, alert_id: str) -> Kept | None:
    """One alert; ``None`` where there is none."""
    found = _kept(connection, [ALERTS.c.alert_id == alert_id], 1)
    return found[0] if found else None


def alerts_between(connection: Connection, begin: int, end: int, most: int) -> list[Kept]:
    """Alerts seen at any time from ``begin`` to ``end`` (ms), the newest ``most``."""
    seen = [ALERTS.c.last_seen >= begin, ALERTS.c.first_seen <= end]
    return _kept(connection, seen, most)


def alerts_in_cases(connection: Connection, case_id: str | None, most: int) -> list[Kept]:
    """Alerts of one case, or of all."""
    of = ALERTS.c.case_id.is_not(None) if case_id is None else ALERTS.c.case_id == case_id
    return _kept(connection, [of], most)


def links_of(connection: Connection, alert_ids: Sequence[str]) -> list[Action]:
    """The links of these alerts as they were made and undone, in order."""
    a = ACTIONS.c
    found = connection.execute(
        select(a.value)
        .where(a.accepted, a.action.in_(_LINKS), a.alert_id.in_(list(alert_ids)))
        .order_by(a.place)
    )
    return [msgspec.json.decode(value, type=Action) for value in found.scalars()]


def traits_of(
    connection: Connection, kept: Sequence[Kept], settings: EvidenceSettings
) -> list[Traits]:
    """The traits of alerts, with those that findings of short messages add."""
    if not kept:
        return []
    begin = min(one.alert.first_seen for one in kept)
    end = max(one.alert.last_seen for one in kept)
    findings = _sms_findings(connection, begin, end)
    times = [finding.ts for finding in findings]
    made = []
    for one in kept:
        behind: list[Finding] = []
        if any(share.detector in _OF_SMS for share in one.alert.evidence):
            matching = Matching(one.alert, settings)
            first = bisect_left(times, matching.since_ms)
            last = bisect_right(times, matching.until_ms)
            behind = [finding for finding in findings[first:last] if matching.takes(finding)]
        made.append(traits(one.alert, behind))
    return made


def _sms_findings(connection: Connection, begin: int, end: int) -> list[Finding]:
    """In order of time."""
    f = FINDINGS.c
    found = connection.execute(
        select(f.value)
        .where(f.ts >= begin, f.ts <= end, f.detector.in_(_OF_SMS))
        .order_by(f.ts.desc(), f.digest)
        .limit(_MOST_FINDINGS)
    )
    decoded = (decode_finding(value) for value in found.scalars())
    return sorted((one for one in decoded if one is not None), key=lambda one: one.ts)


def _kept(connection: Connection, where: list[Any], most: int) -> list[Kept]:
    same = (ALERTS.c.alert_id == REVISION_VALUES.c.alert_id) & (
        ALERTS.c.revision == REVISION_VALUES.c.revision
    )
    found = connection.execute(
        select(REVISION_VALUES.c.value, ALERTS.c.state, ALERTS.c.case_id)
        .select_from(ALERTS.join(REVISION_VALUES, same))
        .where(*where)
        .order_by(ALERTS.c.ts.desc(), ALERTS.c.alert_id)
        .limit(most)
    )
    return [
        Kept(alert, state, case_id)
        for value, state, case_id in found
        if (alert := decode_alert(value)) is not None
    ]
