"""Whether a new identity is the next one of a known transmitter, or that of another.

A transmitter that changes its identity gives the old one up; what phones report of the two may
overlap by as long as a phone is held. Two transmitters go on side by side, in two places. So a new
identity begins a candidate of its own, and is settled when it is known whether the old one is still
on the air. If it is, the two are one only where phones put them at one place (two carriers, several
networks' names); if not, wherever the known one can be by then: that another is switched on near by
in the very minute in which this one falls silent isn't likely.

It is where transmitters are many. Middles of few phones are off by hundreds of metres, so that what
is near may be a neighbour's: among other alerts, two are one only where it is likelier that their
middles lie so far apart by error than that it is another's, or a new one is just there.

Long because all that makes two candidates one is compared in one place.
"""

from collections.abc import Iterable
from math import exp, pi
from statistics import median
from typing import Final, Literal

from detectors.incident.association import UNREPORTED_MS, Association, are_sent_apart
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.incident.report import error_m, mean_of, unsure_m
from detectors.incident.tally import HELD_MS, Tally
from detectors.incident.victims.nameless import taken_by, victims_of, whose_victims
from detectors.register.identity_keys import cell_key
from geo.earth.bounds import Bounds
from geo.earth.sphere import great_circle_m

Verdict = Literal["same", "other", "open"]

#: Beyond this no gate can be met, whatever is compared (m).
_FAR_M = 12_000.0
#: So many reports of the old identity would have come by now, but didn't: it was given up.
_MISSED = 4.0
#: How many phones receive something is known by so many, and in so long (ms), at least.
_SEVERAL: Final = 3
_COUNTED_MS: Final = 60_000
#: Of one that had been silent for so long before (ms), nobody can be held any more.
_IDLE_MS = 60_000
#: How long an alert may wait for that, and for a middle that is known well enough (ms).
_LONGEST_MS, _PLACED_MS = 120_000, 60_000
#: Other alerts within so far (m) show how many transmitters there are to a square metre. What a
#: known one does besides begins some three times as many candidates as new ones do.
_ABOUT_M, _NEW_SHARE = 4000.0, 1 / 3
#: So often (ms) an alert looks for what is part of it.
_GATHERED_EVERY_MS = 5_000
#: A place is good for so long (ms) before and after.
_TRACKED_MS = 45_000
#: So long (ms) before, what passes was elsewhere; it may stand now and then.
_PASSING_MS, _LONG_PASSED_MS = 180_000, 600_000
#: So far away (m) a transmitter on a roof or a hill may be received.
_RECEIVED_M = 8_000.0
#: Standard error of the distance of two middles that is good enough (m).
_PLACED_M = 300.0
#: Phones that take two carriers of one transmitter stand elsewhere: middles are no surer (m).
_LEAST_ERROR_M = 150.0


def merge(
    incidents: IncidentIndex, incident: Incident, gates: Association
) -> tuple[Incident, bool]:
    """The incident itself, or the older one that it turned out to be; and whether that is settled.

    An alert absorbs those near it that turned out to be part of it.
    """
    if not incident.strong:
        return incident, True
    if incident.alerting:
        # What changes elsewhere looks for its alert itself.
        if incident.newest_rx < incident.gathered_rx + _GATHERED_EVERY_MS:
            return incident, True
        incident.gathered_rx = incident.newest_rx
        others = _about(incidents, incident, _FAR_M + _ABOUT_M)
        _take_victims(incidents, incident, others, gates)
        for other in others:
            verdict = same_transmitter(other, incident, gates, others)
            if verdict == "same" and _is_no_neighbours(other, incident, others):
                incidents.absorb(incident, other)
        return incident, True
    others = _about(incidents, incident, _FAR_M + _ABOUT_M)
    alert = whose_victims(incident, others)
    if alert is not None:
        incidents.absorb(alert, incident)
        return alert, True
    cell = taken_by(incident, others, gates)
    if cell is not None:
        incidents.absorb(cell, incident)
        return merge(incidents, cell, gates)
    _take_victims(incidents, incident, others, gates)
    same: Incident | None = None
    settled, young = True, incident.newest_rx - incident.first_rx < _LONGEST_MS
    for older in _comparable(incidents, incident, gates):
        if older.number > incident.number and not older.alerting:
            continue
        verdict = same_transmitter(incident, older, gates, others)
        if verdict == "same" and not _is_no_neighbours(incident, older, others):
            verdict = "open" if young else "other"
        if verdict == "same" and (same is None or (older.alerting and not same.alerting)):
            same = older
        settled &= verdict != "open" or not older.alerting
    # What may yet be the next identity of one alert isn't taken for a second one of another.
    if same is None or (young and not settled):
        return incident, settled
    incidents.absorb(same, incident)
    # Two candidates in one may be what neither was: part of an alert.
    return (same, settled) if same.alerting else merge(incidents, same, gates)


