"""How many cores, workers, partitions and brokers a demand needs, and what gives way first."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from streams.capacity.costs import Costs
from streams.capacity.demand import Demand
from streams.kafka.topics import BETWEEN

_GIB, _TIB, _MB, _DAY_S = 2.0**30, 2.0**40, 1e6, 86_400.0
#: Promises of a partition a second: as often as a worker sends those that have grown, at most.
_PROMISES_S: Final = 5.0
#: What promises may take of all cores' work, once that is a core at least.
_PROMISES_MOST, _PROMISES_LEAST = 0.1, 1.0
#: What the register may take of a worker's memory; phones need the rest.
_REGISTER_MOST: Final = 0.5
#: Beyond so long nobody waits for a worker that is started again.
_START_S: Final = 300.0
#: What doesn't give way with so many subscribers never does.
_NEVER: Final = 1e13


@dataclass(frozen=True, slots=True)
class Plan:
    """What one installation needs. Rates are of the busiest minutes; times in seconds."""

    messages_s: float
    peak_s: float
    cores: float
    promise_cores: float
    zone_cores: float
    calls_cores: float
    workers: int
    partitions: int
    worker_bytes: float
    register_bytes: float
    start_s: float
    taken_in_s: float
    network_s: float
    kept_bytes: float
    brokers: int


@dataclass(frozen=True, slots=True)
class Limit:
    """What gives way, and from how many subscribers of one installation on."""

    what: str
    subscribers: float
    remedy: str


def plan(asked: Demand, costs: Costs) -> Plan:
    """For one installation of all subscribers that are asked for."""
    machines = asked.machines
    form, peak_s = machines.form, asked.messages_s * asked.peak
    calls_s = asked.calls_s * asked.peak
    report_cores = (peak_s - calls_s) * costs.report_us.of(form) / 1e6
    report_cores += calls_s * (costs.calls.first_us(form) + costs.calls.second_us) / 1e6
    partitions, workers, promises = _workers(asked, costs, report_cores)
    taken_in_s = asked.peak * sum(
        asked.rate(each) * asked.bytes_of(each, costs) for each in asked.sources.values()
    )
    # Written by producers, copied, and read by workers.
    network_s = taken_in_s * (1.0 + (machines.copies - 1.0) * 2.0 + 1.0)
    kept = taken_in_s / asked.peak * _DAY_S * machines.days_kept * machines.copies
    topics = asked.topics + len(BETWEEN) + 1
    brokers = max(
        int(machines.copies),
        math.ceil(network_s / (machines.broker_mb_s * _MB)),
        math.ceil(topics * partitions * machines.copies / machines.broker_partitions),
        math.ceil(kept / (machines.broker_tib * _TIB)),
    )
    return Plan(
        messages_s=asked.messages_s,
        peak_s=peak_s,
        cores=report_cores + promises,
        promise_cores=promises,
        zone_cores=(peak_s - calls_s) * asked.largest_zone * costs.decided_us(form) / 1e6,
        calls_cores=calls_s * costs.calls.second_us / 1e6,
        workers=workers,
        partitions=partitions,
        worker_bytes=_worker_bytes(asked, costs, workers),
        register_bytes=asked.cells * costs.cell_bytes,
        start_s=costs.start_s + asked.cells * costs.cell_start_us / 1e6,
        taken_in_s=taken_in_s,
        network_s=network_s,
        kept_bytes=kept,
        brokers=brokers,
    )


def limits(asked: Demand, costs: Costs) -> list[Limit]:
    """What gives way first, and so on; at the end, at infinity, what never does."""
    return sorted(_limits(asked, costs), key=lambda each: each.subscribers)


def _workers(asked: Demand, costs: Costs, report_cores: float) -> tuple[int, int, float]:
    """Partitions, workers, and the cores that promises take: these grow with the square of the
    partitions, and partitions with the workers. Memory may ask for more workers than cores do."""
    machines, promises, least = asked.machines, 0.0, 1
    room = machines.worker_gib * _GIB - _common_bytes(asked, costs)
    if room > 0:
        least = math.ceil(_kept_bytes(asked, costs) / room)
    workers = partitions = 1
    while True:
        most = max(least, workers, math.ceil((report_cores + promises) / machines.use))
        # A power of two, so that partitions are shared evenly however many workers are halved.
        wanted = 2 ** math.ceil(math.log2(max(4.0, most * machines.partitions_a_worker)))
        promises = asked.topics * wanted**2 * len(BETWEEN) * _PROMISES_S * costs.promise_us / 1e6
        if (most, wanted) == (workers, partitions) or promises > report_cores + 1.0:
            return wanted, most, promises
        workers, partitions = most, wanted


def _worker_bytes(asked: Demand, costs: Costs, workers: int) -> float:
    return _common_bytes(asked, costs) + _kept_bytes(asked, costs) / workers


def _kept_bytes(asked: Demand, costs: Costs) -> float:
    """What all workers together keep of phones and callers."""
    return asked.devices * costs.device_bytes + asked.callers * costs.calls.caller_bytes


def _common_bytes(asked: Demand, costs: Costs) -> float:
    """What each worker has whole, however many there are."""
    return costs.base_bytes + asked.cells * costs.cell_bytes


def _limits(asked: Demand, costs: Costs) -> Iterator[Limit]:
    machines = asked.machines

    def at(check: Callable[[Plan], bool]) -> float:
        return _from(asked, costs, check)

    whole = "divide the country into installations, by province"
    yield Limit(
        f"the register takes {_REGISTER_MOST:.0%} of a worker's {machines.worker_gib:g} GiB: each"
        " has all of it",
        at(lambda found: found.register_bytes > _REGISTER_MOST * machines.worker_gib * _GIB),
        f"more memory, or {whole}",
    )
    yield Limit(
        f"a worker's start, {_START_S:g} s of reading the register",
        at(lambda found: found.start_s > _START_S),
        whole,
    )
    yield Limit(
        f"promises take {_PROMISES_MOST:.0%} of the work: they grow with the square of partitions",
        at(lambda found: found.promise_cores > max(_PROMISES_LEAST, _PROMISES_MOST * found.cores)),
        whole,
    )
    yield Limit(
        f"the largest zone's correlator, {machines.use:g} of a core: a zone is one partition's",
        at(lambda found: found.zone_cores > machines.use),
        "fewer phones of that zone, or another form of messages",
    )
    yield Limit(
        f"the correlator of calls, {machines.use:g} of a core: all calls are one partition's",
        at(lambda found: found.calls_cores > machines.use),
        whole,
    )


def _from(asked: Demand, costs: Costs, check: Callable[[Plan], bool]) -> float:
    """From how many subscribers on a check holds, to a hundredth; infinite where it never does."""
    low, high = 1.0, _NEVER
    if not check(plan(msgspec.structs.replace(asked, subscribers=high), costs)):
        return math.inf
    while high > 1.01 * low:
        middle = math.sqrt(low * high)
        if check(plan(msgspec.structs.replace(asked, subscribers=middle), costs)):
            high = middle
        else:
            low = middle
    return high
