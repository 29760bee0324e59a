"""What an alert is about, by the story that it follows: as whom it poses, what it is, and when."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Final

from detectors.alert.stories import Story
from detectors.features.rows.registrations import seen_identity
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally, Voters
from detectors.model.finding import AlertKind, Identity
from detectors.rules import ROOMS

_MOST_IDENTITIES: Final = 16
#: Kinds that say what a transmitter does; the others say as whom it poses.
_DEEDS: Final[tuple[AlertKind, ...]] = ("sms_spammer", "imsi_catcher")
_DEVICES_OF_A_DEED: Final = 2
#: What names no identity says for so long (ms) when the transmitter was on the air: phones come
#: back when they have been held and have looked for a cell. Later it is something else's.
_NAMELESS_MS: Final = 120_000


@dataclass(frozen=True, slots=True)
class Subject:
    """``identities`` are the most recent first, the one in whose name texts were sent last;
    ``first_ts`` and ``last_ts`` event times (ms) of the oldest and newest evidence."""

    identities: list[Identity]
    kind: AlertKind
    first_ts: int
    last_ts: int


def subject(incident: Incident, story: Story, weights: Mapping[str, float]) -> Subject:
    """Of an incident's alert; ``weights`` is what each detector adds to the story (nats).

    Identities that only one device names, stray phones' mostly, are left out where several name
    others, and what weighs nothing names none beside what weighs, but for areas that this names
    too: neither says as whom the transmitter poses, nor when it was on the air.
    """
    own = list(compress(incident.tallies, story.belong))
    weighing = [tally for tally in own if weights.get(tally.detector, 0.0) > 0.0]
    named = timed = _with_their_areas(_borne_out(weighing, incident), own)
    if not named:
        named = _borne_out(own, incident)
        if weighing and _devices(named) < 2:
            named = []
        timed = weighing or named
    of_them = {tally.claimed for tally in named}
    first_ts, last_ts = incident.first_ts, incident.last_ts
    if timed:
        first_ts = min(tally.first_ts for tally in timed)
        newest = max(tally.last_ts for tally in timed)
        if last_ts > newest + _NAMELESS_MS and not incident.measured:
            last_ts = newest
    identities = [one for one in incident.identities() if one in of_them]
    identities += [one for one in _of_texts(incident, weighing) if one not in identities]
    kind = _kind(own, story.cell is not None)
    return Subject(identities[:_MOST_IDENTITIES], kind, first_ts, max(last_ts, incident.seen_ts))


def _of_texts(incident: Incident, weighing: Iterable[Tally]) -> list[Identity]:
    """The listed cell in whose name the text was sent that most phones received, if texts weigh
    anything and it is known."""
    campaign = incident.campaign if any(tally.text for tally in weighing) else None
    if campaign is None:
        return []
    known = (text.sent_from for text in incident.texts if text.is_like(campaign))
    cell = next((seen_identity(key) for key in known if key is not None), None)
    return [] if cell is None else [cell]


def _with_their_areas(named: list[Tally], own: list[Tally]) -> list[Tally]:
    """Some tallies, and all of a story that name their areas."""
    areas = {tally.claimed.area for tally in named if tally.claimed} - {None}
    return named + [tally for tally in own if tally.claimed and tally.claimed.area in areas]


def _borne_out(tallies: list[Tally], incident: Incident) -> list[Tally]:
    """Of some tallies those about identities that an alert is to name."""
    strong = incident.strong_claims()
    named = [tally for tally in tallies if tally.claimed is not None]
    named = [tally for tally in named if tally.claimed in strong] or named
    of_area: dict[int | None, list[Tally]] = {}
    for tally in named:
        of_area.setdefault(tally.claimed.area if tally.claimed else None, []).append(tally)
    alone = {area for area, some in of_area.items() if _devices(some) < 2}
    several = [tally for area in of_area.keys() - (alone - {None}) for tally in of_area[area]]
    return several or named


def _devices(tallies: list[Tally]) -> int:
    return Voters(tallies).devices(None)


def _kind(tallies: Iterable[Tally], of_cell: bool) -> AlertKind:
    """The kind of which the rules have most devices behind one of their findings; what poses as a
    registered cell (``of_cell``) and is received as that can't be is a clone."""
    votes: Counter[AlertKind] = Counter()
    for tally in tallies:
        room = ROOMS.get(tally.detector)
        if room is not None and room.rule.alert_kind is not None:
            kind = room.rule.alert_kind
            votes[kind] = max(votes[kind], len(tally.votes))
    if (of_cell and votes["cloned_cell"]) or votes["cloned_cell"] > votes["fake_base_station"]:
        return "cloned_cell"
    return next((kind for kind in _DEEDS if votes[kind] >= _DEVICES_OF_A_DEED), "fake_base_station")
