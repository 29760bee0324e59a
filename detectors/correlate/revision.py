"""From an incident to the next revision of its alert, if there is one to publish.

The steps, in their order: divide what are two transmitters; assess how likely one is; decide by one
literal table what that means for the alert; locate the transmitter; build the alert.
"""

from math import inf, log
from typing import Final

from detectors.alert.alert import alert_id, build
from detectors.alert.assessment import Assessment, assess
from detectors.alert.hypotheses import can_reach, explaining
from detectors.alert.record import Alert, Status
from detectors.alert.service import Service
from detectors.context.core_attestation import Attested
from detectors.context.muting.mute import Mute
from detectors.context.muting.muted import all_at
from detectors.context.zone_routing import PLACELESS
from detectors.correlate.settings import IncidentSettings, due_ms, update_ms
from detectors.correlate.zone import Zone
from detectors.incident.fusion import probability
from detectors.incident.identity_change import merge
from detectors.incident.incident import Incident
from detectors.incident.position import Position
from detectors.place.position import KeptTracks, place
from detectors.place.split_incident import divide, is_look_due, part
from detectors.profile.base_rate import raised_nats
from geo.track.road_graph import RoadMap

#: (has an alert, is likely enough for one) -> status of the next revision; None: no revision.
STATUS: Final[dict[tuple[bool, bool], Status | None]] = {
    (False, False): None,
    (False, True): "open",
    (True, True): "update",
    (True, False): "closed",
}
#: By so much more (nats) must speak for a cell of the operator's before an alert's peak falls.
_MORE_NATS: Final = 0.5


