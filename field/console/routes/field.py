"""The teams' instruments, and the register's cells about them."""

from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from detectors.audit.wrong_row import Kind
from field.alerts.checks import MOST_MS
from field.console.access import Fielder, Person, require
from field.console.answers import answer, declared
from field.console.live.publish import Publisher
from field.console.query_params import BoxText, From, Limit, To, box_of, store_of
from field.console.routes.repeats import Repeats
from field.console.scrub import clean
from field.console.store.ground import cells, measurements, register_health
from field.formats.geojson import feature_collection
from field.formats.words.iso_times import with_iso
from geo.earth.gcj02 import from_bd09, from_gcj02
from streams.config.trust import enrolled
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher
from streams.signed.trust import Trust

router = APIRouter(tags=["field"])

_MOST: Final = 1000
_EXACT: Final = 2**53
_Whole = Annotated[int, Field(ge=0, le=_EXACT)]
_Plain = Annotated[float, Field(allow_inf_nan=False)]


class Reading(BaseModel):
    """One reading of an instrument: a row of ``field.measurements``.

    Without ``ts`` it is of now, without ``device`` by who sends it. ``datum`` is that of its place.
    One with a ``ts`` that comes once more is written once.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    ts: int | None = Field(None, ge=946_684_800_000, le=MOST_MS)
    device: str | None = Field(None, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    position_source: Literal["gnss", "wifi", "network", "fixed"] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = None
    speed_mps: Annotated[float, Field(ge=0, le=1e4, allow_inf_nan=False)] | None = None
    bearing_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None
    rat: Literal["gsm", "umts", "lte", "nr"]
    mcc: Annotated[int, Field(ge=0, le=999)] | None = None
    mnc: Annotated[int, Field(ge=0, le=999)] | None = None
    area: _Whole | None = None
    cell: _Whole | None = None
    arfcn: _Whole | None = None
    pci: _Whole | None = None
    signal_dbm: Annotated[float, Field(ge=-160, le=20, allow_inf_nan=False)]
    quality_db: _Plain | None = None
    timing_advance: Annotated[int, Field(ge=0, le=3846)] | None = None
    ta_step_m: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = None
    serving: bool | None = None
    indoor: bool | None = None
    altitude_m: Annotated[float, Field(ge=-1e5, le=1e7, allow_inf_nan=False)] | None = None
    bearing_to_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None
    bearing_sigma_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None


@router.post("/api/measurements", status_code=201, responses=declared(400, 413, 422, success=201))
async def measured(
    request: Request,
    body: Reading | Annotated[list[Reading], Field(min_length=1, max_length=_MOST)],
    person: Fielder,
) -> Response:
    """One reading or a list of them; either all are written or none."""
    publisher: Publisher = request.app.state.publisher
    rx_ts = await publisher.arrival_now_ms()
    readings = body if isinstance(body, list) else [body]
    rows = [_row(reading, person, rx_ts, request.app.state.hasher) for reading in readings]
    _check(request, rows, rx_ts)
    repeats: Repeats = request.app.state.repeats
    timed = [row for row, reading in zip(rows, readings, strict=True) if reading.ts is not None]
    written = await repeats.of(store_of(request), timed)
    for row in rows:
        if id(row) not in written:
            await publisher.measurement(row)
            repeats.note(row)
    return answer({"accepted": len(rows)}, 201)


@router.get("/api/measurements", responses=declared(422), dependencies=[Depends(require("viewer"))])
def readings(
    request: Request,
    begin: From = None,
    end: To = None,
    bbox: BoxText = None,
    limit: Limit = 1000,
) -> Response:
    """Readings of the teams' instruments, the newest first."""
    found = store_of(request).read(measurements, box_of(bbox), begin, end, limit)
    return answer({"measurements": found})


@router.get("/api/cells", responses=declared(422), dependencies=[Depends(require("viewer"))])
def register(request: Request, bbox: BoxText = None, limit: Limit = 2000) -> Response:
    """Cells of the operator's register as GeoJSON points."""
    found = store_of(request).read(cells, box_of(bbox), limit)
    features = [point_feature(row, row["key"]) for row in found]
    return answer(msgspec.Raw(msgspec.json.encode(feature_collection(features))))


@router.get("/api/home", responses=declared(), dependencies=[Depends(require("viewer"))])
def home(request: Request) -> Response:
    """What a map looks at first: ``box`` (west, south, east, north), which is ``of`` the
    settings or the register; null where neither has one."""
    return answer(request.app.state.home.look(store_of(request)))


@router.get(
    "/api/register-health",
    responses=declared(422),
    dependencies=[Depends(require("viewer"))],
)
def wrong_rows(request: Request, kind: Kind | None = None, limit: Limit = 1000) -> Response:
    """Rows of the register that reports show to be wrong, the likeliest first; ``counts`` by kind,
    and what each zone's audit looked at."""
    zones, counts, rows = store_of(request).read(register_health, kind, limit)
    looked_at = [
        {n: v for n, v in msgspec.to_builtins(zone).items() if n != "rows"} for zone in zones
    ]
    return answer({"zones": looked_at, "counts": counts, "rows": msgspec.to_builtins(rows)})


def point_feature(row: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """A row with a place as a GeoJSON feature, ``name`` its id; the geometry of one without is
    null."""
    place = [row["lon"], row["lat"]]
    return {
        "type": "Feature",
        **({} if name is None else {"id": name}),
        "geometry": None if place[1] is None else {"type": "Point", "coordinates": place},
        "properties": with_iso({n: v for n, v in row.items() if n not in ("lat", "lon")}),
    }


def _row(reading: Reading, person: Person, rx_ts: int, hasher: Hasher) -> dict[str, Any]:
    row = reading.model_dump(exclude_none=True, exclude={"datum"})
    if reading.device is not None:
        # A name that somebody typed: it may be a telephone's number.
        row["device"] = clean(reading.device, hasher.at(rx_ts)) or person.name
    row = {"ts": rx_ts, "device": person.name, **row, "rx_ts": rx_ts}
    if reading.datum != "wgs84" and reading.lat is not None and reading.lon is not None:
        convert = from_gcj02 if reading.datum == "gcj02" else from_bd09
        lat, lon = convert(reading.lat, reading.lon)
        row |= {"lat": float(lat), "lon": float(lon)}
    return row


def _check(request: Request, rows: list[dict[str, Any]], rx_ts: int) -> None:
    """Read as the worker reads them: what would be a dead letter is refused here."""
    settings = request.app.state.settings
    decoded = decode(
        RecordSlice(
            "field.measurements",
            0,
            range(len(rows)),
            [msgspec.json.encode(row) for row in rows],
            np.full(len(rows), rx_ts, dtype=np.int64),
        ),
        request.app.state.hasher,
        trust=Trust(instruments=enrolled(settings.trust, settings.kafka)),
    )
    if decoded.dead:
        problems = [f"reading {dead.offset}: {dead.reason}, {dead.detail}" for dead in decoded.dead]
        raise HTTPException(422, "; ".join(problems[:10]))
