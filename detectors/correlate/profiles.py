"""From a correlator's state to an installation's profile, and back into zones that are new."""

from collections.abc import Iterable, Mapping

from detectors.context import call_census, census
from detectors.context.core_attestation import ENOUGH, Attested
from detectors.correlate.arrival_queue import Item
from detectors.correlate.zone import ZoneState
from detectors.correlate.zone_rules import ZoneRules
from detectors.profile.age import Age, Learning, learning_of
from detectors.profile.profile import MOST_ATTESTED, MOST_ZONES, Profile, ZoneProfile
from detectors.sites import site_census
from detectors.sites.learned_sites import learned_sites, take_up_sites

#: Stands for a subscriber whom the core served before: nobody's pseudonym.
_SOMEBODY = "before {}"


def profile_of(
    zones: Mapping[str, ZoneState],
    rules: ZoneRules,
    attested: Attested,
    waiting: tuple[ZoneProfile, ...],
) -> Profile:
    """What is long-lived of zones, of their rules and of what the core attests; zones that haven't
    begun yet (``waiting``) as they are."""
    learned = [
        ZoneProfile(
            zone=name,
            age=state.age.copy(),
            sites=tuple(learned_sites(state.context.sites)),
            rules=rules.learned(name),
            rate=state.rate.learned(),
        )
        for name, state in zones.items()
        if state.age.reports
    ]
    known = [key for key, who in attested.by_key.items() if len(who) >= ENOUGH]
    return Profile(zones=(*learned, *waiting)[:MOST_ZONES], attested=tuple(known[-MOST_ATTESTED:]))


def take_up_zone(
    name: str, state: ZoneState, learned: ZoneProfile, rules: ZoneRules, now_ms: int
) -> None:
    """Puts what was learned of a zone into its fresh state at arrival time ``now_ms``."""
    state.age, state.rate = learned.age.copy(), learned.rate.taken_up(now_ms)
    take_up_sites(state.context.sites, learned.sites)
    rules.take_up(name, learned.rules, now_ms)


def take_up_attested(attested: Attested, keys: tuple[str, ...]) -> None:
    """Adds identities that the core has attested before."""
    for key in keys:
        attested.by_key[key] = [_SOMEBODY.format(number) for number in range(ENOUGH)]


def learning(zones: Mapping[str, ZoneState]) -> list[Learning]:
    """How far each zone has come that anything came from."""
    return [
        learning_of(name, state.age, len(state.context.sites.reports.keys()))
        for name, state in zones.items()
        if state.age.reports
    ]


def note(ages: Iterable[Age], item: Item) -> None:
    """Counts in the ages of its zones what comes in turn. The census counts phones that are among
    the reports of sites too."""
    reports, finding, observation = 1, item.finding, item.observation
    if observation is not None:
        if observation.detector in (census.NAME, call_census.NAME):
            reports = 0
        elif observation.detector == site_census.NAME:
            reports = site_census.count_of(observation)
    for age in ages:
        age.observe(item.rx, reports)
        if finding is not None:
            age.find(finding.detector)
