"""When time alone has an effect on an incident; all are arrival times of messages (ms)."""

from typing import Final

from detectors.correlate.settings import IncidentSettings
from detectors.incident.incident import Incident

_MINUTE_MS: Final = 60_000


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
