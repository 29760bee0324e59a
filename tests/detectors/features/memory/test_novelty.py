"""What a device reported lately, and the spells of things."""

import pickle
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.memory.novelty import Lately, Spell, Spells, Watch, freshness
from detectors.model.finding import Observation, Place, Source

MINUTE_MS = 60_000
HERE = (39.9, 116.4)


def report(who: str, minute: float, lat: float = HERE[0], lon: float = HERE[1]) -> Observation:
    ts = round(minute * MINUTE_MS)
    place = Place(lat, lon)
    source = Source("t", 0, 0, -1)
    return Observation(
        detector="d", kind="k", ts=ts, rx_ts=ts, space="device", who=who, place=place, source=source
    )


def test_reports_are_new_once_within_the_window() -> None:
    lately = Lately(1000)
    assert [lately.is_new("a", ms) for ms in (0, 999, 1000, 1001)] == [True, False, True, False]
    assert lately.is_new("b", 1001)


def test_old_reports_are_forgotten() -> None:
    lately = Lately(1000)
    for ms in range(0, 100_000, 10):
        lately.is_new(str(ms), ms)
    assert len(pickle.dumps(lately)) < 5000


def test_a_watch_begins_anew_after_a_gap() -> None:
    watch = Watch()
    for minute in (0, 10, 20):
        watch.observe(*HERE, minute * MINUTE_MS)
    assert watch.since_ms(*HERE) == 0
    assert watch.since_ms(HERE[0] + 1.0, HERE[1]) is None
    watch.observe(*HERE, 51 * MINUTE_MS)
    assert watch.since_ms(*HERE) is None


def test_a_watch_is_bounded() -> None:
    watch = Watch()
    for n in range(5000):
        watch.observe(n / 50.0 - 50.0, 0.0, 0)
    assert len(watch.squares) <= 4096


def spell_of(spells: Spells, *observations: Observation) -> Spell:
    spell: Any = None
    for observation in observations:
        spell = spells.observe("thing", observation, 60 * MINUTE_MS)
    assert spell is not None
    return spell


def test_a_spell_gathers_devices_at_one_place() -> None:
    spell = spell_of(Spells(), report("a", 0), report("b", 1), report("a", 2))
    assert (list(spell.who), spell.first_ms, spell.last_ms) == (["b", "a"], 0, 2 * MINUTE_MS)
    assert spell.silent_since_ms is None


def test_another_place_is_another_spell() -> None:
    assert len(spell_of(Spells(), report("a", 0), report("b", 1, lat=39.92)).who) == 1


def test_silence_counts_from_the_watch_or_from_the_last_spell() -> None:
    spells = Spells()
    for minute in range(0, 300, 10):
        spells.watch.observe(*HERE, minute * MINUTE_MS)
    assert spell_of(spells, report("a", 100)).silent_since_ms == 0
    again = spell_of(spells, report("a", 170))
    assert (again.silent_since_ms, again.before) == (100 * MINUTE_MS, 1)
    assert again.who == {"a": 170 * MINUTE_MS}


def test_spells_are_bounded_and_survive_storage() -> None:
    spells = Spells()
    for n in range(3000):
        spells.observe(f"thing {n}", report(f"d{n}", n), MINUTE_MS)
        spells.observe("wide", report(f"d{n}", n, lat=-80.0 + n / 50.0), MINUTE_MS)
        spells.observe("busy", report(f"d{n}", n), 10**12)
    assert len(spells.things) <= 2048
    assert len(spells.things["wide"]) <= 8
    assert len(spells.things["busy"][0].who) <= 8
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(spells), type=Spells) == spells


def spell(silent_min: float | None, lasts_min: float, devices: int, before: int = 0) -> Spell:
    since = None if silent_min is None else round((60.0 - silent_min) * MINUTE_MS)
    who = {f"d{n}": 0 for n in range(devices)}
    first, last = 60 * MINUTE_MS, round((60 + lasts_min) * MINUTE_MS)
    return Spell(*HERE, first, last, since, before, who)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (spell(5, 5, 2), spell(20, 5, 2)),
        (spell(5, 20, 2), spell(5, 5, 2)),
        (spell(5, 20, 2), spell(5, 20, 4)),
        (spell(20, 5, 2, before=1), spell(20, 5, 2)),
    ],
)
def test_what_makes_a_thing_fresher(less: Spell, more: Spell) -> None:
    assert freshness(less, less.last_ms, 0.3) < freshness(more, more.last_ms, 0.3)


def test_freshness_has_bounds() -> None:
    assert freshness(spell(None, 5, 5), 70 * MINUTE_MS, 0.3) == 0.0
    assert freshness(spell(0, 5, 5), 70 * MINUTE_MS, 0.3) == pytest.approx(0.0)
    assert freshness(spell(1000, 5, 8), 65 * MINUTE_MS, 0.25) == pytest.approx(np.log(4.0))
