"""Which campaign a finding is of."""

from typing import Final

from detectors.calls.incident import CallIncident
from detectors.calls.links import TURN, chance, kind_of, ties
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallIndex
from detectors.model.finding import Finding

#: Who has made fewer calls isn't known to go on or to have stopped. Chosen.
_LEAST_CALLS: Final = 8


def join(
    index: CallIndex, finding: Finding, rx: int, settings: CallSettings, against: float = 0.0
) -> tuple[CallIncident, list[CallIncident]]:
    """The campaign with the finding added, and those that it has made one with that; ``against`` as
    in `detectors.calls.incident.Known`.

    A number goes on where it was, and so does a call. By what it shares with others only a strong
    finding joins: one that honest numbers bring as well would make these part of a campaign on the
    same trunk, save where one number took another's turn, which honest ones don't.
    """
    found = _candidates(index, finding, rx, settings)
    merged: list[CallIncident] = []
    if found:
        one, *others = sorted(found, key=lambda i: (i.alert_id is None, i.opened_rx, i.number))
        for other in others:
            index.absorb(one, other)
            merged.append(other)
    else:
        one = index.begin(rx, finding.ts)
    index.add(one, finding, rx, against)
    return one, merged


def _candidates(
    index: CallIndex, finding: Finding, rx: int, settings: CallSettings
) -> list[CallIncident]:
    about = finding.of_calls
    if about is None:
        return []
    found: dict[int, CallIncident] = {}
    own = index.of_number(about.number) if about.number is not None else None
    same = [own, *map(index.of_call, about.calls)]
    found |= {one.number: one for one in same if one is not None}
    shared: dict[int, list[tuple[str, int]]] = {}
    known: dict[int, CallIncident] = {}
    # In one order, whatever a rule's own is, since chances are multiplied.
    for link in sorted(ties(finding)):
        for one in index.of_link(link):
            if kind_of(link) == TURN and not _gave_way(index, one, about.number, rx):
                continue
            known[one.number] = one
            shared.setdefault(one.number, []).append((link, rx - one.links.get(link, rx)))
    for at, links in shared.items():
        if chance(links) >= settings.join_chance:
            found[at] = known[at]
    return list(found.values())


def _gave_way(index: CallIndex, one: CallIncident, number: str | None, rx: int) -> bool:
    """Whether a campaign's callers have all stopped, and the last of them when a number began.

    A fraud that uses up one number after another has them call in turns. Honest firms on the same
    trunk, odd in the same way, call at the same time.
    """
    known = index.state.both_ways
    if number is None or (begun := known.going(number, rx)) is None:
        return False
    callers = [each for each, about in one.numbers.items() if about.role == "caller"]
    times = [known.going(each, rx) for each in callers if each != number]
    going = [each for each in times if each is not None]
    if not going:
        return False
    last = max(going, key=lambda each: each.last_s)
    silent = all(each.pause_s <= rx // 1000 - each.last_s for each in going)
    return silent and last.calls >= _LEAST_CALLS and last.gave_way_to(begun, rx // 1000)
