"""How many people the core knows, and odd strangers against that."""

from typing import Any

from detectors.features.baselines.outlook import Outlook
from detectors.model.finding import Observation, Source
from detectors.rules.lost_area.unknown_subscribers import AWAY, Acquaintance

HORIZON_MS = 2_700_000
OUTLOOK = Outlook()


def observation(
    make: Any, kind: str, who: str, at_s: float, away_s: int | None, east_m: float = 0
) -> Observation:
    at_ms = make.t0_ms + round(at_s * 1000)
    return Observation(
        detector="lost_area",
        kind=kind,
        ts=at_ms,
        rx_ts=at_ms,
        space="subscriber",
        who=who,
        place=make.place(east_m),
        values={AWAY: away_s},
        source=Source("cell.signalling", 0, round(at_s), -1),
    )


def found(*observations: Observation, chance: float = 0.05) -> dict[str, float]:
    people = Acquaintance()
    for each in observations:
        people.observe(each, OUTLOOK)
    judged = people.evaluate(observations[-1].rx_ts + 60_000, OUTLOOK, 1.8, HORIZON_MS, chance)
    return {each.observation.who: each.weight for each in judged}


def test_nobody_is_known_at_first(make: Any) -> None:
    strangers = [observation(make, "odd", f"s{n}", n, None) for n in range(6)]
    assert len(found(*strangers)) == 6


def test_those_who_send_often_do_not_pass_for_many(make: Any) -> None:
    """Half of the messages are of those who move about, known within seconds."""
    restless = [observation(make, "plain", f"m{n}", 300 + n, 20, 9000.0) for n in range(30)]
    quiet = [observation(make, "plain", f"q{n}", 330 + n, None, 9000.0) for n in range(30)]
    quiet_known = [observation(make, "plain", f"k{n}", 300 + n, 300, 9000.0) for n in range(30)]
    began = observation(make, "plain", "first", 0, None, 9000.0)
    odd = [observation(make, "odd", f"s{n}", 400 + n, None) for n in range(8)]
    assert len(found(began, *restless, *quiet, *odd)) == 8
    assert len(found(began, *quiet_known, *quiet, *odd)) < 8
    assert len(found(began, *quiet_known, *quiet, *odd, chance=-1.0)) == 8


def test_what_the_place_itself_says_is_no_measure_of_it(make: Any) -> None:
    """Of those who land, some come back without any area, most as usual: all are strangers."""
    began = observation(make, "plain", "first", 0, None, 9000.0)
    town = [observation(make, "plain", f"k{n}", 300 + n, 200, 9000.0) for n in range(12)]
    town += [observation(make, "plain", f"n{n}", 300 + n, None, 9000.0) for n in range(18)]
    landed = [observation(make, "plain", f"p{n}", 380 + n, None) for n in range(20)]
    odd = [observation(make, "odd", f"s{n}", 400 + n, None) for n in range(4)]
    assert found(began, *town, *landed, *odd) == {}
    assert len(found(began, *town, *odd)) == 4


def test_those_whom_the_core_knew_are_judged_apart(make: Any) -> None:
    odd = [observation(make, "odd", f"k{n}", n, 100) for n in range(3)]
    alone = found(*odd)
    strangers = [observation(make, "odd", f"s{n}", 3 + n, None) for n in range(6)]
    together = found(*odd, *strangers)
    assert {who: together[who] for who in alone} == alone
    assert len(together) == 9
