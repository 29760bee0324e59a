"""From a finding to the incident that it is part of: joined, begun, or merged with an older one."""

import msgspec

from detectors.correlate.arrival_queue import Item
from detectors.correlate.incident_index import IncidentIndex
from detectors.correlate.zone import Zone
from detectors.incident.association import Association, choose, has_void_place
from detectors.incident.identity_change import same_transmitter
from detectors.incident.incident import Incident


def join(zone: Zone, item: Item, gates: Association) -> tuple[Incident, bool]:
    """The incident that an item's finding is part of from now on; and whether it is settled that
    this is a transmitter of its own."""
    finding, incidents = item.finding, zone.incidents
    assert finding is not None
    incident = choose(incidents.joinable(finding), finding, gates)
    if incident is None:
        incident = Incident(zone.name, item.zones[0], item.rx, item.rx, finding.ts, finding.ts)
        incidents.begin(incident)
    elif has_void_place(incident, finding):
        finding = msgspec.structs.replace(finding, place=None)
    elif incident.owner != zone.name and incident.owner not in item.zones:
        # The zone that it began in can't see this far, so this zone reports it from here on.
        incident.owner, incident.naming, incident.seed = zone.name, [], None
    incident.add(finding, item.rx)
    incidents.note(incident, finding)
    return _merge(incidents, incident, gates)


def _merge(
    incidents: IncidentIndex, incident: Incident, gates: Association
) -> tuple[Incident, bool]:
    """The incident itself, or the older one that it turned out to be; and whether that is settled.
    An alert absorbs those near it that turned out to be part of it."""
    if not incident.telling:
        return incident, True
    others = [other for other in incidents.telling if other is not incident]
    if incident.alert_id is not None:
        for other in others:
            if same_transmitter(other, incident, gates) == "same":
                incidents.absorb(incident, other)
        return incident, True
    settled = True
    for older in others:
        if older.number > incident.number and older.alert_id is None:
            continue
        verdict = same_transmitter(incident, older, gates)
        if verdict == "same":
            incidents.absorb(older, incident)
            return older, settled
        settled &= verdict == "other" or older.alert_id is None
    return incident, settled
