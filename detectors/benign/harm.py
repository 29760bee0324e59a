"""How many phones saw an identity, or were harmed, by the tallies of a story; of a whole incident
`detectors.incident.tally.Affected` knows."""

from collections.abc import Iterable

from detectors.incident.tally import Tally, certain
from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Identity


def onlookers(tallies: Iterable[Tally], claimed: Identity) -> int:
    """Devices that found an identity odd in what it is or in how it is received, without harm."""
    who: set[str] = set()
    for tally in tallies:
        if tally.family in OF_HARM or tally.claimed is None or not tally.claimed.agrees(claimed):
            continue
        who.update(voter for voter in tally.votes if voter.startswith("device:"))
    return len(who)


def harmed_of(tallies: Iterable[Tally], but_for: Iterable[str] = ()) -> int:
    """Phones to which something happened by some tallies, for certain, under whatever identity;
    subscribers ``but_for`` some don't count, and devices and subscribers may be the same people."""
    who = {
        voter
        for tally in tallies
        if tally.family in OF_HARM
        for voter, vote in tally.votes.items()
        if vote.weight >= STRONG_WEIGHT
    }
    return certain(who - {f"subscriber:{one}" for one in but_for})
