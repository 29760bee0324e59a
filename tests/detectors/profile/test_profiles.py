"""An installation's profile out of a correlator and into a new one."""

from typing import Any

import msgspec
import pytest

from detectors.correlate.correlator import Correlator
from detectors.features.facts import Origin
from detectors.model.finding import Observation
from detectors.profile.profile import Profile, ZoneProfile
from detectors.rules import RULES
from detectors.screen.screening import Screening

HOUR_S = 3600.0
ALL = tuple(rule() for rule in RULES)


def reports(make: Any, hours: float = 2.0, name: str = "somebody") -> list[Observation]:
    """What screening lets through of a town in which a site stands 2.5 km from its row."""
    screening = Screening(ALL, Origin("cell.measurements", 0))
    observations: list[Observation] = []
    rows = []
    for number in range(int(hours * 60)):
        lat, lon = make.at(2500.0 + 40.0 * (number % 7), 60.0 * (number % 5))
        who = {"device": f"{name}-{number % 40}", "at_s": 60.0 * number, "rat": 1 + number % 4}
        rows.append({"lat": lat, "lon": lon, **who})
    observations += screening.step(make.measurements(*rows), make.register()).sent()
    return observations + screening.counted(1 << 60)


def taught(make: Any, correlator: Correlator, hours: float = 2.0) -> Correlator:
    for observation in reports(make, hours):
        correlator.take(observation)
    make.mark(correlator, hours * HOUR_S + 60.0)
    correlator.advance()
    return correlator


def main(profile: Profile) -> ZoneProfile:
    """The zone that saw most; its neighbours see an edge of the town."""
    return max(profile.zones, key=lambda zone: zone.age.reports)


@pytest.fixture
def profile(make: Any) -> Profile:
    return taught(make, make.correlator(ALL)).profile()


def stored(profile: Profile) -> Profile:
    return msgspec.json.decode(msgspec.json.encode(profile), type=Profile)


def test_it_says_since_when_and_from_how_much(profile: Profile, make: Any) -> None:
    zone = main(profile)
    assert zone.age.first_ms - make.t0_ms < 60_000
    assert zone.age.minutes == pytest.approx(120, abs=2)
    assert zone.age.reports >= 120
    assert zone.sites[0].seen == 120
    assert set(zone.rules) == {rule.name for rule in ALL if rule.learned_type} & set(zone.rules)
    assert zone.rules["odd_level"]["places"]


def test_a_new_correlator_that_begins_with_it_has_it_all(profile: Profile, make: Any) -> None:
    fresh = make.correlator(ALL)
    fresh.begin_with(stored(profile))
    # Zones wait until something comes from them, and are kept that long.
    assert stored(fresh.profile()) == stored(profile)
    assert fresh.profile(with_waiting=False).zones == ()
    taught(make, fresh, 0.05)
    before, after = main(profile), main(fresh.profile())
    assert after.age.first_ms == before.age.first_ms
    assert after.age.reports > before.age.reports
    assert after.sites[0].seen > before.sites[0].seen
    assert len(after.rules["odd_level"]["places"]) >= len(before.rules["odd_level"]["places"])


def test_waiting_zones_survive_a_restart(profile: Profile, make: Any) -> None:
    first = make.correlator(ALL)
    first.begin_with(stored(profile))
    state = Correlator.restore(first.snapshot())
    second = Correlator(ALL, first._lifecycle._settings, frozenset({make.source}), state=state)
    assert stored(second.profile()) == stored(profile)


def test_a_zone_that_has_begun_is_not_overwritten(profile: Profile, make: Any) -> None:
    begun = taught(make, make.correlator(ALL), 0.2)
    own = begun.profile()
    begun.begin_with(profile)
    assert begun.profile() == own


def test_zones_of_others_are_left_to_them(profile: Profile, make: Any) -> None:
    settings = make.correlator()._lifecycle._settings
    foreign = Correlator(ALL, settings, frozenset({make.source}), lambda zone: False)
    foreign.begin_with(profile)
    assert foreign.profile().zones == ()


def test_an_empty_profile_changes_nothing_at_all(make: Any) -> None:
    plain, empty = make.correlator(ALL), make.correlator(ALL)
    empty.begin_with(Profile())
    assert taught(make, empty).snapshot() == taught(make, plain).snapshot()


def test_nobody_is_in_it(profile: Profile) -> None:
    assert b"somebody" not in msgspec.json.encode(profile)


def test_what_the_core_attests_is_known_without_saying_of_whom(make: Any) -> None:
    served = make.correlator()
    for number in range(3):
        served.take(make.observation(number, at_s=number))
    served.take(make.observation(9, at_s=9.0, claimed=make.claimed(area=7, cell=1)))
    make.mark(served, 60.0)
    served.advance()
    profile = served.profile()
    assert profile.attested == ("gsm-460-0-61001-7", "la-460-0-61001")
    fresh = make.correlator()
    fresh.begin_with(stored(profile))
    assert fresh.state.known.attested.attests(make.claimed())
    assert not fresh.state.known.attested.attests(make.claimed(area=7, cell=1))
    assert b'"s0"' not in msgspec.json.encode(fresh.profile())


@pytest.mark.parametrize(
    "part", [None, 7, [], {"places": 7}, {"places": [["x", [1, "y"]]]}, {"tiles": [[]]}]
)
def test_what_rules_kept_in_another_form_is_passed_over(
    profile: Profile, make: Any, part: Any
) -> None:
    zone = main(profile)
    names = [*zone.rules, "a_rule_of_old"]
    odd = msgspec.structs.replace(zone, rules=dict.fromkeys(names, part))
    fresh = make.correlator(ALL)
    fresh.begin_with(Profile(zones=(odd,)))
    after = main(taught(make, fresh, 0.05).profile())
    assert after.age.reports > zone.age.reports
    assert "a_rule_of_old" not in after.rules


def test_a_week_without_watching_teaches_nothing(profile: Profile, make: Any) -> None:
    """Habits and quiet hours are as they were, whatever time has passed."""
    fresh = make.correlator(ALL)
    fresh.begin_with(stored(profile))
    for observation in reports(make, 0.05):
        by_ms = 7 * 86_400_000
        times = {"ts": observation.ts + by_ms, "rx_ts": observation.rx_ts + by_ms}
        fresh.take(msgspec.structs.replace(observation, **times))
    make.mark(fresh, 7 * 86_400.0 + HOUR_S)
    fresh.advance()
    before, after = main(profile), main(fresh.profile())
    assert after.age.minutes <= before.age.minutes + 5
    for name in ("fallback_share", "lost_area", "broadcast_lure"):
        if name in before.rules:
            assert after.rules[name] == before.rules[name]


def test_zones_are_bounded() -> None:
    assert msgspec.json.schema(Profile)["$defs"]["Profile"]["properties"]["zones"]["maxItems"] > 0
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"zone": "", "age": {}}, ZoneProfile)
