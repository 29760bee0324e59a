"""What else than a transmitter may be behind an incident, each with its probability.

Hypotheses compete: what one explains no better than another says nothing between the two. A rogue
station must win against chance (a crowd of strays and wrong reports: the prior odds of
`detectors.incident.fusion`) and, where it poses as a registered cell, against a wrong row of the
register: then what phones measure of the cell fits both, and only where the cell's and its site's
other reports lie, and what else happened to phones, tells them apart
(`detectors.sites.site_places`).

An incident may have several stories (`detectors.alert.stories`), each of which must stand alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from math import exp, inf, log
from operator import and_
from typing import Final

import numpy as np

from detectors.alert.record import Hypothesis
from detectors.alert.service import Service
from detectors.alert.sharing import is_nameless, of_others, shared
from detectors.alert.stories import OF_SITES, Story, stories
from detectors.incident.fusion import (
    Fusion,
    bounded,
    contributions,
    enough_devices,
    log_odds,
    most_by_detector,
    probability,
)
from detectors.incident.incident import Incident
from detectors.incident.look_alikes import LookAlikes
from detectors.incident.tally import share_phones
from detectors.model.finding import Identity
from detectors.model.headline_words import ENGLISH
from detectors.rules import ROOMS
from detectors.sites.site_places import SitePlaces, SiteVerdict

#: Detectors whose devices count by their rate, and those that weigh in full beside others.
_BY_RATE = frozenset(name for name, room in ROOMS.items() if room.rule.by_rate)
_OWN_CAUSE = frozenset(name for name, room in ROOMS.items() if room.rule.own_cause)
#: Those whose findings a cell that reaches far brings, too, and the most that they then say (nats).
_OF_REACH = frozenset(name for name, room in ROOMS.items() if room.rule.of_reach)
_MOST_OF_REACH: Final = 2.0
#: What some detectors' findings say of others' (nats): by name, then by the other's.
_CONTAINED = {name: room.rule.contains for name, room in ROOMS.items() if room.rule.contains}
#: Log-odds of what is as likely as not.
_EVEN: Final = 0.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """An incident's likeliest story: what each detector adds to it (nats), and the log-odds of a
    transmitter.

    ``wrong_row`` is the share of a wrong register row in what is left for other hypotheses, 0 to
    1; ``verdict`` says why, where the story is of a registered cell out of place. ``served`` is
    what speaks against a transmitter since the cell serves its phones (nats, 0 at most).
    ``named_odds`` are the log-odds without what names nobody, ``others`` is how likely another took
    these phones (`detectors.alert.sharing`).
    ``beside`` has of each tally of the incident whether it is another transmitter's; it is empty
    where nothing shows one.
    """

    weights: dict[str, float]
    log_odds: float
    story: Story
    wrong_row: float = 0.0
    verdict: SiteVerdict | None = None
    served: float = 0.0
    named_odds: float = -inf
    others: float = 0.0
    beside: tuple[bool, ...] = ()


def weigh(
    incident: Incident,
    peers: Iterable[Incident],
    sites: SitePlaces,
    kept: Sequence[float],
    fusion: Fusion,
    raised: float = 0.0,
    service: Service | None = None,
    least: float = -inf,
) -> Weighed:
    """The likeliest of an incident's stories; ``kept`` is what benign causes leave of tallies,
    ``raised`` by how much (nats) the base rate is above the usual one; ``service`` what shows that
    cells serve. While none comes to such log-odds as ``least``, nor to what it had, it stays the
    one that this was about: what is left of an alert isn't about whoever else was near."""
    peers = list(peers)
    others = of_others(incident, peers)
    look_alikes = fusion.look_alikes(incident, peers, _BY_RATE, _OWN_CAUSE)
    weighed_of = partial(
        _weighed, incident, look_alikes, sites, kept, fusion, raised, service, others
    )
    best: Weighed | None = None
    for story in stories(incident):
        if best is not None and _most(incident, story, fusion, raised) <= best.log_odds:
            continue
        weighed = weighed_of(story)
        if best is None or weighed.log_odds > best.log_odds:
            best = weighed
    assert best is not None
    beside = _beside(incident, best, weighed_of, fusion, raised)
    if best.log_odds < min(least, incident.peak) and not beside:
        stays = [one for one in stories(incident) if one.is_about(incident, incident.peak_about)]
        best = max(map(weighed_of, stays), key=lambda one: one.log_odds, default=best)
    # Only now, so that of two that are as sure as an alert may be the likelier one counts.
    return replace(best, log_odds=bounded(best.log_odds, fusion, enough=True), beside=beside)


