"""How many phones saw an identity, or were harmed under it: what the core's word about it must
outweigh."""

from collections.abc import Iterable

from detectors.incident.incident import Incident
from detectors.incident.tally import Tally, certain
from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Identity


def harmed(incident: Incident, claimed: Identity, but_for: list[str]) -> int:
    """Phones to which something happened under an identity, for certain; subscribers ``but_for``
    some don't count, and devices and subscribers may be the same people."""
    about = (t for t in incident.tallies if t.claimed is not None and t.claimed.agrees(claimed))
    return harmed_of(about, but_for)


def onlookers(tallies: Iterable[Tally], claimed: Identity) -> int:
    """Devices that found an identity odd in what it is or in how it is received, without harm."""
    who: set[str] = set()
    for tally in tallies:
        if tally.family in OF_HARM or tally.claimed is None or not tally.claimed.agrees(claimed):
            continue
        who.update(voter for voter in tally.votes if voter.startswith("device:"))
    return len(who)


def texted(tallies: Iterable[Tally], claimed: Identity) -> int:
    """Devices that received texts under an identity which the centre didn't send, for certain."""
    about = (t for t in tallies if t.claimed is not None and t.claimed.agrees(claimed))
    return harmed_of(tally for tally in about if tally.family == "sms")


def harmed_of(tallies: Iterable[Tally], but_for: Iterable[str] = ()) -> int:
    """As `harmed`, by some tallies, under whatever identity."""
    who = {
        voter
        for tally in tallies
        if tally.family in OF_HARM
        for voter, vote in tally.votes.items()
        if vote.weight >= STRONG_WEIGHT
    }
    return certain(who - {f"subscriber:{one}" for one in but_for})
