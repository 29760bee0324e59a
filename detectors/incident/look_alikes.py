"""Other candidates of a zone that look like an incident, detector by detector.

They are gone through once for all that is asked of them: a crowded zone has a thousand, and an
incident has several stories to be weighed.
"""

from collections.abc import Iterable

from detectors.incident.incident import Incident


class LookAlikes:
    """Incidents beside ``incident`` that never became an alert, with evidence since ``since_ms``;
    those of other zones, which only look in here, don't count."""

    def __init__(self, incident: Incident, peers: Iterable[Incident], since_ms: float) -> None:
        wanted = {tally.detector for tally in incident.tallies}
        self._by_detector: dict[str, list[list[tuple[float, int]]]] = {name: [] for name in wanted}
        for peer in peers:
            if peer.last_rx < since_ms or peer.alert_id is not None or peer is incident:
                continue
            if peer.owner != peer.zone:
                continue
            for detector, pairs in peer.devices_by_detector.items():
                if detector in wanted:
                    self._by_detector[detector].append(pairs)

    def count(self, detector: str, cap: float, devices: float) -> int:
        """How many have as many devices by a detector, by evidence at least as strong in kind."""
        like = 0
        for pairs in self._by_detector.get(detector, ()):
            for theirs, many in pairs:
                if many >= devices and theirs >= cap:
                    like += 1
                    break
        return like