def _weighed(
    incident: Incident,
    look_alikes: LookAlikes | None,
    sites: SitePlaces,
    kept: Sequence[float],
    fusion: Fusion,
    raised: float,
    service: Service | None,
    others: float,
    story: Story,
) -> Weighed:
    """One story by itself."""
    of = incident, incident.last_rx, fusion, look_alikes, kept, _BY_RATE, _OWN_CAUSE
    # Wrong rows are weighed against a clone by all reports of the site, not by how many there are.
    by_row = OF_SITES if story.cell is not None else ()
    adds = partial(contributions, *of, contained=_CONTAINED, but_peers_of=by_row)
    whole = named = adds(belongs=story.belong)
    names = [not is_nameless(tally) for tally in incident.tallies]
    if not all(names):
        named = adds(belongs=tuple(map(and_, story.belong, names)))
    weights = shared(whole, named, others)
    served = _served(incident, story, service)
    named_odds = served + _against_all(named, story, sites, fusion, raised)[0]
    named_odds = bounded(named_odds, fusion, enough=True)
    odds, wrong_row, verdict = _against_all(weights, story, sites, fusion, raised)
    odds += served
    if not enough_devices(incident, fusion, story.belong):
        odds = bounded(odds, fusion, enough=False)
    return Weighed(weights, odds, story, wrong_row, verdict, served, named_odds, others)


def _against_all(
    weights: Mapping[str, float], story: Story, sites: SitePlaces, fusion: Fusion, raised: float
) -> tuple[float, float, SiteVerdict | None]:
    """Log-odds of a transmitter; the share of a wrong row of the register in what is left, and why,
    where the story is of a registered cell out of place."""
    against_chance = log_odds(weights, fusion, raised)
    if story.cell is None or not any(weights.get(name) for name in OF_SITES):
        return against_chance, 0.0, None
    verdict = sites.verdict(story.cell)
    against_row = _against_row(verdict, weights)
    odds = -float(np.logaddexp(-against_chance, -against_row))
    return odds, probability(against_chance - against_row), verdict


def _most(incident: Incident, story: Story, fusion: Fusion, raised: float) -> float:
    """Log-odds that a story can't exceed."""
    return log_odds(most_by_detector(incident, story.belong), fusion, raised)


def _beside(
    incident: Incident,
    best: Weighed,
    weighed_of: Callable[[Story], Weighed],
    fusion: Fusion,
    raised: float,
) -> tuple[bool, ...]:
    """Of each tally whether it is of another transmitter than the rest: what names either is enough
    for an alert by itself, one at least poses as a registered cell, and each has phones of its own,
    of the same network: for another one a transmitter has another name. Of the two it is the one
    that began later. What came out of a division isn't divided again."""
    if best.log_odds < _EVEN or incident.parts:
        return ()
    for other in stories(incident):
        if other == best.story or other.cell is best.story.cell is None:
            continue
        if other.network(incident) != best.story.network(incident):
            continue
        pairs = (other, best.story), (best.story, other)
        both = [_naming(incident, *pair) for pair in pairs]
        if not all(enough_devices(incident, fusion, story.belong) for story in both):
            continue
        if share_phones(*(compress(incident.tallies, story.belong) for story in both)):
            continue
        if any(_most(incident, story, fusion, raised) < _EVEN for story in both):
            continue
        if all(weighed_of(story).log_odds >= _EVEN for story in both):
            return max(both, key=lambda story: story.begun(incident)).belong
    return ()


