"""Many transmitters in one zone: alerts raise the base rate for others, and it falls again."""

from typing import Any

import msgspec
import pytest

from detectors.correlate.correlator import Correlator
from detectors.incident.fusion import Fusion
from detectors.model.finding import Finding, Source
from detectors.profile.profile import Profile

#: Where a middling candidate is silent, and twelve phones of three families are not.
FUSION = Fusion(candidates_per_city_day=3e6)
WAVE_S, DOUBTFUL = 300.0, 20


def track(make: Any, number: int, at_s: float, weight: float, phones: int) -> list[Finding]:
    """Phones that a transmitter of its own area at a place of its own let go, and what they saw."""
    claimed = make.claimed(area=62000 + number, cell=number)
    place = make.place(east_m=5000.0 * (number % 5), north_m=5000.0 * (number // 5))
    found: list[Finding] = []
    for n in range(phones):
        given = {"who": f"t{number}-{n}", "claimed": claimed, "place": place, "weight": weight}
        found.append(make.finding(0, at_s + 10.0 * n, **given))
        found.append(make.finding(0, at_s + 10.0 * n + 1.0, **given, detector="phantom_sms"))
        if weight > 2.0:
            found.append(make.finding(0, at_s + 10.0 * n + 2.0, **given, detector="fallback_share"))
    return found


def wave(make: Any) -> list[Finding]:
    return [finding for n in range(10) for finding in track(make, n, 0.0, 2.5, 12)]


def highest(make: Any, findings: list[Finding]) -> float:
    """The highest probability of an alert about the doubtful one."""
    ordered = sorted(findings, key=lambda finding: finding.rx_ts)
    alerts = make.decided(ordered, fusion=FUSION, open_probability=0.5).alerts
    area = 62000 + DOUBTFUL
    own = [a.probability for a in alerts if any(i.area == area for i in a.identities)]
    return max(own, default=0.0)


def after_wave(make: Any) -> Correlator:
    correlator: Correlator = make.correlator(fusion=FUSION)
    topic, partition = make.source
    for number, finding in enumerate(sorted(wave(make), key=lambda one: one.rx_ts)):
        source = Source(topic, partition, number, -1)
        correlator.take(msgspec.structs.replace(finding, source=source))
    make.mark(correlator, WAVE_S)
    correlator.advance()
    return correlator


def test_a_wave_raises_what_alone_would_stay_silent_for_an_hour_at_most(make: Any) -> None:
    def doubtful(at_s: float) -> list[Finding]:
        return track(make, DOUBTFUL, at_s, 1.05, 7)

    assert highest(make, doubtful(WAVE_S)) < 0.5
    assert highest(make, wave(make) + doubtful(WAVE_S)) > 0.5
    assert highest(make, wave(make) + doubtful(WAVE_S + 3600.0)) < 0.5


def test_the_rate_is_state_and_outlives_it_in_the_profile(make: Any) -> None:
    correlator = after_wave(make)
    counts = {name: zone.rate.count for name, zone in correlator.state.zones.items()}
    assert max(counts.values()) == pytest.approx(9.0, abs=1.5)
    again = Correlator.restore(correlator.snapshot())
    assert {name: zone.rate.count for name, zone in again.zones.items()} == counts
    profile = msgspec.json.decode(msgspec.json.encode(correlator.profile()), type=Profile)
    kept = {zone.zone: zone.rate for zone in profile.zones}
    assert {name: rate.count for name, rate in kept.items()} == {
        name: count for name, count in counts.items() if name in kept
    }
    assert all(not rate.shares for rate in kept.values())
    fresh = make.correlator(fusion=FUSION)
    fresh.begin_with(profile)
    fresh.take(make.finding(0, 9e5))
    make.mark(fresh, 9e5 + 1.0)
    fresh.advance()
    assert max(zone.rate.count for zone in fresh.state.zones.values()) == max(counts.values())
