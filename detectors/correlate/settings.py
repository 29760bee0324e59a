"""What can be set about the life of incidents, and when time alone has an effect on one by that."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.alert.rights import MOST_MUTE_RADIUS_M, MOST_MUTE_S
from detectors.benign.incident_causes import BenignCauses
from detectors.calls.settings import CallSettings
from detectors.incident.association import Association
from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident

_MINUTE_MS: Final = 60_000


class IncidentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How findings become alerts. Times are seconds of arrival time.

    Where nothing was reported before nothing is usual, so that all that is odd looks as if it had
    just begun: odds are ``cold_nats`` lower there, and less and less so over ``cold_minutes`` of
    reports.

    An alert is updated at most every ``update_every_s``, after its first ``calm_after_s`` every
    ``calm_update_every_s``, and every ``field_update_every_s`` while a team measures; it closes
    ``close_after_s`` after its newest evidence, and what never became an alert is then forgotten.
    A transmitter that may move is predicted for ``forecast_s`` later, when a team reads of it.

    A confirmed alert closes ``confirmed_close_after_s`` after its newest evidence. What was none
    is muted within ``mute_radius_m``, for ``mute_s`` after a false alarm and for
    ``mute_legitimate_s`` where it was an honest cell, unless the verdict says otherwise. A field
    account alone, and whoever nobody vouches for, mutes for ``mute_field_s`` and within
    ``mute_field_radius_m`` at most: a day, in which a dispatcher has time to look at it, and as far
    as a team sees. Nobody mutes beyond
    `detectors.alert.rights.MOST_MUTE_S` and `detectors.alert.rights.MOST_MUTE_RADIUS_M`.
    """

    fusion: Fusion = Fusion()
    association: Association = Association()
    benign_causes: BenignCauses = BenignCauses()
    open_probability: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.65
    cold_nats: Annotated[float, Meta(ge=0.0)] = 2.0
    cold_minutes: Annotated[int, Meta(ge=1)] = 10
    update_every_s: float = 10.0
    calm_after_s: float = 120.0
    calm_update_every_s: float = 30.0
    field_update_every_s: float = 1.0
    close_after_s: float = 1800.0
    confirmed_close_after_s: Annotated[float, Meta(ge=0.0)] = 300.0
    mute_s: Annotated[float, Meta(ge=0.0)] = 86_400.0
    mute_legitimate_s: Annotated[float, Meta(ge=0.0)] = 2_592_000.0
    mute_radius_m: Annotated[float, Meta(ge=0.0, le=50_000.0)] = 1000.0
    mute_field_s: Annotated[float, Meta(ge=0.0, le=MOST_MUTE_S)] = 86_400.0
    mute_field_radius_m: Annotated[float, Meta(ge=0.0, le=MOST_MUTE_RADIUS_M)] = 1000.0
    forecast_s: Annotated[float, Meta(ge=0.0, le=600.0)] = 45.0
    calls: CallSettings = CallSettings()


def due_ms(incident: Incident, settings: IncidentSettings) -> int:
    """When an incident next has an update that was held back, closes or is forgotten."""
    if incident.changed and incident.alert_id is not None:
        return min(update_ms(incident, settings), end_ms(incident, settings))
    return end_ms(incident, settings)


def update_ms(incident: Incident, settings: IncidentSettings) -> int:
    """The earliest time of an alert's next update: soon after a team's reading, less often once the
    alert has been open for a while."""
    every_s = settings.update_every_s
    if incident.measured:
        every_s = settings.field_update_every_s
    elif incident.revised_rx - incident.opened_rx >= settings.calm_after_s * 1000:
        every_s = settings.calm_update_every_s
    return incident.revised_rx + int(every_s * 1000)


def end_ms(incident: Incident, settings: IncidentSettings) -> int:
    """When an alert closes, or a candidate is forgotten, if nothing more is found of it."""
    ends_ms = incident.last_rx + int(settings.close_after_s * 1000)
    if incident.confirmed_rx:
        soon_ms = incident.last_rx + int(settings.confirmed_close_after_s * 1000)
        ends_ms = min(ends_ms, max(soon_ms, incident.confirmed_rx))
    if incident.alert_id is not None:
        return ends_ms
    # Candidates are forgotten at full minutes, since a crowded zone has many of them.
    return -(-ends_ms // _MINUTE_MS) * _MINUTE_MS
