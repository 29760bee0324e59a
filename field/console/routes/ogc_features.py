"""Features of OGC API Features: alerts, cells and readings by box, span of time, and page."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import HTTPException
from sqlalchemy import Connection

from field.console.routes.field import cell_feature
from field.console.store import AlertFilter, Box
from field.console.store.ground import cells, count, measurements
from field.console.store.queries.reading import chosen, matched
from field.console.store.tables import CELLS, MEASUREMENTS
from field.formats.geojson import feature

Span = tuple[int | None, int | None]
_OPEN: Final = ("", "..")


def span_of(text: str | None) -> Span:
    """Begin and end in ms. Raises HTTPException 422."""
    if text is None:
        return None, None
    begin, slash, end = text.partition("/")
    if not slash:
        begin = end = text
    return _ms(begin), _ms(end)


def _alerts(
    connection: Connection, box: Box | None, span: Span, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    asked = AlertFilter(box=box, begin=span[0], end=span[1])
    found = chosen(connection, asked, limit, offset)
    return [feature(alert, state) for alert, state in found], matched(connection, asked)


def _cells(
    connection: Connection, box: Box | None, _span: Span, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    found = cells(connection, box, limit, offset)
    return [cell_feature(row) for row in found], count(connection, CELLS, box)


def _readings(
    connection: Connection, box: Box | None, span: Span, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    found = measurements(connection, box, *span, limit, offset)
    features = [
        {
            "type": "Feature",
            "geometry": None
            if row["lat"] is None
            else {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
            "properties": {n: v for n, v in row.items() if n not in ("lat", "lon")},
        }
        for row in found
    ]
    return features, count(connection, MEASUREMENTS, box, *span)


def _ms(text: str) -> int | None:
    if text in _OPEN:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        ms = int(time.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, "datetime: is no time of RFC 3339") from error
    return ms


FEATURES: Final[dict[str, Callable[..., tuple[list[dict[str, Any]], int]]]] = {
    "alerts": _alerts,
    "cells": _cells,
    "measurements": _readings,
}
