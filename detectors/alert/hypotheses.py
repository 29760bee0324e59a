"""What else than a transmitter may be behind an incident, each with its probability.

Hypotheses compete: what one explains no better than another says nothing between the two. A rogue
station must win against chance (a crowd of strays and wrong reports: the prior odds of
`detectors.incident.fusion`) and, where it poses as a registered cell, against a wrong row of the
register: then what phones measure of the cell fits both, and only where the cell's and its site's
other reports lie, and what else happened to phones, tells them apart
(`detectors.sites.site_places`).

An incident may have several stories: each registered cell that is received where it can't be is
one, and all that has nothing to do with such a cell another. Each must stand alone; what an unknown
area's phones report is no evidence that a registered cell is cloned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from detectors.alert.record import Hypothesis
from detectors.incident.fusion import (
    Fusion,
    contributions,
    enough_devices,
    log_odds,
    most_by_detector,
    probability,
)
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Identity
from detectors.model.headline_words import ENGLISH
from detectors.rules import ROOMS
from detectors.sites.site_places import SitePlaces, SiteVerdict

#: Cells of an incident that are looked at one by one, those of most devices first.
_MOST_CELLS = 4
#: Detectors whose findings rest on registered places, and those whose devices count by their rate.
_OF_SITES = frozenset(name for name, room in ROOMS.items() if room.rule.of_sites)
_BY_RATE = frozenset(name for name, room in ROOMS.items() if room.rule.by_rate)
_OWN_CAUSE = frozenset(name for name, room in ROOMS.items() if room.rule.own_cause)


@dataclass(frozen=True, slots=True)
class Weighed:
    """An incident's likeliest story: what each detector adds to it (nats), and the log-odds of a
    transmitter.

    ``wrong_row`` is the share of a wrong register row in what is left for other hypotheses, 0 to
    1; ``cell`` and ``verdict`` say of which cell, and why.
    """

    weights: dict[str, float]
    log_odds: float
    wrong_row: float = 0.0
    cell: Identity | None = None
    verdict: SiteVerdict | None = None

    @property
    def explained(self) -> float:
        """How surely it is a wrong row rather than a transmitter, 0 to 1."""
        return self.wrong_row * (1.0 - probability(self.log_odds))


def weigh(
    incident: Incident,
    peers: Iterable[Incident],
    sites: SitePlaces,
    kept: Sequence[float],
    fusion: Fusion,
    raised: float = 0.0,
) -> Weighed:
    """The likeliest of an incident's stories; ``kept`` is what benign causes leave of tallies,
    ``raised`` by how much (nats) the base rate is above the usual one."""
    look_alikes = fusion.look_alikes(incident, peers, _BY_RATE, _OWN_CAUSE)
    cells = _misplaced(incident)

    def added(share: list[float]) -> dict[str, float]:
        now_ms, apart = incident.last_rx, (_BY_RATE, _OWN_CAUSE)
        return contributions(incident, now_ms, fusion, look_alikes, share, *apart)

    without = [
        0.0 if _is_of_sites(tally) else left
        for tally, left in zip(incident.tallies, kept, strict=True)
    ]
    weights = added(without if cells else list(kept))
    best = Weighed(weights, log_odds(incident, weights, fusion, raised))
    for cell in cells:
        story = [
            left if _fits(tally, cell) else 0.0
            for tally, left in zip(incident.tallies, kept, strict=True)
        ]
        weights, verdict = added(story), sites.verdict(cell)
        against_chance = log_odds(incident, weights, fusion, raised)
        besides = sum(nats for name, nats in weights.items() if name not in _OF_SITES)
        against_row = verdict.log_odds + besides
        odds = -float(np.logaddexp(-against_chance, -against_row))
        if odds >= best.log_odds:
            wrong_row = probability(against_chance - against_row)
            best = Weighed(weights, odds, wrong_row, cell, verdict)
    return best


def can_reach(
    incident: Incident,
    sites: SitePlaces,
    least_log_odds: float,
    fusion: Fusion,
    raised: float = 0.0,
) -> bool:
    """Whether any of an incident's stories could come to such odds at its freshest: a cheap first
    question, since most incidents never do."""
    enough = enough_devices(incident, fusion)
    if not enough and least_log_odds > fusion.held_back_log_odds:
        return False
    cells = _misplaced(incident)

    def rest_fits(tally: Tally) -> bool:
        return not (cells and _is_of_sites(tally))

    if _against_chance(most_by_detector(incident, rest_fits), fusion, raised) >= least_log_odds:
        return True
    for cell in cells:
        most = most_by_detector(incident, partial(_fits, cell=cell))
        if _against_chance(most, fusion, raised) >= least_log_odds:
            besides = sum(nats for name, nats in most.items() if name not in _OF_SITES)
            if sites.verdict(cell).log_odds + besides >= least_log_odds:
                return True
    return False


def _against_chance(weights: Mapping[str, float], fusion: Fusion, raised: float) -> float:
    return fusion.calibrated(fusion.prior_log_odds + raised + sum(weights.values()))


def _is_of_sites(tally: Tally) -> bool:
    return tally.detector in _OF_SITES and tally.claimed is not None


def _misplaced(incident: Incident) -> list[Identity]:
    """Registered cells received where they can't be, those of most devices first."""
    devices: dict[Identity, set[str]] = {}
    for tally in incident.tallies:
        if _is_of_sites(tally) and tally.claimed is not None:
            c = tally.claimed
            devices.setdefault(Identity(c.rat, c.mcc, c.mnc, c.area, c.cell), set()).update(
                tally.votes
            )
    return sorted(devices, key=lambda cell: (-len(devices[cell]), cell))[:_MOST_CELLS]


def _fits(tally: Tally, cell: Identity) -> bool:
    """Whether a tally may be of a clone of the cell: about it, or about no other identity."""
    claimed = tally.claimed
    return claimed is None or claimed.area is None or claimed.agrees(cell)


def hypotheses(weighed: Weighed, chance: float) -> list[Hypothesis]:
    """What may be behind an alert, the likeliest first; ``chance`` is that of a transmitter."""
    left = 1.0 - chance
    found = [
        Hypothesis("rogue_station", chance, "a transmitter that is not the operator's"),
        Hypothesis(
            "chance",
            round(left * (1.0 - weighed.wrong_row), 4),
            "strays, wrong positions and holes of the register that chanced to meet",
        ),
    ]
    if weighed.cell is not None and weighed.verdict is not None:
        text = _wrong_row(weighed.cell, weighed.verdict)
        found.append(Hypothesis("wrong_register_row", round(left * weighed.wrong_row, 4), text))
    return sorted(found, key=lambda one: (-one.probability, one.name))


def _wrong_row(cell: Identity, verdict: SiteVerdict) -> str:
    text = f"the register has {ENGLISH.identity_text(cell)} in a wrong place"
    if not verdict.reports:
        return text
    return (
        f"{text}: {verdict.reports} reports of {verdict.cells} cells of its site fit a place"
        f" {verdict.off_m:.0f} m from there best, if they are of one place"
    )
