"""The life of incidents: born of a finding, told as an alert, updated, closed, forgotten.

One literal table says what each state does; the steps below apply it. All times are arrival times
of messages, so the same findings tell the same story at any speed.
"""

from math import log
from typing import Final

import msgspec

from detectors.alert.alert import alert_id, build, has_name
from detectors.alert.record import Alert, Status
from detectors.benign.incident_causes import Excuse, authorised_by, excuses_of, kept_shares
from detectors.context.known_honest import Told
from detectors.context.muting import all_at
from detectors.context.team_readings import heard_by
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
from detectors.context.zone_routing import zones_for
from detectors.correlate.incident_index import Board
from detectors.correlate.settings import IncidentSettings
from detectors.incident.association import choose, has_void_place
from detectors.incident.fusion import can_reach, contributions, log_odds, probability
from detectors.incident.identity_change import kinship
from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity, Observation
from detectors.place.position import place
from detectors.place.split_incident import divide
from geo.track.road_graph import RoadMap

#: (has an alert, is at least as likely as not) -> status of the next revision; None: say nothing.
STATUS: Final[dict[tuple[bool, bool], Status | None]] = {
    (False, False): None,
    (False, True): "open",
    (True, True): "update",
    (True, False): "closed",
}


_MINUTE_MS: Final = 60_000
#: Most log-odds of a transmitter that may be there: told of, but not as an alarm.
_AUTHORISED_LOG_ODDS: Final = -1.0


