"""What a device reported lately, and the spells of things."""

import pickle
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.memory.novelty import Lately, Spell, Spells, Watch, freshness
from detectors.features.rows.report_numbers import are_timely
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
        listen(watch, minute)
    assert watch.since_ms(*HERE) == 0
    assert watch.since_ms(HERE[0] + 1.0, HERE[1]) is None
    listen(watch, 80)
    assert watch.since_ms(*HERE) is None


def listen(watch: Watch, minute: float, late: float = 0.0) -> None:
    """A sampled report of the place, which arrives so many minutes late."""
    watch.observe(*HERE, round(minute * MINUTE_MS), round((minute + late) * MINUTE_MS))


def test_phones_with_wrong_clocks_did_not_listen_before() -> None:
    watch = Watch()
    for minute in range(20):
        for _ in range(3):
            listen(watch, minute)
        listen(watch, minute - 25.0 if minute % 7 == 0 else minute, late=25.0)
    assert watch.since_ms(*HERE) == 0


def test_what_is_uploaded_late_shows_that_a_phone_listened_before() -> None:
    watch = Watch()
    for minute in (20, 21, 22):
        listen(watch, minute)
    assert watch.since_ms(*HERE) == 20 * MINUTE_MS
    watch.observe(HERE[0] + 1.0, HERE[1], 5 * MINUTE_MS, 5 * MINUTE_MS)
    for minute in range(8, 20):
        listen(watch, minute, late=15.0)
    assert watch.since_ms(*HERE) == 8 * MINUTE_MS


@pytest.mark.parametrize(
    ("late_s", "timely"), [(0, True), (1800, True), (2401, False), (-59, True), (-61, False)]
)
def test_when_a_clock_must_be_wrong(make: Any, late_s: int, timely: bool) -> None:
    batch = make.measurements({"rx_s": float(late_s)})
    assert are_timely(make.facts(batch)).tolist() == [timely]


def test_a_watch_is_bounded() -> None:
    watch = Watch()
    for n in range(5000):
        watch.observe(n / 50.0 - 50.0, 0.0, 0, 0)
        listen(watch, n)
    assert len(watch.squares) <= 4096
    assert max(len(square.minutes) for square in watch.squares.values()) <= 45


def spell_of(spells: Spells, *observations: Observation) -> Spell:
    spell: Any = None
    for observation in observations:
        spell = spells.observe("thing", observation, 60 * MINUTE_MS)
    assert spell is not None
    return spell


def test_a_spell_gathers_devices_at_one_place() -> None:
    spell = spell_of(Spells(), report("a", 0), report("b", 1), report("a", 2))
    assert spell.who == {"a": 0, "b": MINUTE_MS}
    assert (spell.first_ms, spell.last_ms) == (0, 2 * MINUTE_MS)
    assert spell.silent_since_ms is None


def test_another_place_is_another_spell() -> None:
    assert len(spell_of(Spells(), report("a", 0), report("b", 1, lat=39.96)).who) == 1


def test_silence_counts_from_the_watch_or_from_the_last_spell() -> None:
    spells = Spells()
    for minute in range(0, 300, 10):
        listen(spells.watch, minute)
    assert spell_of(spells, report("a", 100)).silent_since_ms == 0
    again = spell_of(spells, report("a", 170))
    assert (again.silent_since_ms, again.before) == (100 * MINUTE_MS, 1)
    assert again.who == {"a": 170 * MINUTE_MS}


def test_what_may_have_been_forgotten_is_not_new() -> None:
    spells = Spells()
    for minute in range(0, 100, 10):
        listen(spells.watch, minute)
    for n in range(8193):
        spells.observe(f"thing {n}", report("a", 40), 60 * MINUTE_MS)
    assert spells.forgot_ms == 40 * MINUTE_MS
    assert spell_of(spells, report("b", 90)).silent_since_ms == 40 * MINUTE_MS


