"""What an audit of the register rests on, zone by zone, from observations as they come.

No rules run: only reports by cell are kept, as a worker's correlators keep them
(`detectors.sites`), and on which unlisted cells the core served subscribers.
"""

from collections.abc import Callable, Iterable

from detectors.audit.register_health import RegisterHealth, ZoneEvidence, health_of
from detectors.context import core_attestation
from detectors.context.core_attestation import ENOUGH, Attested
from detectors.context.zone_routing import zones_for
from detectors.model.columns import RegisterRows
from detectors.model.finding import Observation
from detectors.sites import site_census, unlisted_census


class AuditEvidence:
    """Takes observations of all zones in order of arrival."""

    def __init__(self) -> None:
        self._attested = Attested()
        self._zones: dict[str, ZoneEvidence] = {}

    def observe(
        self,
        observations: Iterable[Observation],
        is_ours: Callable[[str], bool] = lambda zone: True,
    ) -> None:
        """Takes those in that say something of the register, for zones that are ``is_ours``."""
        for observation in observations:
            if observation.detector == core_attestation.NAME:
                self._attested.observe(observation)
            elif observation.detector in (site_census.NAME, unlisted_census.NAME):
                for zone in zones_for(observation):
                    if is_ours(zone):
                        self._observe(zone, observation)

    def audited(self, register: RegisterRows) -> list[RegisterHealth]:
        """Of each zone, in the order of their names."""
        served = [key for key, who in self._attested.by_key.items() if len(who) >= ENOUGH]
        for evidence in self._zones.values():
            evidence.served = served
        return [health_of(self._zones[zone], register) for zone in sorted(self._zones)]

    def _observe(self, zone: str, observation: Observation) -> None:
        evidence = self._zones.setdefault(zone, ZoneEvidence(zone))
        if observation.detector == unlisted_census.NAME:
            evidence.traffic.observe_unlisted(observation)
            return
        reports = site_census.reports_of(observation)
        evidence.sites.observe(reports)
        evidence.traffic.observe(reports)
