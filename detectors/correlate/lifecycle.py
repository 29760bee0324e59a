"""The life of incidents: begun by a finding, published as an alert, updated, closed, forgotten.

All times are arrival times of messages, so the same findings give the same alerts at any speed.
"""

from itertools import compress

from detectors.alert.alert import has_name
from detectors.alert.record import Alert
from detectors.alert.rights import (
    MOST_MUTE_RADIUS_M,
    MOST_MUTE_S,
    explains_most,
    mutes_alone,
)
from detectors.benign.acquitted import is_believed, part_of, put_aside, remove, set_aside
from detectors.context.muting.mute import Mute, holding
from detectors.context.team_readings import reported_by
from detectors.context.verdicts import (
    CONFIRMED,
    FALSE_ALARM,
    HONEST,
    WITHDRAWN,
    Outcome,
    Past,
    Verdict,
    Verdicts,
)
from detectors.context.zone_routing import PLACELESS
from detectors.correlate.arrival_queue import Item
from detectors.correlate.joining import join
from detectors.correlate.revision import Reviser
from detectors.correlate.settings import IncidentSettings, due_ms, end_ms, update_ms
from detectors.correlate.zone import NEVER_MS, Zone
from detectors.incident.identity_change import merge
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Finding, Identity
from geo.track.road_graph import RoadMap


