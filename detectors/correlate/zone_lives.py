"""What happens in a zone: to stations in one of a place, to campaigns in that of calls."""

from detectors.acting.marks import OwnMark
from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.alert.record import Alert
from detectors.calls.lifecycle import CallLifecycle
from detectors.context.verdicts import Outcome, Verdict
from detectors.context.zone_routing import CALLS
from detectors.correlate.arrival_queue import Item
from detectors.correlate.lifecycle import Lifecycle
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.zone import NEVER_MS, Zone
from detectors.model.finding import Identity
from geo.track.road_graph import RoadMap


class ZoneLives:
    """The steps of `detectors.correlate.lifecycle.Lifecycle` and of
    `detectors.calls.lifecycle.CallLifecycle` under one name each."""

    def __init__(self, settings: IncidentSettings, roads: RoadMap | None = None) -> None:
        self._settings, self._stations = settings, Lifecycle(settings, roads)
        self._calls: CallLifecycle | None = None

    def take(self, zone: Zone, item: Item) -> list[Alert]:
        """One finding in its turn: the revisions that it brings, if any."""
        if zone.name != CALLS:
            return self._stations.take(zone, item)
        assert item.finding is not None
        life = self._of_calls(zone)
        alerts = life.take(item.finding, item.rx)
        zone.due_ms = min(zone.due_ms, life.due_ms)
        return alerts

    def take_reading(self, zone: Zone, item: Item) -> list[Alert]:
        """A team's reading in its turn: the revisions that it brings, if any."""
        return [] if zone.name == CALLS else self._stations.take_reading(zone, item)

    def take_verdict(self, zone: Zone, verdict: Verdict, rx: int) -> tuple[list[Alert], Outcome]:
        """A verdict in its turn: the revision that it brings, and what became of it."""
        if zone.name == CALLS:
            return self._of_calls(zone).take_verdict(verdict, rx)
        return self._stations.take_verdict(zone, verdict, rx)

    def reconsider(self, zone: Zone, rx: int) -> list[Alert]:
        """Assesses open alerts again, now that the operator has announced something; which says
        nothing of calls."""
        return [] if zone.name == CALLS else self._stations.reconsider(zone, rx)

    def acquit(self, zone: Zone, rx: int, claimed: Identity) -> list[Alert]:
        """Sets aside what was found about an identity of which the core's word counts for more
        now."""
        return [] if zone.name == CALLS else self._stations.acquit(zone, rx, claimed)

    def next_due_ms(self, zone: Zone) -> int:
        """Arrival time at which time alone next has an effect; `NEVER_MS` for never."""
        if zone.name != CALLS:
            return self._stations.next_due_ms(zone)
        due_ms = self._of_calls(zone).next_due_ms()
        return NEVER_MS if due_ms is None else due_ms

    def pass_time(self, zone: Zone, now_ms: int) -> list[Alert]:
        """What is due at ``now_ms``: held-back updates, closings, candidates to forget."""
        if zone.name == CALLS:
            return self._of_calls(zone).pass_time(now_ms)
        return self._stations.pass_time(zone, now_ms)

    def flush(self, zone: Zone) -> list[Alert]:
        """Publishes updates that were held back: nothing more is to come for now."""
        return self._of_calls(zone).flush() if zone.name == CALLS else self._stations.flush(zone)

    def drain(self) -> tuple[list[VictimNotice], list[FraudAction]]:
        """Notices of victims and proposals since this was asked last, in order."""
        return ([], []) if self._calls is None else self._calls.following.drain()

    def drain_marks(self) -> list[OwnMark]:
        """Our own marks of numbers, as `drain`."""
        return [] if self._calls is None else self._calls.following.drain_marks()

    def _of_calls(self, zone: Zone) -> CallLifecycle:
        if self._calls is None or self._calls.state is not zone.calls:
            self._calls = CallLifecycle(self._settings.calls, zone.calls)
        return self._calls
