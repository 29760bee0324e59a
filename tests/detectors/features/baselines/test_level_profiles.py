"""What is usual of a cell at a place, of a phone, and what is flagged."""

import json
import struct

import msgspec
import pytest

from detectors.features.baselines.level_profiles import (
    LearnedLevels,
    Levels,
    Profile,
    UsualLevels,
    place_key,
)
from detectors.model.finding import Identity
from detectors.model.hashing import number_of
from detectors.native.judged.level_table import MOST
from detectors.register.identity_keys import cell_key

MINUTE_MS = 60_000


CELL = Identity("lte", 460, 0, 5, 7)


def profile() -> Profile:
    return Levels().profile(place_key(CELL, 7), 0, MINUTE_MS)


def test_a_phones_own_levels_are_not_those_of_others() -> None:
    own = profile()
    for phone, level in ((1, -1000), (2, -980), (3, -1010), (9, -600)):
        own.learn(phone, level)
    assert own.usual(9, 3) == (-1000, 1.4826 * 10)
    assert own.usual(9, 4) is None
    assert own.usual(1, 3) == (-980, 1.4826 * 30)


def test_a_phone_counts_once_and_the_oldest_level_goes() -> None:
    own = profile()
    for phone in range(20):
        own.learn(phone, -1000 - phone)
    own.learn(19, -700)
    assert own.who == tuple(range(5, 20))
    assert own.levels[-1] == -700


def test_a_phones_own_offset_needs_three_deviations_and_is_their_median() -> None:
    levels = Levels()
    for deviation, offset in ((90.0, 0.0), (110.0, 0.0), (100.4, 100), (400.0, 105.0)):
        levels.deviates(1, deviation)
        assert levels.offset(1) == offset
    assert levels.offset(2) == 0.0


def test_a_flag_lasts_from_its_first_moment_unless_it_has_run_out() -> None:
    levels = Levels()
    assert not levels.is_flagged(place_key(CELL, 7), 0)
    levels.flag(place_key(CELL, 7), 0, MINUTE_MS)
    levels.flag(place_key(CELL, 7), MINUTE_MS, MINUTE_MS)
    assert levels.flags[cell_key(CELL)] == (0, 2 * MINUTE_MS)
    assert levels.is_flagged(place_key(CELL, 7), 2 * MINUTE_MS)
    assert not levels.is_flagged(place_key(CELL, 7), 2 * MINUTE_MS + 1)
    levels.flag(place_key(CELL, 7), 5 * MINUTE_MS, MINUTE_MS)
    assert levels.flags[cell_key(CELL)] == (5 * MINUTE_MS, 6 * MINUTE_MS)


def test_a_profile_begins_anew_where_flagging_has_lasted_too_long() -> None:
    levels, key = Levels(), place_key(CELL, 7)
    levels.profile(key, 0, MINUTE_MS).learn(1, -1000)
    levels.flag(place_key(CELL, 7), 0, 10 * MINUTE_MS)
    assert levels.profile(key, MINUTE_MS, MINUTE_MS).levels == (-1000,)
    assert levels.profile(key, MINUTE_MS + 1, MINUTE_MS).levels == ()
    assert levels.flags == {}


def test_the_places_without_reports_for_longest_are_forgotten() -> None:
    levels = Levels()
    levels.profile(place_key(CELL, 0), 0, MINUTE_MS).learn(1, -1000)
    for tile in range(1, MOST):
        levels.profile(place_key(CELL, tile), 0, MINUTE_MS)
    assert levels.profile(place_key(CELL, 0), 0, MINUTE_MS).levels == (-1000,)
    levels.profile(place_key(CELL, MOST), 0, MINUTE_MS)
    assert len(levels.learned().places) == MOST
    assert levels.known(place_key(CELL, 1)) is None


def test_whatever_number_is_forgotten_the_newest_are_left() -> None:
    levels, many = Levels(), 2_055
    for tile in range(MOST + many):
        levels.profile(place_key(CELL, tile), 0, MINUTE_MS)
    left = [f"{cell_key(CELL)}@{tile}" for tile in range(many, MOST + many)]
    assert [each.place for each in levels.learned().places] == left


def test_phones_have_numbers_that_are_the_same_in_every_run() -> None:
    assert number_of("d-1") == 3245072443


@pytest.mark.parametrize("cell", [CELL, Identity("gsm", 460, 0), Identity()])
def test_profiles_that_releases_before_stored_are_taken_up(cell: Identity) -> None:
    packed = struct.pack("<2h", -800, -815), struct.pack("<2q", 9, 1 << 40)
    place = f"{cell_key(cell)}@"
    stored = {f"{place}7": [[-1000, -950], [5, -1]], f"{place}8": packed, "no place": packed}
    levels = msgspec.msgpack.decode(msgspec.msgpack.encode({"profiles": stored}), type=Levels)
    known = [levels.known(place_key(cell, tile)) for tile in (7, 8)]
    assert [(each.levels, each.who) for each in known] == [
        ((-1000, -950), (5, -1)),
        ((-800, -815), (9, 1 << 40)),
    ]
    assert [each.place for each in levels.learned().places] == [f"{place}7", f"{place}8"]
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(levels), type=Levels)
    assert again == levels
    assert again.known(place_key(cell, 8)).levels == (-800, -815)


def test_what_is_learned_goes_into_a_fresh_state_in_its_order() -> None:
    learned = LearnedLevels((UsualLevels(f"{cell_key(CELL)}@9", (-900, -910)),))
    levels = Levels()
    levels.take_up(learned, 0)
    assert levels.known(place_key(CELL, 9)).who == (-2, -1)
    assert levels.learned() == learned


@pytest.mark.parametrize("stored", [[[40_000], [1]], [[-900], [1 << 80]]])
def test_a_stored_profile_that_is_none_cannot_be_taken_up(stored: list[list[int]]) -> None:
    raw = json.dumps({"profiles": {f"{cell_key(CELL)}@7": stored}})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Levels)


def test_what_is_no_level_is_not_learned_nor_what_is_no_cell() -> None:
    with pytest.raises(OverflowError):
        profile().learn(1, 40_000)
    with pytest.raises(OverflowError):
        place_key(CELL, 1 << 63)


def test_deviations_of_releases_before_are_known_by_numbers() -> None:
    raw = msgspec.msgpack.encode({"phones": {"a": [30, 40, 50], "b": [1] * 12}})
    levels = msgspec.msgpack.decode(raw, type=Levels)
    assert levels.offset(number_of("a")) == 40.0
    assert levels.deviations.of(number_of("b")) == (1,) * 9
    assert levels.phones == {}


def test_deviations_that_no_phone_has_are_no_state() -> None:
    raw = msgspec.msgpack.encode({"phones": {"a": [1 << 40]}})
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(raw, type=Levels)


def test_it_is_about_as_long_as_it_says() -> None:
    levels = Levels()
    for tile in range(100):
        levels.profile(place_key(CELL, tile), 0, 0.0).learn(tile, -900)
        levels.deviates(tile, 10.0)
        levels.flag(place_key(Identity("lte", 460, 0, 5, tile), tile), 0, MINUTE_MS)
    assert abs(levels.stored_bytes - len(msgspec.msgpack.encode(levels))) < 100