class Lifecycle:
    """Steps over one zone's incidents, which they change in place; itself without state."""

    def __init__(self, settings: IncidentSettings, roads: RoadMap | None = None) -> None:
        self.settings, self._roads = settings, roads

    def take(
        self, zone: str, board: Board, finding: Finding, rx: int, told: Told
    ) -> tuple[list[Alert], int | None]:
        """One finding in its turn: the revision that it brings, if any, and when time alone next
        has an effect on the incident that it joined."""
        muted = told.verdicts.muted.silences(zone, finding, rx)
        if muted or self._is_vouched_for(finding.claimed, told):
            return [], None
        zones = zones_for(finding)
        incident = choose(board.joinable(finding), finding, self.settings.association)
        if incident is None:
            incident = Incident(zone, zones[0], rx, rx, finding.ts, finding.ts)
            board.born(incident)
        elif has_void_place(incident, finding):
            finding = msgspec.structs.replace(finding, place=None)
        elif incident.owner != zone and incident.owner not in zones:
            # The zone that it began in can't see this far: tell of it from here, as one's own.
            incident.owner, incident.naming, incident.seed = zone, [], None
        incident.add(finding, rx)
        board.note(incident, finding)
        incident, settled = self._merged(board, incident)
        alerts: list[Alert] = []
        if settled and (incident.alert_id is None or rx >= self._update_ms(incident)):
            alerts = self._tell(incident, board, rx, told)
        return alerts, self._due_ms(incident)

    def read(
        self, board: Board, observation: Observation, rx: int, told: Told
    ) -> tuple[list[Alert], int | None]:
        """A team's reading in its turn; what it brings is as of `take`."""
        reading = board.around.fieldwork.observe(observation)
        incident = None if reading is None else heard_by(reading, board.telling)
        if reading is None or incident is None:
            return [], None
        incident.last_ts, incident.last_rx = max(incident.last_ts, reading.ts), rx
        incident.changed = incident.measured = True
        alerts: list[Alert] = []
        if incident.alert_id is not None and rx >= self._update_ms(incident):
            alerts = self._tell(incident, board, rx, told)
        return alerts, self._due_ms(incident)

    def evaluate(
        self, zone: str, board: Board, verdict: Verdict, rx: int, told: Told
    ) -> tuple[list[Alert], Outcome]:
        """A team's verdict in its turn: the revision that it brings, and what became of it."""
        known, word = told.verdicts, verdict.word
        incident = next((one for one in board if has_name(one, verdict.alert_id)), None)
        about = incident or known.recall(zone, verdict.alert_id)
        if about is None:
            return [], "unknown"
        if word == WITHDRAWN:
            return [], self._withdraw(zone, about, verdict.alert_id, known)
        if about.verdict == word:
            return [], "repeated"
        about.verdict = word
        alerts: list[Alert] = []
        if incident is None:
            if word == CONFIRMED:
                known.muted.lift(zone, verdict.alert_id)
        elif word == CONFIRMED:
            incident.confirmed_rx = rx
        elif word in HONEST:
            if incident.alert_id is not None:
                alerts.append(self._closed(incident, board, rx, told))
            board.keep([one for one in board if one is not incident])
            known.remember(incident, verdict.alert_id)
        if word in HONEST:
            mine = self.settings
            mute_s = mine.mute_s if word == FALSE_ALARM else mine.mute_legitimate_s
            known.mute(zone, verdict, rx, mute_s, mine.mute_radius_m)
        return alerts, "taken"

    @staticmethod
    def _withdraw(zone: str, about: Incident | Past, alert_id: str, known: Verdicts) -> Outcome:
        """Forgets an alert's verdict with all that is still to come of it."""
        if about.verdict is None:
            return "repeated"
        about.verdict = None
        known.muted.lift(zone, alert_id)
        if isinstance(about, Incident):
            about.confirmed_rx = 0
        return "taken"

    def reconsider(self, board: Board, told: Told, rx: int) -> list[Alert]:
        """Weighs open alerts again, now that the operator has announced something."""
        alerts: list[Alert] = []
        for incident in board:
            if incident.alert_id is not None:
                alerts += self._tell(incident, board, rx, told)
        return alerts

    def acquit(self, board: Board, told: Told, rx: int) -> list[Alert]:
        """Drops what was found about identities that the core now vouches for."""
        alerts: list[Alert] = []
        left: list[Incident] = []
        for incident in board:
            kept = [
                tally for tally in incident.tallies if not self._is_vouched_for(tally.claimed, told)
            ]
            revision: list[Alert] = []
            if len(kept) < len(incident.tallies):
                incident.tallies, incident.peak = kept, float("-inf")
                if incident.alert_id is not None:
                    revision = self._tell(incident, board, rx, told)
            if kept and not (revision and revision[0].status == "closed"):
                left.append(incident)
            elif incident.alert_id is not None:
                told.verdicts.remember(incident, incident.alert_id)
            alerts += revision
        board.keep(left)
        return alerts

    def next_due_ms(self, board: Board) -> int | None:
        """Arrival time at which time alone next has an effect; ``None`` for never."""
        return min((self._due_ms(incident) for incident in board), default=None)

    def pass_time(self, board: Board, now_ms: int, told: Told) -> list[Alert]:
        """What is due at ``now_ms``: held-back updates, closings, candidates to forget."""
        due = [incident for incident in board if now_ms >= self._due_ms(incident)]
        if not due:
            return []
        alerts: list[Alert] = []
        over: set[int] = set()
        for incident in due:
            if now_ms < self._end_ms(incident):
                alerts += self._tell(incident, board, incident.last_rx, told)
                continue
            over.add(incident.number)
            is_told = incident.alert_id is not None and incident.owner == incident.zone
            if is_told and not incident.closed:
                alerts.append(self._closed(incident, board, now_ms, told))
            if incident.alert_id is not None:
                told.verdicts.remember(incident, incident.alert_id)
        if over:
            board.keep([incident for incident in board if incident.number not in over])
        return alerts

    def flush(self, board: Board, told: Told) -> list[Alert]:
        """Tells updates that were held back: nothing more is to come for now."""
        alerts: list[Alert] = []
        for incident in board:
            if incident.changed and incident.alert_id is not None:
                alerts += self._tell(incident, board, incident.last_rx, told)
        return alerts

    def _is_vouched_for(self, claimed: Identity | None, told: Told) -> bool:
        return (
            self.settings.excuses.vouching
            and claimed is not None
            and told.vouched.vouches_for(claimed)
        )

    def _merged(self, board: Board, incident: Incident) -> tuple[Incident, bool]:
        """The incident itself, or the older one that it turned out to be; and whether that is
        settled. An alert takes up those near it that turned out to be part of it."""
        gates, settled = self.settings.association, True
        if not incident.telling:
            return incident, settled
        if incident.alert_id is not None:
            for other in board.telling:
                if other is not incident and kinship(other, incident, gates) == "same":
                    board.absorb(incident, other)
            return incident, settled
        for older in board.telling:
            if older is incident or (older.number > incident.number and older.alert_id is None):
                continue
            kin = kinship(incident, older, gates)
            if kin == "same":
                board.absorb(older, incident)
                return older, settled
            settled &= kin == "other" or older.alert_id is None
        return incident, settled

    def _tell(self, incident: Incident, peers: Board, ts: int, told: Told) -> list[Alert]:
        """The next revision, if there is one to tell and this zone is the one to tell it."""
        fusion, excuses = self.settings.fusion, self.settings.excuses
        if incident.alert_id is None and not can_reach(incident, self._open_odds, fusion):
            return []
        parted: list[Alert] = []
        if (other := divide(incident, peers.around)) is not None:
            peers.divided(other)
            parted = self._tell(other, peers, ts, told)
        holding = excuses_of(incident, peers, told.announced, excuses)
        kept = kept_shares(incident, holding)
        odds = log_odds(incident, incident.last_rx, fusion, peers, kept)
        excused = sum(1.0 - share for share in kept)
        # What was weighed higher stands, unless more of it is explained now.
        incident.peak = odds if excused > incident.excused else max(incident.peak, odds)
        incident.excused = excused
        likely = probability(incident.peak) >= self.settings.open_probability
        status = STATUS[incident.alert_id is not None, likely]
        incident.changed = incident.alert_id is None
        if status is None or incident.owner != incident.zone:
            return parted
        if status == "closed" and incident.closed:  # That is told once, not with each finding.
            return parted
        if incident.alert_id is None and self._is_muted(incident, peers, ts, told):
            return parted
        if incident.alert_id is None:
            incident.alert_id, incident.opened_rx = alert_id(incident), ts
        return [self._revise(incident, peers, status, ts, holding), *parted]

    def _is_muted(self, incident: Incident, peers: Board, ts: int, told: Told) -> bool:
        """Whether what would be an alert stands where all that it is about is muted, though the
        phones that told of it are farther off. A place is dear: it is asked for once in a while."""
        mutes = told.verdicts.muted.of_all(incident, ts)
        if not mutes:
            return False
        if ts < self._update_ms(incident):
            return True
        incident.told_rx = ts
        position = place(incident, peers.around, 0.0, self._roads)
        return all_at(mutes, None if position is None else (position.lat, position.lon))

    def _closed(self, incident: Incident, peers: Board, ts: int, told: Told) -> Alert:
        """The last revision of an alert."""
        excuses = excuses_of(incident, peers, told.announced, self.settings.excuses)
        return self._revise(incident, peers, "closed", ts, excuses)

    def _revise(
        self,
        incident: Incident,
        peers: Board,
        status: Status,
        ts: int,
        excuses: list[Excuse],
    ) -> Alert:
        position = place(incident, peers.around, self.settings.forecast_s, self._roads)
        kept = kept_shares(incident, excuses)
        weights = contributions(incident, incident.last_rx, self.settings.fusion, peers, kept)
        odds, authorised = incident.peak, authorised_by(incident, self.settings.excuses)
        if authorised is not None:
            odds = min(odds, _AUTHORISED_LOG_ODDS)
        alert = build(incident, status, ts, odds, position, weights, excuses, authorised)
        incident.revision, incident.told_rx, incident.changed = alert.revision, ts, False
        incident.measured, incident.closed = False, status == "closed"
        return alert

    @property
    def _open_odds(self) -> float:
        return log(self.settings.open_probability / (1.0 - self.settings.open_probability))

    def _update_ms(self, incident: Incident) -> int:
        if incident.measured:
            return incident.told_rx + int(self.settings.field_update_every_s * 1000)
        calm = incident.told_rx - incident.opened_rx >= self.settings.calm_after_s * 1000
        every_s = self.settings.calm_update_every_s if calm else self.settings.update_every_s
        return incident.told_rx + int(every_s * 1000)

    def _end_ms(self, incident: Incident) -> int:
        end_ms = incident.last_rx + int(self.settings.close_after_s * 1000)
        if incident.confirmed_rx:
            soon_ms = incident.last_rx + int(self.settings.confirmed_close_after_s * 1000)
            end_ms = min(end_ms, max(soon_ms, incident.confirmed_rx))
        # Candidates are forgotten at full minutes, since a crowded zone has many of them.
        return end_ms if incident.alert_id is not None else -(-end_ms // _MINUTE_MS) * _MINUTE_MS

    def _due_ms(self, incident: Incident) -> int:
        if incident.changed and incident.alert_id is not None:
            return min(self._update_ms(incident), self._end_ms(incident))
        return self._end_ms(incident)