def _about(incidents: IncidentIndex, incident: Incident, within_m: float) -> list[Incident]:
    """Other incidents that have a report within a distance of one's middle, and others; none where
    it has no place, and so is like nothing."""
    if incident.middle is None:
        return []
    about = incidents.strong_about(Bounds.at(*incident.middle), within_m)
    return [other for other in about if other is not incident]


def _comparable(
    incidents: IncidentIndex, candidate: Incident, gates: Association
) -> list[Incident]:
    """Those older ones of which `same_transmitter` may say something else than that it is another,
    and others. Of few phones only what is near is compared."""
    bounds = candidate.bounds
    if candidate.devices() >= gates.merging_devices or candidate.middle is None or bounds is None:
        return _about(incidents, candidate, _FAR_M)
    # The Earth is round: a box that reaches far north is somewhat nearer than it looks.
    about = incidents.strong_about(bounds, 1.5 * _widest_m(gates))
    return [other for other in about if other is not candidate]


def _widest_m(gates: Association) -> float:
    return max(gates.together_m, gates.next_identity_m, gates.one_and_the_same_m)


def _take_victims(
    incidents: IncidentIndex, incident: Incident, others: list[Incident], gates: Association
) -> None:
    """Makes those whose phones a cell that began took part of its incident."""
    while (victims := victims_of(incident, others, gates)) is not None:
        incidents.absorb(incident, victims)
        others.remove(victims)


def same_transmitter(
    candidate: Incident, older: Incident, gates: Association, others: Iterable[Incident] = ()
) -> Verdict:
    """Whether a candidate without an alert is an ``older`` incident under another identity; "open"
    while it isn't known yet. ``others`` are what else there is in the zone."""
    if candidate.alerting or not (candidate.strong and older.strong):
        return "other"
    # The cheap questions come first: most pairs need no closer look.
    gap_ms = max(candidate.first_ts - older.last_ts, older.first_ts - candidate.last_ts, 0)
    most_s = gates.paused_s if older.alerting else gates.most_driving_s
    is_its_texts = older.alerting and candidate.is_of_texts  # a clone sends some, too
    is_clone, was_clone = candidate.is_clone, older.is_clone
    if gap_ms > most_s * 1000 or (is_clone != was_clone and not is_its_texts):
        return "other"
    # Each registered cell is a candidate of its own, but for those that a transmitter took then.
    if is_clone and not _is_taken_by(candidate, older):
        return "other"
    if candidate.apart and not set(candidate.apart).isdisjoint(older.apart):
        return "other"
    if candidate.middle is None or older.middle is None or are_sent_apart(candidate, older):
        return "other"
    new, old = candidate.received, older.received
    several = candidate.devices() >= gates.merging_devices
    if not (several or (new and old)):
        return "other"
    if several and _shares_its_cells(candidate, older):
        return "same"
    # Farther than any gate below, but for that of one that is back.
    is_far = candidate.apart_m(older) > _widest_m(gates)
    if is_far and not (new and old and several):
        return "other"
    begun, old = _begun(candidate), older.received_by_many
    lately = [t for t in old if t.last_ts >= begun - UNREPORTED_MS]
    before = [t for t in lately if older.one_reported_since(t.claimed) < begun]
    if (is_far and before) or great_circle_m(*candidate.middle, *older.middle) > _FAR_M:
        return "other"
    # Compared where the identities meet in time: a car goes on.
    (here, _), (there, _) = candidate.moment(begun), older.moment(begun)
    far_m = _far_m(candidate, older, begun)
    if candidate.is_of_texts and older.is_of_texts:
        return _by_places(candidate, older, gates, others)
    if not new or not old:  # known from those who came back: only their number settles it
        # A crowd on the operator's new cells, one of whom has bad luck, are nobody's victims.
        several = len(candidate.strong_voters) >= gates.merging_devices
        if not several or far_m > gates.one_and_the_same_m:
            return "other"
        if any(_was_silent(*pair) for pair in ((candidate, older), (older, candidate))):
            return "other"
        if candidate.bare_codes <= older.claimed_codes:
            return "same"
        return _beside_a_passer(candidate, older, begun, gates) or "same"
    age_ms = max(candidate.last_ts, older.last_ts) - begun
    # What was received of the candidate's identity and went to the older one says no more of that.
    old = [tally for tally in old if not _is_of(tally, new)]
    if _are_together(before, old, new, begun):
        if not several or (age_ms < _PLACED_MS and error_m(here, there) > _PLACED_M):
            return "open" if far_m <= gates.next_identity_m else "other"
        if far_m > gates.together_m:
            return "other"
        return _beside_a_passer(candidate, older, begun, gates) or "same"
    if not before:
        back = several and far_m - error_m(here, there) <= gates.paused_m
        return "same" if back and gap_ms <= most_s * 1000 else "other"
    if far_m > gates.next_identity_m:
        near = far_m - error_m(here, there) <= gates.next_identity_m
        return "open" if near and age_ms < _LONGEST_MS else "other"
    if _beside_a_passer(candidate, older, begun, gates) == "other":
        return "other"
    idle_ms = begun - max(tally.last_ts for tally in before)
    silent_ms = idle_ms if idle_ms >= _IDLE_MS else max(0, age_ms - HELD_MS)
    if _rate(before) * silent_ms >= _MISSED:
        return "same"
    if age_ms < _LONGEST_MS:
        return "open"
    return "same" if far_m <= gates.one_and_the_same_m else "other"


