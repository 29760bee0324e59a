"""The API of evidence bundles: one download, which is in the audit trail before it is made."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from kafka.errors import KafkaError

from field.alerts.life_cycle import Action
from field.console.access import Person, require
from field.console.alert_actions import new_id
from field.console.answers import declared
from field.console.query_params import AlertId, named_alert
from field.console.status import now_ms
from field.evidence.export import bundle_of
from field.evidence.gathering import NoSuchAlert
from field.evidence.signing import SigningKeyError
from streams.kafka.topics import KafkaUnavailable

router = APIRouter(tags=["evidence"])


@router.get(
    "/api/alerts/{alert_id}/evidence.zip",
    responses=declared(404, media="application/zip"),
    response_class=Response,
)
async def evidence(
    request: Request, alert_id: AlertId, person: Annotated[Person, Depends(require("dispatcher"))]
) -> Response:
    """The evidence bundle of an alert."""
    state = request.app.state
    await asyncio.to_thread(named_alert, request, alert_id)
    now = now_ms(request.app)
    action = Action(
        action_id=new_id(),
        ts=now,
        action="export",
        by=person.name,
        role=person.role,
        alert_id=alert_id,
    )
    await state.publisher.act(action)
    try:
        made, found = await asyncio.to_thread(
            bundle_of, state.settings, state.hasher, alert_id, now, person.name
        )
    except NoSuchAlert as error:
        raise HTTPException(404, str(error)) from error
    except (KafkaError, KafkaUnavailable, SigningKeyError) as error:
        raise HTTPException(503, str(error)) from error
    name = f"evidence-{alert_id}-{found.revisions[-1].revision}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(made, headers=headers, media_type="application/zip")
