"""Numbers that a call centre abroad claims to call from."""

import numpy as np

from replay.simulate.calls.columns import Ints
from replay.simulate.calls.number_ranges import (
    LINES_BELOW,
    OWN,
    SHOWN_SHORTS,
    fixed,
    four_hundred,
    mobile,
    serials,
)
from replay.simulate.calls.stage import Stage

MIXED = ("fixed", "short", "mobile", "400", "malformed")
HOME_AND = 86  # the code of the country before a short number, as it comes from abroad


def shown_numbers(stage: Stage, rng: np.random.Generator, kind: str, n: int) -> Ints:
    """So many numbers of a kind: `fixed`, `short`, `mobile`, `400`, `malformed` or `mixed`."""
    if kind == "mixed":
        drawn = {each: shown_numbers(stage, rng, each, n) for each in MIXED}
        which = rng.integers(0, len(MIXED), n).tolist()
        return np.array([drawn[MIXED[each]][row] for row, each in enumerate(which)], dtype=np.int64)
    if kind == "fixed":
        first, step = serials(rng, 1), rng.choice([1, 1, 7, 10_007])
        region = np.full(n, int(rng.integers(stage.regions)))
        return fixed(region, first + step * np.arange(n), fraud=True)
    if kind == "short":
        some = rng.choice(SHOWN_SHORTS, n)
        return np.array([int(f"{HOME_AND}{each}") for each in some.tolist()])
    if kind == "mobile":
        block = rng.integers(0, 100, n)
        return mobile(rng.choice(OWN, n), block, rng.integers(LINES_BELOW, 10_000, n))
    if kind == "400":
        return four_hundred(serials(rng, n), fraud=True)
    return np.array([stage.odd_number(malformed(rng)) for _ in range(n)], dtype=np.int64)


def malformed(rng: np.random.Generator) -> str:
    """Digits that are no number: too short, too long, zeros before or nothing but zeros."""
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 5).tolist())
    return (
        f"555{digits[:1]}",
        f"000{digits}",
        "0" * int(rng.integers(1, 12)),
        f"86555{digits}555{digits}"[:18],
        f"0086555{digits}",
        f"86000555{digits}",
        f"555{digits[:3]}",
    )[int(rng.integers(7))]
