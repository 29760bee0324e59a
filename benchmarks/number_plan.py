"""How many numbers a second are looked up, read and checked, with the plan of the world loaded.

Half of them are of the plan's ranges, most of these at home, half anything. Run it:
``python benchmarks/number_plan.py --numbers 1000000``.
"""

import argparse
from collections.abc import Callable
from time import process_time
from typing import TypeVar

import numpy as np

from detectors.numbers.international import read
from detectors.numbers.malformed import malformed
from detectors.numbers.plan import build_plan
from detectors.numbers.plans.shipped import china, world
from detectors.numbers.ranges import MOST_DIGITS
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import written

T = TypeVar("T")
#: The fastest of so many runs counts: others share the machine.
_RUNS = 5


def main() -> None:
    """Print one line a measurement: seconds of a processor, and numbers a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    count: int = given.numbers
    rng = np.random.default_rng(given.seed)
    rows = timed("read the files", 1, lambda: (world(), china()))
    plan = timed("compile", 1, lambda: build_plan(*rows))
    print(f"{sum(map(len, rows)):,} ranges, {len(plan):,} pieces")

    prefix = rng.integers(0, 10**MOST_DIGITS, count)
    length = rng.integers(MOST_DIGITS, 16, count)
    pool = np.array(
        [
            (each.first * 10 ** (MOST_DIGITS - each.digits), max(each.lengths))
            for each in (*rows[0], *rows[1] * 20)
            if each.lengths and max(each.lengths) >= MOST_DIGITS
        ]
    )
    own = np.flatnonzero(rng.random(count) < 0.5)
    prefix[own], length[own] = pool[rng.integers(0, len(pool), len(own))].T
    digits = np.full(count, MOST_DIGITS)
    nai = rng.choice(np.array([2.0, 3.0, 4.0, np.nan]), count)
    npi = np.ones(count)
    home = NumberSettings()

    timed("class", count, lambda: plan.kinds(prefix, digits, length))
    timed("class, country, carrier, region", count, lambda: plan.look_up(prefix, digits, length))
    starts = range(0, count, given.batch)
    parts = [slice(start, start + given.batch) for start in starts]
    timed(
        f"the same by {given.batch}",
        count,
        lambda: [plan.look_up(prefix[at], digits[at], length[at]) for at in parts],
    )
    fewer = rng.integers(1, MOST_DIGITS + 1, count)
    shorter = prefix // 10 ** (MOST_DIGITS - fewer)
    timed("the same, 1 to 7 digits known", count, lambda: plan.look_up(shorter, fewer, length))
    signalled = timed(
        "bring to international form",
        count,
        lambda: read(plan, home, prefix, digits, length, nai, npi),
    )
    timed("what is malformed", count, lambda: malformed(plan, signalled))
    texts = [str(one).ljust(size, "5") for one, size in zip(prefix, length, strict=True)]
    timed("texts to columns", count, lambda: written(texts))


def timed(name: str, count: int, work: Callable[[], T]) -> T:
    """Do the work some times; print its least processor time and the rate."""
    least = float("inf")
    for _ in range(_RUNS):
        start = process_time()
        result = work()
        least = min(least, process_time() - start)
    rate = f"{count / least / 1e6:8.2f} M/s" if count > 1 else ""
    print(f"{name:34} {least:8.3f} s {rate}")
    return result


if __name__ == "__main__":
    main()
