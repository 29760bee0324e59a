"""Complaints as the store keeps them: monthly figures, and the cases that they open."""

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, select

from detectors.acting.cases import NumberCase, Sum, complaints, opened
from detectors.acting.owners import Owner, owners
from detectors.acting.sums import By, sums
from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow, PublicReport
from detectors.numbers.book import NumberBook
from detectors.numbers.plan import NumberPlan
from detectors.numbers.settings import NumberSettings
from field.console.store.tables import NUMBERS, OFFSETS, REPORTS
from streams.config.settings import Settings
from streams.numbers.plan_file import load_plan

#: Complaints of which figures are made at a time, the newest.
MOST: Final = 500_000
_READ: Final = ("number.register", "public.reports")
_HOUR_MS: Final = 3_600_000
_NOWHERE: Final = Source("", 0, 0, -1)
_FLAGS: Final = ("protected", "trusted", "do_not_originate")
_OF_ROW: Final = ("prefix", "number", "length", "carrier", "region", "valid_from", "valid_to")


@lru_cache(1)
def plan_of(settings: NumberSettings) -> NumberPlan:
    """The plan of these settings, read once."""
    return load_plan(settings)


def figures(
    connection: Connection,
    settings: Settings,
    since_ms: int,
    by: tuple[By, ...],
    cases: dict[str, NumberCase],
) -> list[Sum]:
    """Monthly figures of complaints since then, by class and carrier as asked by; ``cases`` are all
    that there are."""
    reports, known = _owned(connection, settings, since_ms)
    asked = settings.cases
    offset_ms = round(asked.utc_offset_h * _HOUR_MS)
    of_time = [case for case in cases.values() if case.opened_ts >= since_ms]
    return sums(complaints(reports, known), of_time, asked.users, by, offset_ms)


def read_so_far(connection: Connection) -> tuple[tuple[str, int, int], ...]:
    """How far the topics are read that complaints, and whose numbers they are about, come from:
    figures of the same are the same."""
    o = OFFSETS.c
    rows = connection.execute(
        select(o.topic, o.partition, o.next_offset)
        .where(o.topic.in_(_READ))
        .order_by(o.topic, o.partition)
    )
    return tuple((topic, partition, offset) for topic, partition, offset in rows)


def cases_of_reports(
    connection: Connection, settings: Settings, since_ms: int
) -> dict[str, NumberCase]:
    """The cases that complaints since then open, by name."""
    return opened(*_owned(connection, settings, since_ms))


def _owned(
    connection: Connection, settings: Settings, since_ms: int
) -> tuple[list[PublicReport], list[Owner]]:
    """Complaints in the order of their times, each with whose number it is about."""
    r = REPORTS.c
    rows = connection.execute(
        select(REPORTS).where(r.ts >= since_ms).order_by(r.ts.desc(), r.digest).limit(MOST)
    ).mappings()
    reports = [_report(row) for row in rows][::-1]
    return reports, owners(_book(connection, settings.numbers), reports)


def _report(row: Any) -> PublicReport:
    names = ("rx_ts", "ts", "about", "number", "prefix", "length", "category", "case_ref")
    return PublicReport(source=_NOWHERE, by=row["source"], **{name: row[name] for name in names})


def _book(connection: Connection, settings: NumberSettings) -> NumberBook:
    """The register of numbers as the store keeps it."""
    listed = connection.execute(select(NUMBERS).order_by(NUMBERS.c.received_ms)).mappings()
    return NumberBook(settings, plan_of(settings)).updated([_listed(row) for row in listed])


def _listed(row: Any) -> NumberRow:
    fields: dict[str, Any] = {name: row[name] for name in _OF_ROW}
    fields |= {name: None if row[name] is None else bool(row[name]) for name in _FLAGS}
    return NumberRow(
        rx_ts=row["received_ms"],
        source=_NOWHERE,
        number_class=row["class"],
        rights=tuple(each for each in row["rights"].split("|") if each),
        **fields,
    )
