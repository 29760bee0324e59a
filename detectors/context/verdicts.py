"""What field teams found: verdicts, which close alerts and mute what these were about.

A verdict (`field.feedback`) becomes an observation that every correlator takes in order of arrival;
the one that has the alert acts on it. A false alarm or an honest cell closes the alert at once and
mutes its identities at its place (`detectors.context.muting`). A confirmed transmitter was dealt
with, so its alert closes soon after its newest evidence. What wasn't found may still be there: that
verdict is kept and published, but changes nothing.

Verdicts often come when an alert has closed by itself, so the newest closed ones are remembered: an
honest verdict mutes what they were about as well, and a confirming one takes such a mute back. So
does one that is withdrawn: an alert that it closed stays closed, and what is found from then on
opens one anew.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from detectors.context.muting.mute import Mute, Subject, held, pace_of
from detectors.context.muting.muted import NEAR_M, Muted, place_of, subjects_of
from detectors.incident.incident import Incident
from detectors.model.finding import Observation, Place
from detectors.model.rare_messages import Feedback
from geo.earth.sphere import great_circle_m

NAME: Final = "verdict"
CONFIRMED: Final = "confirmed"
FALSE_ALARM: Final = "false_alarm"
#: A verdict that its team takes back.
WITHDRAWN: Final = "withdrawn"
#: Verdicts that say that there was no rogue transmitter.
HONEST: Final = frozenset({FALSE_ALARM, "legitimate_cell"})

#: What becomes of a verdict in a zone: it counts, it is a repeat, its alert isn't known there.
Outcome: TypeAlias = Literal["taken", "repeated", "unknown"]

#: Closed alerts that are remembered of a zone.
_MOST_PAST: Final = 256
#: .. and identities of each, the newest: a hostile phone may claim a new one each second.
_MOST_SUBJECTS: Final = 32


class Verdict(msgspec.Struct, frozen=True):
    """One verdict. ``place`` is where it was given (degrees); ``until_ms`` (arrival time) and
    ``radius_m`` are of the mute, ``None`` for the defaults. ``role`` is who gave it, ``None`` where
    nobody vouches for that, ``given_ms`` its arrival time."""

    alert_id: str
    kind: str
    place: tuple[float, float] | None
    until_ms: int | None
    radius_m: float | None
    role: str | None = None
    given_ms: int = 0


class Past(msgspec.Struct):
    """A closed alert: what it was about, where it was published last, its newest verdict with that
    one's arrival time, and how many phones it harmed in half an hour, by family of evidence."""

    alert_id: str
    subjects: list[Subject]
    place: tuple[float, float] | None
    verdict: str | None
    judged_ms: int = 0
    pace: dict[str, int] = {}


class Verdicts(msgspec.Struct):
    """What verdicts left behind at a correlator; ``past`` are closed alerts by zone.

    ``taken`` counts verdicts on alerts that are known here, ``repeated`` those of them that
    changed nothing, ``unknown`` those on alerts of other correlators, or of nobody.
    """

    past: dict[str, list[Past]] = {}
    muted: Muted = msgspec.field(default_factory=Muted)
    taken: int = 0
    repeated: int = 0
    unknown: int = 0

    def remember(self, incident: Incident, name: str) -> None:
        """Keeps what a closed incident was, for verdicts that are still to come."""
        where = place_of(incident)
        place = None if where is None else (where.lat, where.lon)
        known = self.past.setdefault(incident.zone, [])
        subjects = subjects_of(incident)[:_MOST_SUBJECTS]
        known.append(
            Past(name, subjects, place, incident.verdict, incident.judged_ms, pace_of(incident))
        )
        del known[:-_MOST_PAST]

    def recall(self, zone: str, alert_id: str) -> Past | None:
        """A closed alert of a zone."""
        return next((one for one in self.past.get(zone, ()) if one.alert_id == alert_id), None)

    def mute(
        self,
        zone: str,
        verdict: Verdict,
        now_ms: int,
        usual: tuple[float, float],
        most: tuple[float, float],
        explains: int | None,
    ) -> None:
        """Mutes what a closed alert was about, about its place and about that of the verdict, where
        that is no farther off than any mute reaches.

        ``usual`` and ``most`` are a time (s) and a radius (m): those of a verdict that gives none
        itself, and those that no verdict of its kind goes beyond. It ``explains`` at most so many
        harmed phones in half an hour (``None``: as many as it may by their pace).
        """
        past = self.recall(zone, verdict.alert_id)
        assert past is not None
        places = _places(past.place, verdict.place)
        reach_m = min(usual[1] if verdict.radius_m is None else verdict.radius_m, most[1])
        until_ms = verdict.until_ms
        if until_ms is None:
            until_ms = now_ms + int(usual[0] * 1000)
        until_ms = min(until_ms, now_ms + int(most[0] * 1000))
        for subject in past.subjects:
            mute = Mute(
                verdict.alert_id,
                subject,
                [*places],
                reach_m,
                until_ms,
                verdict.kind,
                now_ms,
                held(past.pace, explains),
            )
            self.muted.add(zone, mute, now_ms)

    def count(self, outcomes: Collection[Outcome]) -> None:
        """Counts one verdict by what became of it in each zone of the correlator."""
        if "taken" in outcomes:
            self.taken += 1
        elif "repeated" in outcomes:
            self.repeated += 1
        else:
            self.unknown += 1


def _places(
    about: tuple[float, float] | None, given: tuple[float, float] | None
) -> list[tuple[float, float]]:
    """Where a verdict mutes: about its alert, and where it was given. Somebody elsewhere saw
    nothing of the alert, and shall silence nothing there."""
    if about is None or given is None:
        return [place for place in (about, given) if place is not None]
    return [about, given] if great_circle_m(*about, *given) <= NEAR_M else [about]


def observations(feedback: Sequence[Feedback]) -> list[Observation]:
    """One observation for each verdict; what names no alert or gives no verdict makes
    none."""
    return [
        Observation(
            detector=NAME,
            kind=WITHDRAWN if one.withdrawn else one.verdict,
            ts=one.ts if one.ts is not None else one.rx_ts,
            rx_ts=one.rx_ts,
            space="device",
            who="",
            place=None if one.lat is None or one.lon is None else Place(one.lat, one.lon),
            values={
                "alert_id": one.alert_id,
                "mute_until_ts": one.mute_until_ts,
                "mute_radius_m": one.mute_radius_m,
                "role": one.role,
            },
            source=one.source,
        )
        for one in feedback
        if one.alert_id is not None and one.verdict is not None
    ]


def verdict_of(observation: Observation) -> Verdict:
    """The verdict in an observation of `observations`."""
    until_ms, radius_m = (
        observation.values.get("mute_until_ts"),
        observation.values.get("mute_radius_m"),
    )
    return Verdict(
        str(observation.values.get("alert_id")),
        observation.kind,
        None if observation.place is None else (observation.place.lat, observation.place.lon),
        until_ms if isinstance(until_ms, int) else None,
        float(radius_m) if isinstance(radius_m, int | float) else None,
        role if isinstance(role := observation.values.get("role"), str) else None,
        observation.rx_ts,
    )
