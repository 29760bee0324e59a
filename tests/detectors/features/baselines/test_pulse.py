"""A restart of the core, by which phones are odd everywhere for a minute or two, is forgotten."""

from typing import Any

import msgspec
import pytest

from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import Clusters
from detectors.features.baselines.tiles import Tile, roll, take_back
from detectors.model.finding import Observation

MOST = 9.0
OUTLOOK = Outlook()
#: Minutes: within a window of ten, over its end, and two windows before the victims come back.
WHEN = (11.0, 18.5, 8.0)


def said(make: Any, kind: str, who: int, at_s: float, east_m: float, **values: Any) -> Observation:
    place = make.place(east_m)
    found: Observation = make.observation(who, at_s, kind=kind, place=place, values=values)
    return found


def traffic(make: Any, until_s: int) -> list[Observation]:
    """Of forty places in a row, two kilometres apart, thirty ordinary messages in five minutes."""
    return [
        said(make, "plain", 0, at_s, 2000.0 * place, stands_for=30)
        for at_s in range(0, until_s, 300)
        for place in range(40)
    ]


def restart(make: Any, at_s: float, minutes: int = 2, each: int = 40) -> list[Observation]:
    return [
        said(make, "odd", 1000 + 100 * minute + n, at_s + 60.0 * minute + n, 2000.0 * (n % 40))
        for minute in range(minutes)
        for n in range(each)
    ]


def victims(make: Any, at_s: float, many: int = 6, east_m: float = 20_000.0) -> list[Observation]:
    return [said(make, "odd", n, at_s + 5.0 * n, east_m) for n in range(many)]


def found(make: Any, *observations: Observation, outlook: Outlook = OUTLOOK) -> list[Any]:
    """What a zone finds that evaluates with each message, as a correlator does."""
    zone, everything = Clusters(), []
    for one in sorted(observations, key=lambda each: (each.rx_ts, each.kind, each.who)):
        everything += zone.evaluate(one.rx_ts, outlook, MOST)
        zone.observe(one, outlook)
    last_ms = max(one.rx_ts for one in observations)
    return everything + list(zone.evaluate(last_ms + 60_000, outlook, MOST))


@pytest.mark.parametrize("minute", WHEN)
def test_victims_are_found_after_a_restart_as_without_one(make: Any, minute: float) -> None:
    usual, late = traffic(make, 1800), victims(make, 1500.0)
    alone = found(make, *usual, *late)
    assert len(alone) == 6
    after = found(make, *usual, *restart(make, 60.0 * minute), *late)
    assert [(each.observation.who, each.seen) for each in after] == [
        (each.observation.who, each.seen) for each in alone
    ]
    assert after[-1].expected == pytest.approx(alone[-1].expected, abs=0.3)


def test_a_restart_itself_is_explained_to_its_end(make: Any) -> None:
    assert found(make, *traffic(make, 1200), *restart(make, 720.0, minutes=3)) == []


def test_what_one_place_has_at_once_is_none(make: Any) -> None:
    """Thirty of a transmitter in a minute are still counted when as many come after them."""
    first = victims(make, 600.0, 12)
    more = [said(make, "odd", 50 + n, 700.0 + n, 20_000.0) for n in range(4)]
    assert max(each.seen for each in found(make, *traffic(make, 900), *first, *more)) == 16


def test_a_few_places_are_none(make: Any) -> None:
    """Six beside the fullest make a pulse, five don't."""
    for places, left in ((5, 8), (8, 0)):
        zone = Clusters()
        for n in range(2 * places + 1):
            zone.observe(said(make, "odd", n, 600.0 + n, 4000.0 * (n % places)), OUTLOOK)
        zone.observe(said(make, "plain", 99, 700.0, 0.0), OUTLOOK)
        assert (zone.zone.odd > 0) == bool(left)


def test_without_the_excuse_nothing_is_taken_back(make: Any) -> None:
    zone, blind = Clusters(), Outlook(widespread=False)
    for one in [*restart(make, 600.0, 1), said(make, "plain", 0, 800.0, 0.0)]:
        zone.observe(one, blind)
    assert zone.zone.odd == 40


def test_what_a_tile_learned_of_it_is_taken_back() -> None:
    tile, without = Tile(7, usual=0.5, windows=9), Tile(7, usual=0.5, windows=9)
    tile.odd, without.odd = 5, 2
    for each in (tile, without):
        roll(each, 8)
    assert not take_back(tile, 7, 3)
    assert tile.usual == pytest.approx(without.usual)
    assert (tile.odd_before, tile.before) == (without.odd_before, without.before) == (2, 0.5)
    assert take_back(tile, 7, 2)
    # Of what is longer ago nothing is known any more.
    kept = msgspec.to_builtins(tile)
    assert not take_back(tile, 5, 3)
    assert msgspec.to_builtins(tile) == kept
