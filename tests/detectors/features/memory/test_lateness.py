"""How late reports are, counted together and one by one."""

from random import Random

import numpy as np
import pytest

from detectors.features.memory.lateness import Delays, alike, alike_of_each

LATE_MS = (-5, 0, 20, 21, 1_000, 90_000, 700_000, 1 << 50)


def test_in_columns_reports_are_alike_as_one_by_one() -> None:
    chance = Random(1)
    late_ms = [*LATE_MS, *(chance.randrange(1 << chance.randrange(1, 30)) for _ in range(5000))]
    # About where bins begin, and what is off by one.
    ends = (round(8000.0 * (2.0 ** (place / 4) - 1.0)) for place in range(1, 60))
    late_ms += [end + off for end in ends for off in (-1, 0, 1)]
    place, is_at_once = alike_of_each(np.array(late_ms))
    together = list(zip(place.tolist(), is_at_once.tolist(), strict=True))
    assert together == [alike(each) for each in late_ms]


@pytest.mark.parametrize("seed", range(3))
def test_counted_together_they_come_to_the_very_same(seed: int) -> None:
    """To the last bit, after old ones have faded again and again."""
    chance, one_by_one, together = Random(seed), Delays(), Delays()
    fading = 0
    for _ in range(1500):
        late_ms = [chance.choice(LATE_MS) for _ in range(chance.choice((1, 3, 40, 300)))]
        for each in late_ms:
            one_by_one.learn(each)
        reports = [alike(each) for each in late_ms]
        counted = {each: reports.count(each) for each in dict.fromkeys(reports)}
        if not together.count_alike(counted):
            fading += 1
            together.count(reports)
        assert together == one_by_one
    assert fading > 40
