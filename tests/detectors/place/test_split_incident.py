"""Two transmitters under one identity become two alerts; one that moves or is alone stays one."""

from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.alert.record import Alert
from detectors.alert.stories import stories
from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity
from detectors.place.split_incident import divide
from geo.earth.sphere import distance_m

PHONES, EVERY_S = 90, 4.0


def town(
    make: Any, apart_m: float, seed: int, speed_mps: float = 0.0, area: int = 61001
) -> list[Finding]:
    """Phones about one or two transmitters on one identity, each received by those that it is the
    stronger to.

    The second is ``apart_m`` east of the first; 0 for none. They drive north at ``speed_mps``.
    """
    rng = np.random.default_rng(seed)
    findings = []
    for number in range(PHONES):
        at_s = number * EVERY_S
        east = float(rng.choice([0.0, apart_m]))
        gone = speed_mps * at_s
        x, y = east + rng.uniform(-400, 400), gone + rng.uniform(-400, 400)
        levels = [
            -57.0 - 33.0 * np.log10(max(np.hypot(x - own, y - gone), 20.0) / 100.0)
            for own in {0.0, apart_m}
        ]
        common = {
            "place": make.place(x, y),
            "signal_dbm": round(max(levels) + rng.normal(0.0, 5.0)),
            "who": f"d{number}",
            "weight": 3.0,
            "claimed": make.claimed(area=area),
        }
        for part, detector in enumerate(("unknown_cell", "unknown_old_area")):
            # The core knows no level: only the place is left of it.
            fields = common if part == 0 else {**common, "signal_dbm": None}
            findings.append(make.finding(2 * number + part, at_s, detector=detector, **fields))
    return findings


def alerts_of(make: Any, findings: list[Finding], until_s: float = 400.0) -> list[Alert]:
    """Few revisions, since each costs a fix."""
    decided = make.decided(findings, until_s, update_every_s=60.0, calm_update_every_s=60.0)
    return list(decided.alerts)


def newest(alerts: list[Alert]) -> dict[str, Alert]:
    return {alert.alert_id: alert for alert in alerts if alert.probability >= 0.5}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_far_apart_become_two_alerts_each_at_its_place(make: Any, seed: int) -> None:
    alerts = newest(alerts_of(make, town(make, 2400.0, seed)))
    assert len(alerts) == 2
    places = [make.at(0.0), make.at(2400.0)]
    for place in places:
        assert min(_apart_m(alert, place) for alert in alerts.values()) < 300.0


@pytest.mark.slow
@pytest.mark.parametrize("speed_mps", [0.0, 3.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_stays_one(make: Any, seed: int, speed_mps: float) -> None:
    findings = town(make, 0.0, seed, speed_mps)
    assert len(newest(alerts_of(make, findings))) == 1


@pytest.mark.slow
def test_the_two_never_become_one_again_and_are_named_without_people(make: Any) -> None:
    findings = town(make, 1600.0, 4)
    renamed = [_renamed(finding) for finding in findings]
    alerts = alerts_of(make, findings, until_s=1e7)
    assert set(newest(alerts)) == set(newest(alerts_of(make, renamed)))
    final = [alert for alert in alerts if alert.status == "closed"]
    assert len({alert.alert_id for alert in final}) == 2


@pytest.mark.slow
def test_what_is_counted_is_shared_out(make: Any) -> None:
    alerts = newest(alerts_of(make, town(make, 1600.0, 5))).values()
    # A phone between the two may be with one by its report and with the other by the core.
    assert abs(sum(alert.devices for alert in alerts) - PHONES) <= 3
    assert all(alert.devices > PHONES / 4 for alert in alerts)


def _apart_m(alert: Alert, place: tuple[float, float]) -> float:
    assert alert.position is not None
    return float(distance_m(alert.position["lat"], alert.position["lon"], *place))


def _renamed(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, who=f"other-{finding.who}")


def test_honest_cells_of_other_stories_are_no_second_transmitter(make: Any) -> None:
    """Phones of a crowd receive two more cells than the clone, each on a channel of its own."""

    def incident() -> Incident:
        findings = town(make, 0.0, 1)
        for number, east_m in ((1, 1500.0), (2, -1500.0)):
            cell = Identity("lte", 460, 0, 4100, 1000 + number, 1300 + number, number)
            findings += [
                msgspec.structs.replace(
                    finding, claimed=cell, who=f"e{number}{finding.who}", detector="wrong_channel",
                    place=make.place(east_m + 40.0 * (n % 9), 30.0 * (n % 11)),
                )
                for n, finding in enumerate(town(make, 0.0, number + 1)[::2])
            ]  # fmt: skip
        whole: Incident = make.incident(findings)
        return whole

    def looked_at(one: Incident, foreign: frozenset[Identity | None]) -> Incident | None:
        for _ in range(4):
            other = divide(one, ZoneContext(), foreign)
            if other is not None:
                return other
            one.last_rx += 31_000
        return None

    foreign = next(story for story in stories(incident()) if story.cell is None).foreign(incident())
    assert len(foreign) == 2
    assert looked_at(incident(), frozenset()) is not None
    assert looked_at(incident(), foreign) is None
