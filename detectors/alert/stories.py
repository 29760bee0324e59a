"""Which findings of an incident one transmitter can have caused: its stories, told one by one.

A transmitter has one identity at a time on a carrier. So what is found of a registered cell is
evidence of a clone of that cell alone, and no evidence beside what is found of another one: in a
crowd phones receive dozens of cells, of which some are registered with a wrong channel, some at a
wrong place, some don't cipher. Each such cell is a story of its own. Areas and cells that nobody
has here are one story as far as a transmitter can have had them (`detectors.alert.successions`),
since it may change its own; what happened to phones without naming a cell may belong to any. Of
texts the one that most phones received does: a transmitter sends all whom it takes the same one,
messages whose records were lost differ.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from operator import and_
from typing import Final

from detectors.alert.successions import Name, name_of, successions
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Identity
from detectors.model.text import Text
from detectors.rules import ROOMS

#: Registered cells of an incident that are looked at one by one, beside the one that its highest
#: odds were about: those of most nats lately, without so many phones that say most, since these may
#: be hostile.
_MOST_CELLS: Final = 4
_HOSTILE: Final = 3
#: So many devices show when a story began.
_SOME: Final = 3
#: Detectors whose findings rest on registered places, and those that name what nobody has.
OF_SITES: Final = frozenset(name for name, room in ROOMS.items() if room.rule.of_sites)
_OF_STRANGERS: Final = frozenset(name for name, room in ROOMS.items() if room.rule.of_strangers)
_OF_LISTED: Final = OF_SITES | {name for name, room in ROOMS.items() if room.rule.of_listed}


@dataclass(frozen=True, slots=True)
class Story:
    """``belong`` has of each tally of the incident whether it belongs; ``cell`` is the registered
    cell that it is about, if about one."""

    cell: Identity | None
    belong: tuple[bool, ...]

    def about(self, incident: Incident, weights: Mapping[str, float]) -> str:
        """What names it as long as it goes on: its cell, else the identity that says most, by what
        each detector adds (nats)."""
        if self.cell is not None:
            return str(self.cell)
        named = [tally for tally in compress(incident.tallies, self.belong) if tally.claimed]
        most = max(
            named,
            key=lambda t: (weights.get(t.detector, 0.0), t.weight, str(t.claimed)),
            default=None,
        )
        return "" if most is None else str(most.claimed)

    def is_about(self, incident: Incident, about: str) -> bool:
        """Whether anything in it is about what `about` named once: who changes its identity goes on
        under another."""
        own = compress(incident.tallies, self.belong)
        return str(self.cell) == about or any(tally.is_named(about) for tally in own)

    def identity(self, incident: Incident) -> Identity | None:
        """That of most devices, if any is named."""
        most = self._most(incident)
        return None if most is None else most.claimed

    def weightiest(self, incident: Incident) -> Identity | None:
        """The identity that most is found against, if any is named; of those against which as much
        is, that of most devices. A harmless one may be received by more phones beside it."""
        nats: dict[Identity, float] = {}
        devices: dict[Identity, int] = {}
        for tally in compress(incident.tallies, self.belong):
            if (claimed := tally.claimed) is not None:
                nats[claimed] = nats.get(claimed, 0.0) + min(tally.weight, tally.cap)
                devices[claimed] = max(len(tally.votes), devices.get(claimed, 0))
        return max(nats, key=lambda one: (nats[one], devices[one], str(one)), default=None)

    def begun(self, incident: Incident) -> int:
        """When some devices had found the identity of most of them (event time, ms): strays find
        others before, and one or two may have wrong clocks. There must be one."""
        most = self._most(incident)
        assert most is not None
        times_ms = sorted(vote.seen for vote in most.votes.values())
        return times_ms[min(_SOME, len(times_ms)) - 1]

    def network(self, incident: Incident) -> tuple[int | None, int | None] | None:
        """Country and network code of the identity that most devices found, if any."""
        named = self.identity(incident)
        return None if named is None else (named.mcc, named.mnc)

    def _most(self, incident: Incident) -> Tally | None:
        own = [tally for tally in compress(incident.tallies, self.belong) if tally.claimed]
        return max(own, key=lambda tally: (len(tally.votes), str(tally.claimed)), default=None)

    def foreign(self, incident: Incident) -> frozenset[Identity | None]:
        """Identities that only other stories are about."""
        about: tuple[set[Identity | None], ...] = set(), set()
        for tally, belongs in zip(incident.tallies, self.belong, strict=True):
            about[belongs].add(tally.claimed)
        return frozenset(about[False] - about[True] - {None})


def stories(incident: Incident) -> tuple[Story, ...]:
    """Those of areas which nobody has first, at least one, then those of registered cells; kept
    with the incident until it changes."""
    known: tuple[Story, ...] | None = incident.__dict__.get("_stories")
    if known is None:
        known = incident.__dict__["_stories"] = _stories(incident)
    return known


def _stories(incident: Incident) -> tuple[Story, ...]:
    strange: dict[int | None, list[Identity]] = {}
    for tally in incident.tallies:
        if tally.detector in _OF_STRANGERS and tally.claimed is not None:
            strange.setdefault(tally.claimed.area, []).append(tally.claimed)
    by_cell: dict[Identity, list[Tally]] = {}
    cells = [_cell_of(tally, strange) for tally in incident.tallies]
    text = incident.campaign
    for cell, tally in zip(cells, incident.tallies, strict=True):
        if cell is not None:
            by_cell.setdefault(cell, []).append(tally)
    nats = {cell: _nats_lately(own, incident.newest_rx) for cell, own in by_cell.items()}
    ordered = sorted(sorted(nats, key=str), key=nats.__getitem__, reverse=True)
    chosen = [
        cell
        for at, cell in enumerate(ordered)
        if at < _MOST_CELLS or str(cell) == incident.peak_about
    ]
    of_text = [_is_of(tally, text) for tally in incident.tallies]
    unlisted = [cell is None and belongs for cell, belongs in zip(cells, of_text, strict=True)]
    found = [
        Story(None, tuple(map(and_, unlisted, (_is_in(t, names) for t in incident.tallies))))
        for names in successions(compress(incident.tallies, unlisted)) or [frozenset[Name]()]
    ]
    found += [
        Story(cell, tuple(map(and_, of_text, (_fits(t, cell) for t in incident.tallies))))
        for cell in chosen
    ]
    return tuple(found)


def _nats_lately(tallies: Iterable[Tally], now_ms: int) -> tuple[float, float]:
    """What is left of some tallies (nats): without phones that may be hostile, and of all."""
    without = whole = 0.0
    for tally in tallies:
        weights, left = sorted(vote.weight for vote in tally.votes.values()), tally.left(now_ms)
        without += left * min(sum(weights[:-_HOSTILE]), tally.cap)
        whole += left * min(sum(weights), tally.cap)
    return without, whole


def _cell_of(tally: Tally, strange: Mapping[int | None, Iterable[Identity]]) -> Identity | None:
    """The registered cell that a tally is about; ``strange`` are identities that nobody has, by
    area."""
    claimed = tally.claimed
    if claimed is None or claimed.area is None or claimed.cell is None:
        return None
    is_listed = tally.detector in _OF_LISTED
    if not is_listed and any(one.agrees(claimed) for one in strange.get(claimed.area, ())):
        return None
    return Identity(claimed.rat, claimed.mcc, claimed.mnc, claimed.area, claimed.cell)


def _is_of(tally: Tally, campaign: Text | None) -> bool:
    """Whether a tally is of no text, or of the one that most phones received."""
    return tally.text is None or campaign is None or tally.text.is_like(campaign)


def _is_in(tally: Tally, names: Container[Name]) -> bool:
    """Whether a tally has one of some names, or none."""
    name = name_of(tally)
    return name is None or name in names


def _fits(tally: Tally, cell: Identity) -> bool:
    """Whether a tally may be of a clone of the cell: about it, or about no other identity."""
    claimed = tally.claimed
    return claimed is None or claimed.area is None or claimed.agrees(cell)