class Reviser:
    """Makes revisions of alerts, and keeps in the incidents what was published; itself without
    state, but for what saves work."""

    def __init__(self, settings: IncidentSettings, roads: RoadMap | None = None) -> None:
        self._settings, self._roads, self._tracks = settings, roads, KeptTracks()
        chance = settings.open_probability
        self._open_log_odds = log(chance / (1.0 - chance))

    def revise(self, zone: Zone, incident: Incident, ts: int) -> list[Alert]:
        """The next revision at arrival time ``ts`` (ms), if there is one and this zone is the one
        to publish it; followed by that of an incident that was divided from this one."""
        settings = self._settings
        is_open = incident.alert_id is not None
        if not is_open and not self._is_due(zone, incident, ts):
            return []
        assessment = self._assessed(zone, incident, ts)
        divided: list[Alert] = []
        # Only what is an alert, or becomes one, is looked at so closely.
        if is_open or assessment.weighed.log_odds >= self._open_log_odds:
            story, beside = assessment.weighed.story, assessment.weighed.beside
            other = part(incident, beside) if beside else None
            other = other or divide(incident, zone.context, story.foreign(incident), story.cell)
            if other is not None:
                divided = self._of_part(zone, other, ts)
                assessment = self._assessed(zone, incident, ts)
        self._keep_peak(zone, incident, assessment)
        likely = probability(incident.peak) >= settings.open_probability
        incident.likely |= likely
        status = STATUS[is_open, likely]
        incident.changed = not is_open
        if status is None or incident.owner != incident.zone:
            return divided
        if status == "closed" and incident.closed:  # published once, not with each finding
            return divided
        if not is_open:
            named = assessment.weighed.story.identity(incident)
            if zone.placed.has(named, incident.devices(), incident.last_ts):
                # What is left of it then is weighed, should it no longer be.
                incident.peak, incident.likely, incident.revised_rx = -inf, False, ts
                return divided
            mutes = zone.known.verdicts.muted.of_all(incident, ts)
            if mutes and self._is_muted(zone, incident, ts, mutes, assessment):
                return divided
            incident.alert_id, incident.opened_rx = alert_id(incident), ts
        by_mute = status == "closed" and bool(assessment.ruled_out)
        return [self._publish(zone, incident, status, ts, assessment, by_mute), *divided]

    def _of_part(self, zone: Zone, other: Incident, ts: int) -> list[Alert]:
        """The revisions that a part brings which left an incident: its own, or those of the alert
        of which it is another identity."""
        zone.incidents.add(other)
        other, _ = merge(zone.incidents, other, self._settings.association)
        zone.due_ms = min(zone.due_ms, due_ms(other, self._settings))
        return self.revise(zone, other, ts)

    def _is_due(self, zone: Zone, incident: Incident, ts: int) -> bool:
        """Whether a candidate is to be weighed: one that could become an alert, with any finding;
        one that would be an alert if it weren't a neighbour's, no more often than an alert."""
        settings = self._settings
        if zone.name == PLACELESS and ts < update_ms(incident, settings):
            return False
        if incident.peak < self._open_log_odds:
            raised, sites = self._beforehand(zone, incident), zone.context.sites
            return can_reach(incident, sites, self._open_log_odds, settings.fusion, raised)
        if incident.owner == incident.zone or is_look_due(incident):
            return True
        if ts < update_ms(incident, settings):
            return False
        incident.revised_rx = ts
        return True

    def _keep_peak(self, zone: Zone, incident: Incident, assessment: Assessment) -> None:
        """The highest odds so far stand, though evidence fades, unless more of it is explained now:
        by innocent causes, or what the highest odds were about is a cell of the operator's."""
        sites, service = zone.context.sites, self._service(zone)
        weighed, now = assessment.weighed, explaining(incident, incident.peak_about, sites, service)
        is_explained = assessment.explained > incident.explained
        is_explained |= now > incident.explaining + _MORE_NATS
        incident.explained = assessment.explained
        incident.named_odds, incident.others = weighed.named_odds, weighed.others
        incident.explaining = min(now, incident.explaining)
        if is_explained or weighed.log_odds >= incident.peak:
            about = incident.peak_about
            if is_explained or weighed.log_odds > incident.peak:
                about = weighed.story.about(incident, weighed.weights)
            incident.peak = weighed.log_odds
            incident.explaining = explaining(incident, about, sites, service)
            if about != incident.peak_about:
                incident.peak_about = about
                incident.renew()  # which stories there are depends on it

    def close(self, zone: Zone, incident: Incident, ts: int) -> Alert:
        """The last revision of an alert that is over, or judged itself."""
        return self._publish(zone, incident, "closed", ts, self._assessed(zone, incident, ts))

    def _assessed(self, zone: Zone, incident: Incident, ts: int) -> Assessment:
        settings, announced = self._settings, zone.known.announced
        raised, context = self._beforehand(zone, incident), zone.context
        return assess(
            incident,
            zone.incidents,
            announced,
            context.sites,
            self._service(zone),
            settings.benign_causes,
            settings.fusion,
            raised,
            self._open_log_odds if incident.alerting else -inf,
            zone.known.verdicts.muted.explained(incident, ts),
        )

    def _service(self, zone: Zone) -> Service:
        """What shows that cells of a zone serve."""
        is_asked = self._settings.benign_causes.attested
        return Service(zone.context.service, zone.known.attested if is_asked else Attested())

    def _beforehand(self, zone: Zone, incident: Incident) -> float:
        """By how much the odds differ from the usual ones (nats) whatever was found."""
        settings = self._settings
        cold = max(0.0, 1.0 - zone.age.minutes / settings.cold_minutes)
        return self._raised(zone, incident) - settings.cold_nats * cold

    def _raised(self, zone: Zone, incident: Incident) -> float:
        """By how much other alerts raise the base rate (nats)."""
        fusion = self._settings.fusion
        usual = fusion.transmitters_per_city_day
        a_day = zone.rate.a_day(usual, incident.last_rx, but_for=incident.alert_id)
        return raised_nats(a_day, usual, fusion.most_raised_nats)

    def _count(self, zone: Zone, incident: Incident, ts: int, assessment: Assessment) -> None:
        """Takes an alert into the base rate, as sure as it would be without the others."""
        if incident.alert_id is not None:
            fusion = self._settings.fusion
            raised = fusion.calibration_slope * self._raised(zone, incident)
            chance = probability(assessment.weighed.log_odds - raised)
            zone.rate.observe(incident.alert_id, chance, ts)

    def _is_muted(
        self,
        zone: Zone,
        incident: Incident,
        ts: int,
        mutes: list[list[Mute]],
        assessment: Assessment,
    ) -> bool:
        """Whether what would be an alert stands where all that it is about is muted, though the
        phones that reported it are farther off. Locating is dear: it is done once in a while."""
        if ts < update_ms(incident, self._settings):
            return True
        incident.revised_rx = ts
        position = self._place(zone, incident, assessment, 0.0)
        return all_at(mutes, None if position is None else (position.lat, position.lon))

    def _publish(
        self,
        zone: Zone,
        incident: Incident,
        status: Status,
        ts: int,
        assessment: Assessment,
        by_mute: bool = False,
    ) -> Alert:
        ahead_s = self._settings.forecast_s
        if status != "closed":
            self._count(zone, incident, ts, assessment)
        position = self._place(zone, incident, assessment, ahead_s)
        place = None if position is None else (position.lat, position.lon)
        before = zone.known.verdicts.muted.nearest(incident, place, ts)
        alert = build(incident, status, ts, assessment, position, before, by_mute)
        incident.revision, incident.revised_rx, incident.changed = alert.revision, ts, False
        incident.measured, incident.closed = False, status == "closed"
        incident.seen_ts = alert.last_seen
        return alert

    def _place(
        self, zone: Zone, incident: Incident, assessment: Assessment, ahead_s: float
    ) -> Position | None:
        """Where what the likeliest story is about is, and will be."""
        foreign = assessment.weighed.story.foreign(incident)
        return place(incident, zone.context, ahead_s, self._roads, self._tracks, foreign)
