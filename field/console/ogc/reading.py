"""Reads features of collections from the store: those of a page, and how many there are in all."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from field.console.ogc.asked import Items
from field.console.routes.field import point_feature
from field.console.store import AlertFilter
from field.console.store.ground import cells, count, measurements
from field.console.store.queries.reading import chosen, matched
from field.console.store.tables import CELLS, MEASUREMENTS
from field.formats.geojson import feature

Found = tuple[list[dict[str, Any]], int]


def alert_features(connection: Connection, items: Items, asked: AlertFilter) -> Found:
    """Alerts, the most pressing first."""
    found = chosen(connection, asked, items.limit, items.offset)
    return [feature(alert, state) for alert, state in found], matched(connection, asked)


def cell_features(connection: Connection, items: Items, equal: Mapping[str, Any]) -> Found:
    """Cells of the register, in the order of their keys."""
    found = cells(connection, items.box, items.limit, items.offset, equal)
    features = [point_feature(row, row["key"]) for row in found]
    return features, count(connection, CELLS, items.box, equal=equal)


def reading_features(connection: Connection, items: Items, equal: Mapping[str, Any]) -> Found:
    """Readings of instruments, the newest first."""
    span = items.begin, items.end
    found = measurements(
        connection, items.box, *span, items.limit, items.offset, named=True, equal=equal
    )
    features = [point_feature(row, row.pop("digest").hex()) for row in found]
    return features, count(connection, MEASUREMENTS, items.box, *span, equal=equal)
