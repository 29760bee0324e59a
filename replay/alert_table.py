"""Alerts as a short table for people: the weightiest first, a line each."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from detectors.alert.headline import is_ruled_out
from detectors.alert.record import Alert
from field.alerts.severity import rank
from field.formats.scrubbed import scrubbed
from field.formats.words.calls import is_about_calls
from field.formats.words.moments import moment
from field.formats.words.text import title
from replay.alert_files import newest_of

HEAD: Final = ("alert", "last seen (UTC)", "status", "sure", "what", "where", "behind it")
MOST_ROWS: Final = 20
_WIDEST: Final = 72


def in_order_of_weight(alerts: Iterable[Alert]) -> list[Alert]:
    """The newest revision of each alert, the most severe and the surest first."""
    return sorted(newest_of(alerts), key=_weight)


def alert_rows(alerts: Iterable[Alert], most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """The table's head, and a row for each alert, so many at most."""
    return [HEAD, *map(_row, in_order_of_weight(alerts)[:most])]


def alert_table(alerts: Iterable[Alert], most: int = MOST_ROWS) -> str:
    """The table as text, with so many rows at most; a sentence where there is no alert."""
    newest = newest_of(alerts)
    if not newest:
        return "No alerts."
    shown = alert_rows(newest, most)
    widths = [max(_width(row[at]) for row in shown) for at in range(len(HEAD))]
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in shown
    ]
    left = len(newest) - most
    more = [f"and {left} more, in alerts.jsonl"] if left > 0 else []
    return "\n".join([*(line.rstrip() for line in lines), *more])


def _row(alert: Alert) -> tuple[str, ...]:
    clean = scrubbed(alert)
    return (
        clean.alert_id[:8],
        f"{moment(clean.last_seen):%Y-%m-%d %H:%M:%S}",
        clean.status,
        _sure(clean),
        _cut(title(clean, "en")),
        _where(clean),
        f"{clean.devices} {'people' if is_about_calls(clean) else 'phones'}",
    )


def _sure(alert: Alert) -> str:
    """As everywhere else: nothing is certain, and of what was ruled out nobody is sure."""
    if is_ruled_out(alert):
        return "ruled out"
    return ">99%" if alert.probability > 0.99 else f"{alert.probability:.0%}"


def _where(alert: Alert) -> str:
    if alert.position is None:
        return "-"
    within = "" if alert.radius_m is None else f" ±{alert.radius_m:.0f} m"
    return f"{alert.position['lat']:.5f}, {alert.position['lon']:.5f}{within}"


def _weight(alert: Alert) -> tuple[int, float, str]:
    return -rank(alert.severity), -alert.probability, alert.alert_id


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _width(text: str) -> int:
    """Columns on a terminal: Chinese takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
