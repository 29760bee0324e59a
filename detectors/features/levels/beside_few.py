"""Levels of places where few phones have reported any yet, as most are: learned many at a time."""

from collections.abc import Sequence

from detectors.features.baselines.level_profiles import (
    PHONE_BYTES,
    PROFILES,
    Levels,
    Profile,
    packed_level,
)
from detectors.features.levels.keyed_levels import KeyedLevels


def learn_beside_few(
    state: Levels, levels: KeyedLevels, rows: Sequence[int], begin: int, few: int, excused: bool
) -> int:
    """Takes in some rows, one after the other from the one at ``begin`` on, up to the first that is
    to be judged: since it names neighbours, ``few`` levels are known at its place, or a cell is
    flagged. At which of the rows that is, or how many there are.

    ``excused`` says whether what a phone usually reads high is taken off.
    """
    if state.flags:
        return begin
    near, places, who, few_bytes = levels.near, levels.places, levels.who, few * PHONE_BYTES
    levels_of, phones_of = levels.packed_levels, levels.packed_phones
    profiles, phones = state.profiles, state.phones
    for at in range(begin, len(rows)):
        row = rows[at]
        profile = None if near[row] else profiles.get(places[row])
        if near[row] or (profile is not None and len(profile.packed_who) >= few_bytes):
            return at
        level = levels_of[row]
        if excused and who[row] in phones:
            level = packed_level(round(levels.level_dbm[row] * 10 - state.offset(who[row])))
        place = places[row]
        if profile is None:
            profiles[place] = Profile(level, phones_of[row])
            if len(profiles) > PROFILES:
                state.forget_beyond()
                profiles = state.profiles
        else:
            # As the one used last.
            del profiles[place]
            profiles[place] = profile
            profile.put(phones_of[row], level)
    return len(rows)
