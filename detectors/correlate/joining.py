"""From a finding to the incident that it is part of: joined, begun, or merged with an older one."""

import msgspec

from detectors.correlate.arrival_queue import Item
from detectors.correlate.zone import Zone
from detectors.incident.association import Association, choose, has_void_place
from detectors.incident.identity_change import merge
from detectors.incident.incident import Incident


def join(zone: Zone, item: Item, gates: Association) -> tuple[Incident, bool]:
    """The incident that an item's finding is part of from now on; and whether it is settled that
    this is a transmitter of its own."""
    finding, incidents = item.finding, zone.incidents
    assert finding is not None
    is_ahead = finding.ts > item.rx
    if is_ahead:  # it happened no later than it arrived
        finding = msgspec.structs.replace(finding, ts=item.rx)
    joinable = incidents.joinable(finding, gates.near_m(), gates.keyed_m())
    incident = choose(joinable, finding, gates)
    if incident is None:
        incident = Incident(zone.name, item.zones[0], item.rx, item.rx, finding.ts, finding.ts)
        incidents.begin(incident)
    elif has_void_place(incident, finding):
        finding = msgspec.structs.replace(finding, place=None)
    elif incident.owner != zone.name and incident.owner not in item.zones:
        # The zone that it began in can't see this far, so this zone reports it from here on.
        incident.owner, incident.naming, incident.seed = zone.name, [], None
        incident.revised_rx = 0
    if is_ahead:  # .. and says nothing newer of when than is known
        ts = min(finding.ts, incident.newest_ts(finding.claimed))
        finding = msgspec.structs.replace(finding, ts=ts)
    incident.add(finding, item.rx)
    incidents.note(incident, finding)
    return merge(incidents, incident, gates)
