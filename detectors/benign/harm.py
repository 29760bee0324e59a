"""How many phones were harmed under an identity, which the core's word about it must outweigh."""

from collections.abc import Iterable

from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Identity


def harmed(incident: Incident, claimed: Identity, but_for: list[str]) -> int:
    """Phones to which something happened under an identity, for certain; subscribers ``but_for``
    some don't count, and devices and subscribers may be the same people."""
    about = (t for t in incident.tallies if t.claimed is not None and t.claimed.agrees(claimed))
    return harmed_of(about, but_for)


def harmed_of(tallies: Iterable[Tally], but_for: Iterable[str] = ()) -> int:
    """As `harmed`, by some tallies, under whatever identity."""
    spaces: dict[str, set[str]] = {"device": set(), "subscriber": set()}
    for tally in tallies:
        if tally.family in OF_HARM:
            for voter, vote in tally.votes.items():
                if vote.weight >= STRONG_WEIGHT:
                    spaces[voter.partition(":")[0]].add(voter)
    spaces["subscriber"] -= {f"subscriber:{who}" for who in but_for}
    return max(len(who) for who in spaces.values())
