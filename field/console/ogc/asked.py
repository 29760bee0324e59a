"""What may be asked of the items of a collection."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Depends, HTTPException, Query

from field.console.ogc.crs import box_in, known_crs
from field.console.query_params import (
    CampaignName,
    Kinds,
    Operators,
    Rats,
    Severities,
    States,
    Statuses,
    alert_filter,
)
from field.console.store import AlertFilter, Box

_NUMBER: Final = r"-?[0-9]{1,9}(?:\.[0-9]{1,20})?(?:[eE]-?[0-9]{1,2})?"
_BOX: Final = rf"^{_NUMBER}(?:,{_NUMBER}){{3}}(?:,{_NUMBER},{_NUMBER})?$"
_OPEN: Final = ("", "..")
_EXACT: Final = 2**53

CrsText = Annotated[
    str | None, Query(max_length=200, description="Of the geometries: one of the collection's crs.")
]
Text = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]
Whole = Annotated[int | None, Query(ge=0, le=_EXACT)]


@dataclass(frozen=True, slots=True)
class Items:
    """Which part of a collection, and in which system: span in ms, open where ``None``."""

    box: Box | None
    begin: int | None
    end: int | None
    limit: int
    offset: int
    crs: str


def items_asked(
    bbox: Annotated[
        str | None,
        Query(
            pattern=_BOX,
            max_length=200,
            description="Lower and upper corner, in bbox-crs; west of east over the date line.",
        ),
    ] = None,
    bbox_crs: Annotated[
        str | None, Query(alias="bbox-crs", max_length=200, description="Of the box; else CRS84.")
    ] = None,
    when: Annotated[
        str | None,
        Query(
            alias="datetime",
            max_length=80,
            description="A time (RFC 3339), or two with / between them; .. for an open end.",
        ),
    ] = None,
    crs: CrsText = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Items:
    """The parameters that the items of all collections have. Raises HTTPException."""
    begin, end = _span_of(when)
    box = box_in(bbox, known_crs("bbox-crs", bbox_crs))
    return Items(box, begin, end, limit, offset, known_crs("crs", crs))


ItemsParams = Annotated[Items, Depends(items_asked)]


def cell_asked(
    rat: Text = None, mcc: Whole = None, mnc: Whole = None, area: Whole = None, cell: Whole = None
) -> dict[str, Any]:
    """The identity that rows of the register and readings may be chosen by, ``None`` for any."""
    return {"rat": rat, "mcc": mcc, "mnc": mnc, "area": area, "cell": cell}


CellParams = Annotated[dict[str, Any], Depends(cell_asked)]


def alerts_asked(
    items: ItemsParams,
    severity: Severities = "",
    status: Statuses = "",
    state: States = "",
    kind: Kinds = "",
    rat: Rats = "",
    operator: Operators = "",
    campaign: CampaignName = "",
) -> AlertFilter:
    """What alerts may be chosen by, several values of one with commas. Raises HTTPException."""
    asked = alert_filter(
        status=status,
        state=state,
        severity=severity,
        rat=rat,
        operator=operator,
        kind=kind,
        campaign=campaign,
    )
    return replace(asked, box=items.box, begin=items.begin, end=items.end)


def _span_of(text: str | None) -> tuple[int | None, int | None]:
    """Begin and end in ms. Raises HTTPException 422."""
    if text is None:
        return None, None
    begin, slash, end = text.partition("/")
    if not slash:
        begin = end = text
    return _ms(begin), _ms(end)


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