def _was_silent(cell: Incident, victims: Incident) -> bool:
    """Whether most of those who name nobody came back before a cell was first received, and so
    long before that phones as many as receive it since would have reported it by then."""
    own = cell.received
    phones = set[str]().union(*(tally.votes for tally in own))
    if victims.received or len(phones) < _SEVERAL:
        return False
    begun = _begun(cell)
    span_ms = max(max(tally.last_ts for tally in own) - begun, _COUNTED_MS)
    back = [v.seen for t in victims.tallies if not t.claimed for v in t.votes.values()]
    return bool(back) and len(phones) / span_ms * (begun - median(back)) >= _MISSED


def _beside_a_passer(
    candidate: Incident, older: Incident, begun: int, gates: Association
) -> Verdict | None:
    """What it says that a candidate began beside an alert that goes by; ``None`` where that stands
    or stops, or the candidate goes along with it.

    A car is once beside everything on its way. A carrier of its own goes on with it.
    """
    then = [fix for fix in older.track if fix.ts <= begun]
    before = [fix for fix in then if _PASSING_MS <= then[-1].ts - fix.ts <= _LONG_PASSED_MS]
    if not before or candidate.middle is None:
        return None
    since, now = then[-1], older.track[-1]
    came_m = max(great_circle_m(was.lat, was.lon, since.lat, since.lon) for was in before)
    if came_m <= gates.one_and_the_same_m:
        return None
    if candidate.last_ts - begun < _LONGEST_MS:
        return "open"
    if great_circle_m(since.lat, since.lon, now.lat, now.lon) <= gates.one_and_the_same_m / 2.0:
        return None
    stayed_m, along_m = (great_circle_m(*candidate.middle, f.lat, f.lon) for f in (since, now))
    return "other" if stayed_m < along_m else None


def _is_no_neighbours(candidate: Incident, older: Incident, others: Iterable[Incident]) -> bool:
    """Whether a candidate at its place is likelier an ``older`` incident than another alert about,
    or a new transmitter that happens to be there."""
    if candidate.middle is None or _has_much_in_common(candidate, older):
        return True
    middle = candidate.middle
    alerts = [
        other
        for other in others
        if other.alerting
        and other is not older
        and other.middle is not None
        and other.last_ts >= candidate.first_ts - UNREPORTED_MS
        and great_circle_m(*middle, *other.middle) <= _ABOUT_M
    ]
    if not alerts:
        return True
    of_one = _density(candidate, older)
    if of_one < _NEW_SHARE * len(alerts) / (pi * _ABOUT_M**2):
        return False
    return all(of_one >= _density(candidate, other) for other in alerts)


def _density(candidate: Incident, older: Incident) -> float:
    """How likely (a square metre) a candidate's middle is where it is, if it is an older
    incident's: a circular normal distribution with the error of both."""
    begun = _begun(candidate)
    (here, _), (there, _) = candidate.moment(begun), older.moment(begun)
    variance_m2 = max(error_m(here, there), _LEAST_ERROR_M) ** 2
    far_m = _far_m(candidate, older, begun)
    return exp(-(far_m**2) / (2.0 * variance_m2)) / (2.0 * pi * variance_m2)


def _far_m(candidate: Incident, older: Incident, begun: int) -> float:
    """How far a candidate's middle is from an incident when it began: from the middle of its
    reports then, or from its published place if that is nearer. Phones that misplace themselves
    pull the one away, and the other may lag behind a car."""
    _, here = candidate.moment(begun)
    _, there = older.moment(begun)
    fixes = [fix for fix in older.track if abs(fix.ts - begun) <= _TRACKED_MS]
    nearest = min(fixes, key=lambda fix: abs(fix.ts - begun), default=None)
    far_m = great_circle_m(*here, *there)
    if nearest is None:
        return far_m
    return min(far_m, great_circle_m(*here, nearest.lat, nearest.lon))


