"""Health of the inputs, and what was sent by which channel."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from field.console.access import require
from field.console.answers import answer, declared
from field.console.query_params import store_of
from field.console.status import Status
from field.console.store.queries.operations import deliveries
from streams.metrics.meters import CONTENT_TYPE, Meters

router = APIRouter(dependencies=[Depends(require("viewer"))], tags=["status"])


@router.get("/api/health", responses=declared())
def health(request: Request) -> Response:
    """Inputs (``feeds``), workers, sensors and channels. An input that no worker reports is ``no
    data``."""
    status: Status = request.app.state.status
    return answer(status.look())


@router.get("/metrics", responses=declared(media="text/plain"))
def metrics(request: Request) -> Response:
    """Figures for Prometheus; it needs the API token of a viewer."""
    meters: Meters = request.app.state.metrics.meters
    return Response(meters.text(), media_type=CONTENT_TYPE)


@router.get("/api/deliveries", responses=declared(422))
def sent(
    request: Request,
    channel: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    alert_id: Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z._\-]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """What channels sent, the newest first."""
    found = store_of(request).read(deliveries, limit, channel, alert_id)
    return answer({"deliveries": [msgspec.json.decode(delivery) for delivery in found]})
