"""Campaigns as the store knows them: what alerts that belong together share, and what ties them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, select

from detectors.alert.record import Alert
from detectors.calls.links import LINKS, kind_of
from field.console.store import AlertFilter
from field.console.store.queries.reading import chosen
from field.console.store.tables import ALERT_NUMBERS, ALERTS, FINDINGS
from field.formats.words.calls import is_about_calls
from streams.kafka.stage_records import decode_finding

#: Alerts and numbers of one campaign that are shown, the newest; ties beyond say nothing more.
MOST_ALERTS: Final = 200
MOST_NUMBERS: Final = 200
_MOST_FINDINGS: Final = 5_000
_MOST_LINKS: Final = 40
#: A value that one number has ties nothing.
_LEAST_SHARED: Final = 2


class Link(msgspec.Struct, frozen=True):
    """What several numbers of a campaign have in common."""

    kind: str
    value: str
    numbers: list[str]


class Tie(msgspec.Struct, frozen=True):
    """A rogue station whose texts said to ring a number."""

    alert_id: str
    number: str


def overview(connection: Connection, most: int) -> list[dict[str, Any]]:
    """All campaigns: those with an alert that isn't closed first, the newest of these first."""
    a = ALERTS.c
    is_open = func.sum(case((a.status == "closed", 0), else_=1))
    rows = connection.execute(
        select(
            a.campaign,
            func.count().label("alerts"),
            is_open.label("open"),
            func.min(a.first_seen).label("first_seen"),
            func.max(a.last_seen).label("last_seen"),
            func.max(a.probability).label("probability"),
        )
        .where(a.campaign.is_not(None))
        .group_by(a.campaign)
        .order_by((is_open > 0).desc(), func.max(a.last_seen).desc(), a.campaign)
        .limit(most)
    ).mappings()
    found = [dict(row) for row in rows]
    names = [row["campaign"] for row in found]
    kinds, numbers = _kinds(connection, names), _counts(connection, a.campaign.in_(names))
    for row in found:
        row["kinds"], row["numbers"] = kinds[row["campaign"]], numbers.get(row["campaign"], 0)
    return found


def graph(connection: Connection, campaign: str) -> dict[str, Any] | None:
    """The numbers of a campaign, with the alerts that name them, what they share, and the rogue
    stations that are tied to them; ``None`` where no alert has that campaign."""
    alerts = [alert for alert, _ in chosen(connection, AlertFilter(campaign=campaign), MOST_ALERTS)]
    if not alerts:
        return None
    numbers = _numbers(connection, [alert.alert_id for alert in alerts])
    known = {one["number"] for one in numbers}
    return {
        "campaign": campaign,
        "numbers": numbers,
        "number_count": _counts(connection, ALERTS.c.campaign == campaign).get(campaign, 0),
        "links": _links(connection, known),
        "ties": list(_ties(alerts, known)),
    }


def _kinds(connection: Connection, names: list[str]) -> dict[str, list[str]]:
    a = ALERTS.c
    found: dict[str, list[str]] = defaultdict(list)
    rows = connection.execute(
        select(a.campaign, a.kind).where(a.campaign.in_(names)).distinct().order_by(a.kind)
    )
    for campaign, kind in rows:
        found[campaign].append(kind)
    return found


def _counts(connection: Connection, where: ColumnElement[bool]) -> dict[str, int]:
    """How many numbers the alerts of each campaign have named."""
    a, n = ALERTS.c, ALERT_NUMBERS.c
    rows = connection.execute(
        select(a.campaign, func.count(n.number.distinct()))
        .select_from(ALERTS.join(ALERT_NUMBERS, a.alert_id == n.alert_id))
        .where(where)
        .group_by(a.campaign)
    )
    return {row[0]: row[1] for row in rows}


def _numbers(connection: Connection, alert_ids: list[str]) -> list[dict[str, Any]]:
    n = ALERT_NUMBERS.c
    rows = connection.execute(
        select(n.alert_id, n.number, n.prefix, n["class"], n.role)
        .where(n.alert_id.in_(alert_ids))
        .order_by((n.role == "caller").asc(), n.revision.desc(), n.number)
        .limit(5 * MOST_NUMBERS)
    ).mappings()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        fields = {name: row[name] for name in ("number", "prefix", "class", "role")}
        found.setdefault(row["number"], fields | {"alert_ids": []})
        found[row["number"]]["alert_ids"].append(row["alert_id"])
    return list(found.values())[:MOST_NUMBERS]


def _links(connection: Connection, numbers: set[str]) -> list[Link]:
    """What findings about these numbers share, what ties most strongly first."""
    f = FINDINGS.c
    values = connection.execute(
        select(f.value)
        .where(f.number.in_(sorted(numbers)))
        .order_by(f.received_ms.desc(), f.digest)
        .limit(_MOST_FINDINGS)
    ).scalars()
    bearers: dict[str, set[str]] = defaultdict(set)
    for value in values:
        finding = decode_finding(value)
        about = finding.of_calls if finding is not None else None
        for link in about.links if about is not None else ():
            if about is not None and about.number is not None and kind_of(link) in LINKS:
                bearers[link].add(about.number)
    shared = [(link, found) for link, found in bearers.items() if len(found) >= _LEAST_SHARED]
    shared.sort(key=lambda one: (-LINKS[kind_of(one[0])], -len(one[1]), one[0]))
    return [
        Link(kind_of(link), link.partition(":")[2], sorted(found))
        for link, found in shared[:_MOST_LINKS]
    ]


def _ties(alerts: Iterable[Alert], numbers: set[str]) -> Iterable[Tie]:
    for alert in alerts:
        if is_about_calls(alert):
            continue
        rung = Counter(str(share.values.get("callback") or "") for share in alert.evidence)
        yield from (Tie(alert.alert_id, number) for number in rung if number in numbers)
