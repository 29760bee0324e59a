"""What a record costs in the memories of rules, at rest and when they are full or forget by age.

Each line is the processor time of a record with a new name, by the size of the memory: as it is, as
it was with each record's own look for the oldest, and their ratio. Run it: ``python -m
benchmarks.memories``.
"""

import argparse
from collections.abc import Callable
from itertools import chain, repeat
from time import process_time
from typing import Final

from detectors.features.memory import lru
from detectors.features.memory.two_hours import HOUR_MS, TwoHours

_BATCH: Final = 2000
#: The fastest of so many runs counts: others share the machine.
_RUNS: Final = 3
Memory = dict[str, int]


def main() -> None:
    """Print a line for each size and way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, nargs="+", default=[2_048, 1 << 15, 1 << 17])
    given = parser.parse_args()
    print("names  way  ns a record now  one at a time  ratio")
    for count in given.names:
        for way, (now, before) in WAYS.items():
            # So that whichever runs first does so in half of them.
            runs = [(_ns(now, count), _ns(before, count)) for _ in range(_RUNS)]
            one, other = (min(each) for each in zip(*runs, strict=True))
            print(f"{count:>8,}  {way:<9} {one:8.0f} {other:8.0f} {other / one:6.2f}", flush=True)


def _ns(way: Callable[[Memory, int, int], None], count: int) -> float:
    kept = {_name(at): at for at in range(count)}
    records = max(20_000, count)
    begun = process_time()
    way(kept, count, records)
    return (process_time() - begun) / records * 1e9


def _full(kept: Memory, count: int, records: int) -> None:
    for at in range(count, count + records):
        lru.keep(kept, _name(at), at, count)


def _full_before(kept: Memory, count: int, records: int) -> None:
    for at in range(count, count + records):
        kept[_name(at)] = at
        del kept[next(iter(kept))]


def _at_once(kept: Memory, count: int, records: int) -> None:
    for begin in range(count, count + records, _BATCH):
        own = range(begin, min(begin + _BATCH, count + records))
        lru.keep_all(kept, [_name(at) for at in own], own, count)


def _by_age(kept: Memory, count: int, records: int) -> None:
    for begin in range(count, count + records, _BATCH):
        for at in range(begin, begin + _BATCH):
            lru.keep(kept, _name(at), at, lru.MOST_KEPT)
        last = begin + _BATCH - count
        lru.forget(kept, last.__gt__)


def _by_age_before(kept: Memory, count: int, records: int) -> None:
    for at in range(count, count + records):
        kept[_name(at)] = at
        while kept[oldest := next(iter(kept))] <= at - count:
            del kept[oldest]


def _known(kept: Memory, count: int, records: int) -> None:
    """Names that are there already: the ordinary case, in which nothing is forgotten."""
    for at in range(records):
        name = _name(count - 1 - at % 1000)
        kept.pop(name, None)
        lru.keep(kept, name, at, lru.MOST_KEPT)


def _known_before(kept: Memory, count: int, records: int) -> None:
    for at in range(records):
        name = _name(count - 1 - at % 1000)
        kept.pop(name, None)
        _keep_one(kept, name, at, lru.MOST_KEPT)


def _keep_one(kept: Memory, name: str, value: int, most: int) -> None:
    kept[name] = value
    if len(kept) > most:
        del kept[next(iter(kept))]


def _hours(_: Memory, count: int, records: int) -> None:
    notes = TwoHours[int]()
    for hour, at in _spread(count, records):
        notes.put(_name(at), hour * HOUR_MS, at)


def _hours_before(_: Memory, count: int, records: int) -> None:
    kept: dict[str, tuple[int, int | None, int | None]] = {}
    for hour, at in _spread(count, records):
        who = _name(at)
        is_new = kept.pop(who, None) is None
        kept[who] = (hour, at, None)
        while is_new and (first := next(iter(kept))) != who and kept[first][0] < hour - 1:
            del kept[first]


def _spread(count: int, records: int) -> chain[tuple[int, int]]:
    """New names, so many an hour."""
    hours = range(1, 2 + (count + records) // count)
    return chain.from_iterable(
        zip(repeat(hour), range(hour * count, (hour + 1) * count)) for hour in hours
    )


def _name(at: int) -> str:
    return f"h-{at:024x}"


WAYS: Final = {
    "full": (_full, _full_before),
    "at once": (_at_once, _full_before),
    "by age": (_by_age, _by_age_before),
    "known": (_known, _known_before),
    "hours": (_hours, _hours_before),
}

if __name__ == "__main__":
    main()
