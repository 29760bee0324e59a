"""How many open alerts each chip of the filter stands for."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, FromClause, func, select

from field.console.store.queries.query import AlertFilter, conditions

_STATUS: Final = "status"
_CLOSED: Final = "closed"
FACETS: Final = ("state", "severity", _STATUS, "kind", "rat")
Counts = dict[str, dict[str, int]]


def counts(connection: Connection, rows: FromClause, asked: AlertFilter) -> Counts:
    """By facet and value, the open alerts that the filter would let through with that value alone.

    What is asked of the facet itself doesn't count, nor of the status: closed alerts are in no
    count, whether they are in the list or not. An alert of several technologies counts for each.
    """
    columns = [rows.c[name] for name in (*FACETS[:-1], "rats")]
    where = conditions(connection, rows, asked, facets=False)
    counted = connection.execute(
        select(*columns, func.count())
        .select_from(rows)
        .where(*where, rows.c.status != _CLOSED)
        .group_by(*columns)
    )
    found: Counts = {name: {} for name in FACETS}
    wanted = _wanted(asked)
    for *values, number in counted.all():
        held = _held(values)
        fits = {name: not wanted[name] or bool(wanted[name] & held[name]) for name in FACETS}
        for name in FACETS:
            if all(fits[other] for other in FACETS if other not in (name, _STATUS)):
                _add(found[name], held[name], number)
    return found


def _wanted(asked: AlertFilter) -> dict[str, frozenset[str]]:
    values = (asked.states, asked.severities, asked.statuses, asked.kinds, asked.rats)
    return dict(zip(FACETS, map(frozenset, values), strict=True))


def _held(values: list[str]) -> dict[str, frozenset[str]]:
    *single, rats = values
    several = frozenset(filter(None, rats.split("|")))
    return dict(zip(FACETS, (*(frozenset((value,)) for value in single), several), strict=True))


def _add(counted: dict[str, int], values: Iterable[str], number: int) -> None:
    for value in values:
        counted[value] = counted.get(value, 0) + number
