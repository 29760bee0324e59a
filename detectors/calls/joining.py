"""Which campaign a finding is of."""

from typing import Final

from detectors.calls.fusion import lasting
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
    same trunk, save where one number took another's turn, which honest ones seldom do: that is
    evidence of its own.
    """
    found, of_turns = _candidates(index, finding, rx, settings)
    merged: list[CallIncident] = []
    if found:
        one, *others = sorted(found, key=lambda i: (i.alert_id is None, i.opened_rx, i.number))
        for other in others:
            index.absorb(one, other)
            merged.append(other)
    else:
        one = index.begin(rx, finding.ts)
    index.add(one, finding, rx, against)
    if of_turns > 0.0:
        share = one.shares[finding.detector]
        share.group = max(share.group, of_turns)
    return one, merged


def _candidates(
    index: CallIndex, finding: Finding, rx: int, settings: CallSettings
) -> tuple[list[CallIncident], float]:
    """The campaigns that a finding may be of; and what it weighs that its number took the turn of
    one of theirs (nats), 0 where it didn't, or was one of theirs before."""
    about = finding.of_calls
    if about is None:
        return [], 0.0
    found: dict[int, CallIncident] = {}
    own = index.of_number(about.number) if about.number is not None else None
    same = [own, *map(index.of_call, about.calls)]
    found |= {one.number: one for one in same if one is not None}
    shared: dict[int, list[tuple[str, int]]] = {}
    known: dict[int, CallIncident] = {}
    of_turns: dict[int, float] = {}
    # In one order, whatever a rule's own is, since chances are multiplied.
    for link in sorted(ties(finding)):
        for one in index.of_link(link):
            if kind_of(link) == TURN:
                former = None if one is own else _gave_way(index, one, about.number, rx)
                if former is None:
                    continue
                made = index.state.both_ways.of_late(former, rx)[2]
                of_turns[one.number] = settings.turn_nats + lasting(made, settings)
            known[one.number] = one
            shared.setdefault(one.number, []).append((link, rx - one.links.get(link, rx)))
    for at, links in shared.items():
        if chance(links) >= settings.join_chance:
            found[at] = known[at]
    taken = (nats for at, nats in of_turns.items() if at in found)
    return list(found.values()), max(taken, default=0.0)


def _gave_way(index: CallIndex, one: CallIncident, number: str | None, rx: int) -> str | None:
    """The last of a campaign's callers, where all of them have stopped, and that one when a number
    began; ``None`` else.

    A fraud that uses up one number after another has them call in turns. Honest firms on the same
    trunk, odd in the same way, call at the same time.
    """
    known = index.state.both_ways
    if number is None or (begun := known.going(number, rx)) is None:
        return None
    callers = [each for each, about in one.numbers.items() if about.role == "caller"]
    times = {each: known.going(each, rx) for each in callers if each != number}
    going = {each: about for each, about in times.items() if about is not None}
    if not going:
        return None
    last = max(going, key=lambda each: going[each].last_s)
    silent = all(each.pause_s <= rx // 1000 - each.last_s for each in going.values())
    took = going[last].calls >= _LEAST_CALLS and going[last].gave_way_to(begun, rx // 1000)
    return last if silent and took else None