class Lifecycle:
    """Steps over one zone's incidents, which they change in place; itself without state."""

    def __init__(self, settings: IncidentSettings, roads: RoadMap | None = None) -> None:
        self._settings, self._reviser = settings, Reviser(settings, roads)

    def take(self, zone: Zone, item: Item) -> list[Alert]:
        """One finding in its turn: the revisions that it brings, if any."""
        assert item.finding is not None
        if zone.name == PLACELESS and item.finding.place is not None:
            zone.placed.note(item.finding, item.zones[0], item.rx)
            return []
        mutes = zone.known.verdicts.muted.silencing(zone.name, item.finding, item.rx)
        is_attested = self._is_attested(zone, item.finding)
        if mutes or is_attested:
            return self._take_aside(zone, item, mutes, is_attested)
        incident, settled = join(zone, item, self._settings.association)
        return self._revise_if_due(zone, incident, item.rx, settled)

    def _take_aside(
        self, zone: Zone, item: Item, mutes: list[Mute], is_attested: bool
    ) -> list[Alert]:
        """A finding of what was ruled out there, or of what the core attests: it is set aside, and
        all that was before counts with it once it outweighs the verdict and the core's word."""
        assert item.finding is not None
        finding, aside, attested = item.finding, zone.aside, zone.known.attested
        incident = set_aside(aside, finding, item.rx, zone.name, item.zones[0])
        if holding(mutes, incident.tallies, item.rx):
            return []
        if is_attested and is_believed(attested, finding.claimed, incident):
            return []
        remove(aside, incident)
        zone.incidents.add(incident)
        incident, settled = merge(zone.incidents, incident, self._settings.association)
        return self._revise_if_due(zone, incident, item.rx, settled)

    def _is_attested(self, zone: Zone, finding: Finding) -> bool:
        """Whether the core attests what a finding claims, and no incident's harm outweighs that."""
        claimed, attested = finding.claimed, zone.known.attested
        if not self._settings.benign_causes.attested or not attested.attests(claimed):
            return False
        assert claimed is not None
        assert claimed.area is not None
        known = zone.incidents.claiming({claimed.area})
        return all(is_believed(attested, claimed, incident) for incident in known)

    def take_reading(self, zone: Zone, item: Item) -> list[Alert]:
        """A team's reading in its turn: the revisions that it brings, if any."""
        assert item.observation is not None
        reading = zone.context.fieldwork.observe(item.observation)
        incident = None if reading is None else reported_by(reading, zone.incidents.strong)
        if reading is None or incident is None:
            return []
        incident.last_ts = max(incident.last_ts, reading.ts)
        incident.last_rx = incident.newest_rx = item.rx
        incident.changed = incident.measured = True
        return self._revise_if_due(zone, incident, item.rx, incident.alert_id is not None)

    def take_verdict(self, zone: Zone, verdict: Verdict, rx: int) -> tuple[list[Alert], Outcome]:
        """A team's verdict in its turn: the revision that it brings, and what became of it."""
        verdicts, kind = zone.known.verdicts, verdict.kind
        incident = next((one for one in zone.incidents if has_name(one, verdict.alert_id)), None)
        about = incident or verdicts.recall(zone.name, verdict.alert_id)
        if about is None:
            return [], "unknown"
        if verdict.given_ms < about.judged_ms:
            # Older than what it would change: late, or sent again after it had been taken back.
            return [], "repeated"
        about.judged_ms = verdict.given_ms
        if kind == WITHDRAWN:
            return [], _withdraw(zone.name, about, verdict.alert_id, verdicts)
        if about.verdict == kind:
            if kind in HONEST and incident is None and mutes_alone(verdict.role):
                # A dispatcher agrees with a team, whose own mute is a short one.
                self._mute(zone, verdict, rx)
            return [], "repeated"
        about.verdict = kind
        alerts: list[Alert] = []
        if incident is None:
            if kind == CONFIRMED:
                verdicts.muted.lift(zone.name, verdict.alert_id)
        elif kind == CONFIRMED:
            incident.confirmed_rx = rx
        elif kind in HONEST:
            if incident.alert_id is not None:
                alerts.append(self._reviser.close(zone, incident, rx))
            zone.incidents.keep([one for one in zone.incidents if one is not incident])
            verdicts.remember(incident, verdict.alert_id)
        if kind in HONEST:
            zone.rate.observe(verdict.alert_id, 0.0, rx)
            self._mute(zone, verdict, rx)
            alerts += self._close_muted(zone, rx)
        return alerts, "taken"

    def _close_muted(self, zone: Zone, rx: int) -> list[Alert]:
        """Assesses open alerts again of which verdicts explain something: what was ruled out under
        one name may have another alert near by."""
        muted, alerts = zone.known.verdicts.muted, list[Alert]()
        for incident in list(zone.incidents):
            if incident.alert_id is not None and muted.explained(incident, rx):
                alerts += self._reviser.revise(zone, incident, rx)
        return alerts

    def _mute(self, zone: Zone, verdict: Verdict, rx: int) -> None:
        """Mutes what a closed alert was about, within what whoever gave the verdict may."""
        settings = self._settings
        is_false = verdict.kind == FALSE_ALARM
        usual = settings.mute_s if is_false else settings.mute_legitimate_s, settings.mute_radius_m
        most = settings.mute_field_s, settings.mute_field_radius_m
        if mutes_alone(verdict.role):
            most = MOST_MUTE_S, MOST_MUTE_RADIUS_M
        explains = explains_most(verdict.role)
        zone.known.verdicts.mute(zone.name, verdict, rx, usual, most, explains)

    def reconsider(self, zone: Zone, rx: int) -> list[Alert]:
        """Assesses open alerts again, now that the operator has announced something."""
        alerts: list[Alert] = []
        for incident in list(zone.incidents):
            if incident.alert_id is not None:
                alerts += self._reviser.revise(zone, incident, rx)
        return alerts

    def acquit(self, zone: Zone, rx: int, claimed: Identity) -> list[Alert]:
        """Sets aside what was found about an identity of which the core's word counts for more
        now."""
        alerts: list[Alert] = []
        attested = zone.known.attested
        if not self._settings.benign_causes.attested or claimed.area is None:
            return []
        for incident in zone.incidents.claiming({claimed.area}):
            all_of_it = incident.tallies
            is_about = [is_believed(attested, tally.claimed, incident) for tally in all_of_it]
            if not any(is_about):
                continue
            kept = [tally for tally, about in zip(all_of_it, is_about, strict=True) if not about]
            revision: list[Alert] = []
            _have(incident, kept)
            if incident.alert_id is not None:
                revision = self._reviser.revise(zone, incident, rx)
            alerts += revision
            own = [each for each in revision if each.alert_id == incident.alert_id]
            if kept and not (own and own[0].status == "closed"):
                put_aside(zone.aside, part_of(incident, list(compress(all_of_it, is_about))))
                continue
            if incident.alert_id is not None:
                zone.known.verdicts.remember(incident, incident.alert_id)
            remove(zone.incidents, incident)
            _have(incident, all_of_it)
            put_aside(zone.aside, incident)
        return alerts

    def next_due_ms(self, zone: Zone) -> int:
        """Arrival time at which time alone next has an effect; `NEVER_MS` for never."""
        dues = (due_ms(incident, self._settings) for incident in zone.incidents)
        return min(dues, default=NEVER_MS)

    def pass_time(self, zone: Zone, now_ms: int) -> list[Alert]:
        """What is due at ``now_ms``: held-back updates, closings, candidates to forget."""
        settings, incidents = self._settings, zone.incidents
        alerts: list[Alert] = []
        over: set[int] = set()
        for incident in [one for one in incidents if now_ms >= due_ms(one, settings)]:
            if now_ms < end_ms(incident, settings):
                alerts += self._reviser.revise(zone, incident, incident.newest_rx)
                continue
            over.add(incident.number)
            is_published = incident.alert_id is not None and incident.owner == incident.zone
            if is_published and not incident.closed:
                alerts.append(self._reviser.close(zone, incident, now_ms))
            if incident.alert_id is not None:
                zone.known.verdicts.remember(incident, incident.alert_id)
        if over:
            incidents.keep([incident for incident in incidents if incident.number not in over])
        return alerts

    def flush(self, zone: Zone) -> list[Alert]:
        """Publishes updates that were held back: nothing more is to come for now."""
        alerts: list[Alert] = []
        for incident in list(zone.incidents):
            if incident.changed and incident.alert_id is not None:
                alerts += self._reviser.revise(zone, incident, incident.newest_rx)
        return alerts

    def _revise_if_due(
        self, zone: Zone, incident: Incident, rx: int, may_change: bool
    ) -> list[Alert]:
        alerts: list[Alert] = []
        if may_change and (incident.alert_id is None or rx >= update_ms(incident, self._settings)):
            alerts = self._reviser.revise(zone, incident, rx)
        zone.due_ms = min(zone.due_ms, due_ms(incident, self._settings))
        return alerts


def _have(incident: Incident, tallies: list[Tally]) -> None:
    """Gives an incident other tallies, to be weighed anew."""
    incident.renew()
    incident.tallies, incident.peak = tallies, float("-inf")


def _withdraw(zone: str, about: Incident | Past, alert_id: str, verdicts: Verdicts) -> Outcome:
    """Forgets an alert's verdict with all that is still to come of it."""
    if about.verdict is None:
        return "repeated"
    about.verdict = None
    verdicts.muted.lift(zone, alert_id)
    if isinstance(about, Incident):
        about.confirmed_rx = 0
    return "taken"
