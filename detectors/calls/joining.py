"""Which campaign a finding is of."""

from detectors.calls.incident import CallIncident
from detectors.calls.links import chance
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallIndex
from detectors.model.finding import Finding


def join(
    index: CallIndex, finding: Finding, rx: int, settings: CallSettings, rung: float = 0.0
) -> tuple[CallIncident, list[CallIncident]]:
    """The campaign with the finding added, and those that it has made one with that; ``rung`` as in
    `detectors.calls.incident.Known`.

    A number goes on where it was, and so does a call. By what it shares with others only a strong
    finding joins: one that honest numbers bring as well would make these part of a campaign on the
    same trunk.
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
    index.add(one, finding, rx, rung)
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
    if not finding.is_strong:
        return list(found.values())
    shared: dict[int, list[tuple[str, int]]] = {}
    known: dict[int, CallIncident] = {}
    # In one order, whatever a rule's own is, since chances are multiplied.
    for link in sorted(about.links):
        for one in index.of_link(link):
            known[one.number] = one
            shared.setdefault(one.number, []).append((link, rx - one.links.get(link, rx)))
    for at, links in shared.items():
        if chance(links) >= settings.join_chance:
            found[at] = known[at]
    return list(found.values())
