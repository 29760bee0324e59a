"""A zone's look-ups agree with its list of incidents, whatever was taken out of these."""

from typing import Any

from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex


def test_what_is_over_is_joined_no_more_though_its_tallies_were_taken_out(make: Any) -> None:
    finding = make.finding()
    index, incident = IncidentIndex([]), Incident("z", "z", 0, 0, finding.ts, finding.ts)
    index.begin(incident)
    incident.add(finding, finding.rx_ts)
    index.note(incident, finding)
    assert index.joinable(finding, 1e3) == [incident]
    incident.renew()
    incident.tallies = []  # as when the core attests the identity, or of a division
    index.keep([])
    assert index.joinable(finding, 1e3) == []
