"""What may be asked in an address: typed, bounded, and read in one place."""

import base64
import binascii
import re
from typing import Annotated, Any, Final, get_args

import msgspec
from fastapi import Depends, HTTPException, Path, Query, Request

from detectors.model.codes import RATS
from detectors.model.words import KINDS
from field.alerts.checks import ALERT_ID, MOST_MS
from field.alerts.life_cycle import State
from field.alerts.severity import SEVERITIES
from field.console.contract.parameters import unknown_value, unknown_values
from field.console.store import AlertFilter, Box, Cursor, Known, Store

LIST_PATTERN: Final = r"^[0-9A-Za-z_,\-]*$"
NAME_PATTERN: Final = r"^[0-9A-Za-z_\-]*$"
_NUMBER: Final = r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?"
BOX_PATTERN: Final = rf"^{_NUMBER}(?:,{_NUMBER}){{3}}(?:,{_NUMBER},{_NUMBER})?$"

_OPERATOR: Final = re.compile(r"([0-9]{1,3})-([0-9]{1,3})")
_OPERATORS: Final = ("MCC-MNC, such as 460-00",)
#: The values that the parameters of a filter have.
LISTED: Final[dict[str, tuple[str, ...]]] = {
    "status": ("open", "update", "closed"),
    "state": get_args(State),
    "severity": SEVERITIES,
    "rat": RATS,
    "kind": tuple(KINDS),
}

Pair = tuple[float, float]
AlertId = Annotated[str, Path(pattern=ALERT_ID, description="Of the alert: 32 hex digits.")]
After = Annotated[str | None, Query(pattern=ALERT_ID, description="The last alert that is known.")]
Time = Annotated[int | None, Query(ge=0, le=MOST_MS, description="Ms since the epoch, UTC.")]
From = Annotated[
    int | None, Query(alias="from", ge=0, le=MOST_MS, description="Seen at or after this (ms).")
]
To = Annotated[
    int | None, Query(alias="to", ge=0, le=MOST_MS, description="Seen at or before this (ms).")
]
At = Annotated[
    int | None, Query(ge=0, le=MOST_MS, description="As it was known at this time (ms).")
]
Limit = Annotated[int, Query(ge=1, le=10_000)]
BoxText = Annotated[
    str | None,
    Query(
        pattern=BOX_PATTERN,
        max_length=160,
        description="West, south, east, north in degrees; west of east over the date line.",
    ),
]


def _several(name: str, description: str) -> Any:
    """A parameter that takes several values; ``x-values`` are those that are known, for the
    description of the API."""
    known = LISTED.get(name, ())
    more = f"; of {', '.join(known)}" if known else ""
    text = f"{description}{more}. Several with commas; a value that isn't known is refused."
    extra = {"x-values": list(known)} if known else None
    return Query(pattern=LIST_PATTERN, max_length=400, description=text, json_schema_extra=extra)


Statuses = Annotated[str, _several("status", "Status of the newest revision")]
States = Annotated[str, _several("state", "State of the life cycle")]
Severities = Annotated[str, _several("severity", "Severity")]
Rats = Annotated[str, _several("rat", "Radio access technology that is claimed")]
Operators = Annotated[str, _several("operator", "MCC-MNC, such as 460-00")]
Kinds = Annotated[str, _several("kind", "Kind of alert")]
CampaignName = Annotated[
    str, Query(pattern=NAME_PATTERN, max_length=64, description="What such alerts share.")
]


def box_of(text: str | None) -> Box | None:
    """The box in an address; of six numbers heights are left out. Raises HTTPException 422."""
    return None if text is None else box_between(*corners_of(text))


def corners_of(text: str) -> tuple[Pair, Pair]:
    """The lower and the upper corner in the text of a box, heights left out.

    >>> corners_of("1,2,3,4"), corners_of("1,2,0,3,4,100")
    (((1.0, 2.0), (3.0, 4.0)), ((1.0, 2.0), (3.0, 4.0)))
    """
    numbers = [float(part) for part in text.split(",")]
    at = len(numbers) // 2
    return (numbers[0], numbers[1]), (numbers[at], numbers[at + 1])


def box_between(lower: Pair, upper: Pair) -> Box:
    """The box of two corners (longitude, latitude). Raises HTTPException 422."""
    (west, south), (east, north) = lower, upper
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise HTTPException(422, "bbox: longitudes within 180, latitudes within 90, south first")
    return Box(west, south, east, north)


def alert_filter(
    status: Statuses = "",
    state: States = "",
    severity: Severities = "",
    rat: Rats = "",
    operator: Operators = "",
    kind: Kinds = "",
    begin: From = None,
    end: To = None,
    bbox: BoxText = None,
    campaign: CampaignName = "",
    q: Annotated[str, Query(max_length=200, description="Words that it shall contain.")] = "",
    at: At = None,
) -> AlertFilter:
    """The filter that lists and exports share. Raises HTTPException 422 for unknown values."""
    given = {"status": status, "state": state, "severity": severity, "rat": rat, "kind": kind}
    asked = {name: _values(text) for name, text in given.items()}
    unknown_values(asked, LISTED)
    return AlertFilter(
        statuses=asked["status"],
        states=asked["state"],
        severities=asked["severity"],
        rats=asked["rat"],
        operators=tuple(_operator(value) for value in _values(operator)),
        kinds=asked["kind"],
        begin=begin,
        end=end,
        box=box_of(bbox),
        campaign=campaign,
        # A NUL is in no text, and PostgreSQL refuses it.
        terms=q.replace("\0", " "),
        at=at,
    )


FilterParams = Annotated[AlertFilter, Depends(alert_filter)]


def store_of(request: Request) -> Store:
    """The store of the app that was asked."""
    store: Store = request.app.state.store
    return store


def named_alert(request: Request, alert_id: str, at: int | None = None) -> Known:
    """The alert of an address; blocking. Raises HTTPException 404."""
    known = store_of(request).alert(alert_id, at)
    if known is None:
        raise HTTPException(404, "no such alert")
    return known


def cursor_of(text: str | None) -> Cursor | None:
    """A place in a list, as `cursor_text` wrote it. Raises HTTPException 422."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        urgency, ts, alert_id = msgspec.json.decode(raw, type=tuple[int, int, str])
    except (binascii.Error, ValueError) as error:
        raise HTTPException(422, "cursor: is none that a list gave") from error
    if not (0 <= urgency < 100 and 0 <= ts < 2**62) or "\0" in alert_id:
        raise HTTPException(422, "cursor: is none that a list gave")
    return urgency, ts, alert_id


def cursor_text(cursor: Cursor | None) -> str | None:
    """A place in a list as a word for an address."""
    if cursor is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _values(text: str) -> tuple[str, ...]:
    return tuple(value for value in text.split(",") if value)


def _operator(text: str) -> str:
    """As `alert_rows.operator` writes it: without leading zeros. Raises HTTPException 422.

    >>> _operator("460-00")
    '460-0'
    """
    found = _OPERATOR.fullmatch(text)
    if found is None:
        raise HTTPException(422, [unknown_value("operator", text, _OPERATORS)])
    return f"{int(found[1])}-{int(found[2])}"
