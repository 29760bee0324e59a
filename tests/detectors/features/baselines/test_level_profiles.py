"""What is usual of a cell at a place, of a phone, and what is flagged."""

import msgspec
import pytest

from detectors.features.baselines.level_profiles import _GONE, PROFILES, Levels, Profile, place_key
from detectors.model.hashing import number_of

MINUTE_MS = 60_000


def test_a_phones_own_levels_are_not_those_of_others() -> None:
    profile = Profile()
    for phone, level in ((1, -1000), (2, -980), (3, -1010), (9, -600)):
        profile.learn(phone, level)
    assert profile.usual(9, 3) == (-1000, 1.4826 * 10)
    assert profile.usual(9, 4) is None
    assert profile.usual(1, 3) == (-980, 1.4826 * 30)


def test_a_phone_counts_once_and_the_oldest_level_goes() -> None:
    profile = Profile()
    for phone in range(20):
        profile.learn(phone, -1000 - phone)
    profile.learn(19, -700)
    assert profile.who == list(range(5, 20))
    assert profile.levels[-1] == -700


def test_parts_of_two_phones_numbers_are_no_third_phones() -> None:
    profile = Profile()
    for phone in (1, 256, 1 << 40):
        profile.learn(phone, -1000)
    profile.learn(1 << 48, -900)  # in bytes, the end of the first and the beginning of the second
    profile.learn(1 << 40, -800)
    assert profile.who == [1, 256, 1 << 48, 1 << 40]
    assert profile.levels == [-1000, -1000, -900, -800]


def test_a_phones_own_offset_needs_three_deviations_and_is_their_median() -> None:
    levels = Levels()
    for deviation, offset in ((90.0, 0.0), (110.0, 0.0), (100.4, 100), (400.0, 105.0)):
        levels.deviates("a", deviation)
        assert levels.offset("a") == offset
    assert levels.offset("b") == 0.0


def test_a_flag_lasts_from_its_first_moment_unless_it_has_run_out() -> None:
    levels = Levels()
    assert not levels.is_flagged("cell", 0)
    levels.flag("cell", 0, MINUTE_MS)
    levels.flag("cell", MINUTE_MS, MINUTE_MS)
    assert levels.flags["cell"] == (0, 2 * MINUTE_MS)
    assert levels.is_flagged("cell", 2 * MINUTE_MS)
    assert not levels.is_flagged("cell", 2 * MINUTE_MS + 1)
    levels.flag("cell", 5 * MINUTE_MS, MINUTE_MS)
    assert levels.flags["cell"] == (5 * MINUTE_MS, 6 * MINUTE_MS)


def test_a_profile_begins_anew_where_flagging_has_lasted_too_long() -> None:
    levels = Levels()
    levels.profile("cell", place_key("cell", 7), 0, MINUTE_MS).learn(1, -1000)
    levels.flag("cell", 0, 10 * MINUTE_MS)
    assert levels.profile("cell", place_key("cell", 7), MINUTE_MS, MINUTE_MS).levels == [-1000]
    assert levels.profile("cell", place_key("cell", 7), MINUTE_MS + 1, MINUTE_MS).levels == []
    assert levels.flags == {}


def test_the_places_without_reports_for_longest_are_forgotten() -> None:
    levels = Levels()
    levels.profile("cell", place_key("cell", 0), 0, MINUTE_MS).learn(1, -1000)
    for tile in range(1, PROFILES):
        levels.profile("cell", place_key("cell", tile), 0, MINUTE_MS)
    assert levels.profile("cell", place_key("cell", 0), 0, MINUTE_MS).levels == [-1000]
    levels.profile("cell", place_key("cell", PROFILES), 0, MINUTE_MS)
    assert len(levels.profiles) == PROFILES
    assert "cell@1" not in levels.profiles


def test_whatever_number_is_forgotten_the_newest_are_left() -> None:
    levels, many = Levels(), 2 * _GONE + 7
    for tile in range(PROFILES + many):
        levels.profile("cell", place_key("cell", tile), 0, MINUTE_MS)
    left = [place_key("cell", tile) for tile in range(many, PROFILES + many)]
    assert list(levels.profiles) == left


def test_phones_have_numbers_that_are_the_same_in_every_run() -> None:
    assert number_of("d-1") == 3245072443


def test_profiles_that_a_release_before_stored_as_lists_are_taken_up() -> None:
    stored = msgspec.msgpack.encode({"profiles": {"cell@7": [[-1000, -950], [5, -1]]}})
    profile = msgspec.msgpack.decode(stored, type=Levels).profiles["cell@7"]
    assert (profile.levels, profile.who) == ([-1000, -950], [5, -1])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(profile), type=Profile)
    assert again == profile


def test_what_is_no_level_is_not_learned() -> None:
    with pytest.raises(OverflowError):
        Profile().learn(1, 40_000)