def _has_much_in_common(candidate: Incident, older: Incident) -> bool:
    """Whether phones received a like text of both, or half of a candidate's phones are also an
    older incident's, or received what its phones did."""
    if any(text.is_like(known) for text in candidate.texts for known in older.texts):
        return True
    if _shares_its_cells(candidate, older):
        return True
    return 2 * len(candidate.voters & older.voters) >= len(candidate.voters)


def _shares_its_cells(candidate: Incident, alert: Incident) -> bool:
    """Whether most of a candidate's phones received unlisted cells that an alert's phones received
    meanwhile: instruments on roofs, and phones on a hill, receive a strong transmitter from
    kilometres away, and would be another one there."""
    if not alert.alerting or candidate.middle is None or alert.middle is None:
        return False
    areas = alert.claims_by_area  # the cheap question first
    if not any(one.claimed and one.claimed.area in areas for one in candidate.received):
        return False
    if great_circle_m(*candidate.middle, *alert.middle) > _RECEIVED_M:
        return False
    known = {cell_key(one.claimed): one for one in alert.received if one.claimed}
    everybody, sharing = set[str](), set[str]()
    for tally in candidate.received:
        everybody.update(tally.votes)
        its = known.get(cell_key(tally.claimed)) if tally.claimed else None
        if its is not None and tally.first_ts - UNREPORTED_MS <= its.last_ts:
            sharing.update(tally.votes)
    return 2 * len(sharing) > len(everybody)


def _is_taken_by(candidate: Incident, alert: Incident) -> bool:
    """Whether a registered cell may be the next identity of an alert's transmitter: received since,
    and by phones on which that was. A crowd also receives any number of wrong rows."""
    if not alert.alerting or _begun(candidate) < alert.first_ts:
        return False
    return _has_much_in_common(candidate, alert)


def _by_places(
    candidate: Incident, older: Incident, gates: Association, others: Iterable[Incident]
) -> Verdict:
    """Whether two texts at a time are of one transmitter: where all reports of the time that both
    were sent show one place for certain (looked at with each report, so by two standard errors), or
    may do so, and nothing else about sends texts."""
    begun = max(candidate.first_ts, older.first_ts)
    here, there = ([r for r in one.reports if r.ts >= begun] for one in (candidate, older))
    if not here or not there:
        return "other"
    far_m = great_circle_m(*mean_of(here), *mean_of(there))
    unsure = unsure_m(here, there)
    several = min(candidate.devices(), older.devices()) >= gates.merging_devices
    if several and far_m + 2.0 * unsure <= gates.one_and_the_same_m:
        return "same"
    if far_m > 2.0 * unsure:
        return "other"
    if candidate.last_ts - candidate.first_ts < _PLACED_MS:
        return "open"
    is_near = several and far_m <= gates.one_and_the_same_m
    return "same" if is_near and not _others_send(candidate, older, gates, others) else "other"


def _others_send(
    candidate: Incident, older: Incident, gates: Association, others: Iterable[Incident]
) -> bool:
    """Whether anything else, elsewhere about two incidents, sends texts, too: then middles that are
    some hundred metres apart may be two transmitters'."""
    assert older.middle is not None
    for other in others:
        if other is candidate or other is older or not other.texts or other.middle is None:
            continue
        far_m = great_circle_m(*older.middle, *other.middle)
        lately = other.last_ts >= candidate.first_ts - UNREPORTED_MS
        if lately and gates.one_and_the_same_m < far_m <= _ABOUT_M:
            return True
    return False


def _are_together(before: list[Tally], old: list[Tally], new: list[Tally], begun: int) -> bool:
    """Whether old and new identity, begun then (ms), were on the air together, for longer than a
    phone is held."""
    ended = max(t.last_ts for t in new)
    later = [t.first_ts for t in old if t.first_ts >= begun]
    goes_on = any(t.last_ts > begun + HELD_MS for t in before)
    return goes_on or (bool(later) and ended > min(later) + HELD_MS)


def _is_of(tally: Tally, own: list[Tally]) -> bool:
    """Whether a tally is about one of some identities."""
    claimed = tally.claimed
    return claimed is not None and any(
        one.claimed is not None and one.claimed.agrees(claimed) for one in own
    )


def _begun(candidate: Incident) -> int:
    """When a candidate's own identities were first reported (ms), were it by a weak finding."""
    begun: int | None = candidate.__dict__.get("_begun")
    if begun is None:  # it is asked of a candidate beside each other one
        own = candidate.received
        about = {tally.claimed for tally in candidate.tallies if _is_of(tally, own)}
        begun = candidate.reported_since(about) if about else candidate.first_ts
        candidate.__dict__["_begun"] = begun
    return begun


def _rate(tallies: list[Tally]) -> float:
    """Findings a millisecond about identities while they were reported."""
    span_ms = max(t.last_ts for t in tallies) - min(t.first_ts for t in tallies)
    return sum(t.count for t in tallies if t.family == "identity") / max(span_ms, 30_000)