def received_about(spells: Spells, places: int, minute: float) -> None:
    """By four phones at each of so many places, tens of kilometres apart."""
    for place in range(places):
        for phone in "abcd":
            name = f"{phone}{place}"
            spell_of(spells, report(name, minute, lat=30.0 + place / 5.0))


def test_what_is_received_at_many_places_at_once_is_new_at_no_other() -> None:
    spells = Spells()
    for minute in range(0, 100, 10):
        listen(spells.watch, minute)
    received_about(spells, 8, 60)
    assert spells.observe("thing", report("a", 69), 60 * MINUTE_MS) is None
    assert len(spells.things["thing"]) == 8
    # A car is at one place after the other.
    assert spell_of(spells, report("a", 71)).first_ms == 71 * MINUTE_MS


def test_a_few_who_are_everywhere_hide_nothing() -> None:
    spells = Spells()
    for minute in range(0, 100, 10):
        listen(spells.watch, minute)
    received_about(spells, 1, 60)
    for place in range(20):
        for liar in "xyz":
            spell_of(spells, report(liar, 89, lat=-60.0 + place / 5.0))
    here = spell_of(spells, report("a", 90), report("b", 91), report("c", 92))
    assert set(here.who) == {"a", "b", "c"}
    assert here.silent_since_ms == 0
    assert spells.things["thing"][0].lat == 30.0


def test_late_uploads_show_that_nobody_received_it() -> None:
    spells = Spells()
    for minute in (0, 20, 21, 22):
        listen(spells.watch, minute)
    assert spell_of(spells, report("a", 22)).silent_since_ms == 20 * MINUTE_MS
    for minute in range(5, 20):
        listen(spells.watch, minute, late=18.0)
    assert spell_of(spells, report("b", 23)).silent_since_ms == 0


def test_spells_are_bounded_and_survive_storage() -> None:
    spells = Spells()
    for n in range(9000):
        spells.observe(f"thing {n}", report(f"d{n}", n), MINUTE_MS)
        spells.observe("wide", report(f"d{n}", n, lat=-80.0 + n / 100.0), MINUTE_MS)
        spells.observe("busy", report(f"d{n}", n), 10**12)
    assert len(spells.things) <= 8192
    assert len(spells.things["wide"]) <= 8
    assert len(spells.things["busy"][0].who) <= 24
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(spells), type=Spells) == spells


def spell(silent_min: float | None, lasts_min: float, devices: int, before: int = 0) -> Spell:
    since = None if silent_min is None else round((60.0 - silent_min) * MINUTE_MS)
    first, last = 60 * MINUTE_MS, round((60 + lasts_min) * MINUTE_MS)
    who = {f"d{n}": first if n == 0 else last for n in range(devices)}
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
    assert freshness(less, 0.3) < freshness(more, 0.3)


def test_freshness_has_bounds() -> None:
    assert freshness(spell(None, 5, 5), 0.3) == 0.0
    assert freshness(spell(0, 5, 5), 0.3) == pytest.approx(0.0)
    assert freshness(spell(1000, 5, 8), 0.25) == pytest.approx(np.log(4.0), abs=1e-4)
    assert freshness(spell(10, 5, 5), 0.3, watched_ms=11 * MINUTE_MS) == 0.0


@pytest.mark.parametrize(("devices", "nats"), [(3, 2 * np.log(5.0)), (5, 4 * np.log(5.0))])
def test_how_likely_a_silence_is_by_chance(devices: int, nats: float) -> None:
    """Twenty minutes of silence before five in which others came: (5 / 25) ** n."""
    assert freshness(spell(20, 5, devices), 1e-12) == pytest.approx(nats, rel=1e-3)


def test_the_first_who_came_fast_count() -> None:
    lasting = spell(20, 60, 2)
    for n in range(5):
        lasting.who[f"early {n}"] = lasting.first_ms + 1000 * n
    assert freshness(lasting, 1e-12) == pytest.approx(5 * np.log(41.0), rel=1e-3)
    assert freshness(lasting, 1e-12, least_devices=7) < freshness(lasting, 1e-12)