def _naming(incident: Incident, story: Story, but_for: Story) -> Story:
    """What names an identity of a story's, and not of another's."""
    belong = (
        tally.claimed is not None and own and not others
        for tally, own, others in zip(incident.tallies, story.belong, but_for.belong, strict=True)
    )
    return Story(story.cell, tuple(belong))


def explaining(incident: Incident, about: str, sites: SitePlaces, service: Service | None) -> float:
    """What speaks for a cell of the operator's, wrongly registered or seen to serve (nats), where
    a story is about something (`Story.is_about`), whether or not it is the likeliest; 0 without."""
    story = next((one for one in stories(incident) if one.is_about(incident, about)), None)
    if story is None:
        return 0.0
    own = compress(incident.tallies, story.belong)
    is_of_sites = story.cell is not None and any(tally.detector in OF_SITES for tally in own)
    wrong_row = -sites.verdict(story.cell).log_odds if story.cell and is_of_sites else 0.0
    return max(0.0, wrong_row) - _served(incident, story, service)


def _served(incident: Incident, story: Story, service: Service | None) -> float:
    if service is None:
        return 0.0
    own = list(compress(incident.tallies, story.belong))
    return service.against(incident, own, story.weightiest(incident))


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
    # What the sum of weights must come to.
    least = (least_log_odds - fusion.calibration_offset) / fusion.calibration_slope
    least -= fusion.prior_log_odds + raised
    for story in stories(incident):
        most = most_by_detector(incident, story.belong)
        besides = _besides(most)
        if besides >= least:
            return True
        if story.cell is None or sum(most.values()) < least:
            continue
        if sites.verdict(story.cell).log_odds + besides >= least_log_odds:
            return True
    return False


def _against_row(verdict: SiteVerdict, weights: Mapping[str, float]) -> float:
    """Log-odds of a clone over a wrong row and what reaches far or travels: what besides the place
    speaks for it speaks against all, but for what these bring; what travels begins often."""
    reach = sum(nats for name, nats in weights.items() if name in _OF_REACH)
    of_those = verdict.far * exp(-min(reach, _MOST_OF_REACH)) + verdict.travels
    left = max(0.0, 1.0 - verdict.far - verdict.travels) * exp(-reach) + of_those
    return verdict.log_odds + _besides(weights) - reach - log(left)


def _besides(weights: Mapping[str, float]) -> float:
    """Nats of what has nothing to do with where the register has a site."""
    return sum(nats for name, nats in weights.items() if name not in OF_SITES)


def hypotheses(weighed: Weighed, chance: float) -> list[Hypothesis]:
    """What may be behind an alert, the likeliest first; ``chance`` is that of a transmitter."""
    left = 1.0 - chance
    serving = left * (1.0 - exp(weighed.served))
    left -= serving
    found = [
        Hypothesis("rogue_station", chance, "a transmitter that is not the operator's"),
        Hypothesis(
            "chance",
            round(left * (1.0 - weighed.wrong_row), 4),
            "strays, wrong positions and holes of the register that chanced to meet",
        ),
    ]
    if weighed.story.cell is not None and weighed.verdict is not None:
        of_row, far = left * weighed.wrong_row, weighed.verdict.far
        text = _wrong_row(weighed.story.cell, weighed.verdict)
        found.append(Hypothesis("wrong_register_row", round(of_row * (1.0 - far), 4), text))
        if far > 0.0:
            text = "the cell is where the register has it, and received from farther than its range"
            found.append(Hypothesis("far_reaching_cell", round(of_row * far, 4), text))
    if serving > 0.0:
        text = "a cell of the operator's: phones on it send at once, or the core has served some"
        found.append(Hypothesis("serving_cell", round(serving, 4), text))
    return sorted(found, key=lambda one: (-one.probability, one.name))


def _wrong_row(cell: Identity, verdict: SiteVerdict) -> str:
    text = f"the register has {ENGLISH.identity_text(cell)} in a wrong place"
    if not verdict.reports or verdict.travels > 0.5:
        return text  # what travels is nowhere for long
    return (
        f"{text}: {verdict.reports} reports of {verdict.cells} cells of its site fit a place"
        f" {verdict.off_m:.0f} m from there best, if they are of one place"
    )
