"""What is known of one number, or of the numbers that begin with some digits."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from field.console.store.tables import (
    ACTIONS,
    ALERT_NUMBERS,
    ALERTS,
    FINDINGS,
    NUMBERS,
)

_MOST_ALERTS: Final = 100
_MOST_NUMBERS: Final = 200
_MOST_ACTIONS: Final = 200
_MOST_ROWS: Final = 100
_FLAGS: Final = ("protected", "trusted", "do_not_originate")
#: Columns of the register of numbers as people get them.
REGISTER: Final = (
    *("key", "prefix", "length", "class", "carrier", "region", "rights", *_FLAGS),
    *("valid_from", "valid_to"),
)


def about_number(
    connection: Connection, names: Collection[str], prefix: str | None
) -> dict[str, Any]:
    """What is known of a number by its hashes (under this key and the one before), and of the
    ranges that its first digits are in."""
    n = NUMBERS.c
    rows = [n.number.in_(names)]
    if prefix:
        rows.append(n.prefix.in_([prefix[:end] for end in range(1, len(prefix) + 1)]))
    return _about(connection, ALERT_NUMBERS.c.number.in_(names), or_(*rows)) | {
        "findings": _findings(connection, names)
    }


def about_prefix(connection: Connection, prefix: str) -> dict[str, Any]:
    """What is known of all numbers that begin so."""
    n = NUMBERS.c
    within = n.prefix.startswith(prefix, autoescape=True)
    around = n.prefix.in_([prefix[:end] for end in range(1, len(prefix) + 1)])
    begins = ALERT_NUMBERS.c.prefix.startswith(prefix, autoescape=True)
    return _about(connection, begins, or_(within, around))


def register_rows(
    connection: Connection, prefix: str, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Rows of the register of numbers in the order of their digits, single numbers last."""
    n = NUMBERS.c
    where = [n.prefix.startswith(prefix, autoescape=True)] if prefix else []
    order = (n.prefix.is_(None), n.prefix, n.key)
    asked = select(NUMBERS).where(*where).order_by(*order).limit(limit).offset(offset)
    return [_row(row) for row in connection.execute(asked).mappings()]


def register_count(connection: Connection) -> int:
    """How many rows the register of numbers has."""
    return connection.execute(select(func.count()).select_from(NUMBERS)).scalar_one()


def _about(
    connection: Connection, named: ColumnElement[bool], listed: ColumnElement[bool]
) -> dict[str, Any]:
    a, n = ALERTS.c, ALERT_NUMBERS.c
    rows = connection.execute(
        select(
            *(n[name] for name in ("number", "prefix", "class", "role")),
            *(a[name] for name in ("alert_id", "kind", "severity", "status", "state", "campaign")),
            *(a[name] for name in ("first_seen", "last_seen", "probability")),
        )
        .select_from(ALERT_NUMBERS.join(ALERTS, a.alert_id == n.alert_id))
        .where(named)
        .order_by(a.last_seen.desc(), n.number, a.alert_id)
        .limit(_MOST_NUMBERS)
    ).mappings()
    numbers: dict[str, dict[str, Any]] = {}
    alerts: dict[str, dict[str, Any]] = {}
    roles: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        numbers.setdefault(row["number"], {name: row[name] for name in ("prefix", "class")})
        roles[row["number"]].add(row["role"])
        fields = {name: value for name, value in row.items() if name not in ("number", "prefix")}
        if len(alerts) < _MOST_ALERTS:
            alerts.setdefault(row["alert_id"], fields)
    n_ = NUMBERS.c
    by_length = func.length(func.coalesce(n_.number, n_.prefix)).desc()
    found = connection.execute(
        select(NUMBERS).where(listed).order_by(by_length, n_.key).limit(_MOST_ROWS)
    ).mappings()
    return {
        "numbers": [
            {"number": name, **fields, "roles": sorted(roles[name])}
            for name, fields in numbers.items()
        ],
        "alerts": list(alerts.values()),
        "register": [_row(row) for row in found],
        "actions": _actions(connection, list(alerts)),
    }


def _actions(connection: Connection, alert_ids: list[str]) -> list[Any]:
    """What people did about these alerts, the newest first."""
    a = ACTIONS.c
    found = connection.execute(
        select(a.value)
        .where(a.alert_id.in_(alert_ids), a.accepted)
        .order_by(a.place.desc())
        .limit(_MOST_ACTIONS)
    ).scalars()
    return [msgspec.json.decode(value) for value in found]


def _findings(connection: Connection, names: Collection[str]) -> list[dict[str, Any]]:
    """By rule: how many findings about a number are kept, the first and the last of them."""
    f = FINDINGS.c
    rows = connection.execute(
        select(
            f.detector,
            func.count().label("count"),
            func.min(f.ts).label("first_ts"),
            func.max(f.ts).label("last_ts"),
        )
        .where(f.number.in_(names))
        .group_by(f.detector)
        .order_by(f.detector)
    ).mappings()
    return [dict(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {name: row[name] for name in REGISTER}
    fields["rights"] = [each for each in row["rights"].split("|") if each]
    for name in _FLAGS:
        fields[name] = None if row[name] is None else bool(row[name])
    return fields
