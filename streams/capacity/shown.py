"""A plan as people read it, and as programs do."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec

from streams.capacity.costs import Costs
from streams.capacity.demand import Demand
from streams.capacity.plan import Limit, Plan, limits, plan

_GIB, _TIB, _MB = 2.0**30, 2.0**40, 1e6


def as_json(asked: Demand, costs: Costs) -> bytes:
    """One JSON object: what was asked for, the costs, the plan, what gives way; no number where
    something never does."""
    found: dict[str, Any] = {
        "demand": msgspec.to_builtins(asked),
        "costs": msgspec.to_builtins(costs),
        "plan": asdict(plan(asked, costs)),
        "limits": [
            asdict(each) | {"subscribers": _number(each.subscribers)}
            for each in limits(asked, costs)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=2)


def as_text(asked: Demand, costs: Costs) -> str:
    """The sources, what they need, what gives way first, and how to divide it if it does."""
    found, gives_way = plan(asked, costs), limits(asked, costs)
    return "\n".join(
        [
            *_sources(asked, costs),
            "",
            *_needs(asked, found),
            "",
            *_gives_way(gives_way),
            *_divided(asked, costs, gives_way),
            "",
            f"Costs were measured on: {costs.machine}. All messages but calls are taken to cost"
            " what a report of a cell with five neighbours does.",
        ]
    )


def _sources(asked: Demand, costs: Costs) -> Iterator[str]:
    yield f"{asked.subscribers:,.0f} subscribers, {asked.cells:,.0f} cells"
    yield _row("source", "topic", "of all", "a day", "a second", "peak", "MB/s")
    for name, each in asked.sources.items():
        rate = asked.rate(each)
        size = rate * asked.peak * asked.bytes_of(each, costs) / _MB
        numbers = (f"{value:,.0f}" for value in (each.a_day, rate, rate * asked.peak))
        yield _row(name, each.topic, f"{each.share:.1%}", *numbers, f"{size:,.1f}")


def _row(name: str, topic: str, *numbers: str) -> str:
    return f"  {name:<18}{topic:<20}" + "".join(f"{number:>12}" for number in numbers)


def _needs(asked: Demand, found: Plan) -> Iterator[str]:
    machines = asked.machines
    yield f"In one installation, with messages as {machines.form}, at the peak:"
    register = f"of them {found.register_bytes / _GIB:,.2f} the register"
    taken_in, network = (f"{rate / _MB:,.0f}" for rate in (found.taken_in_s, found.network_s))
    for name, value in (
        ("messages a second", f"{found.peak_s:,.0f}"),
        ("cores at work", f"{found.cores:,.1f}, of them {found.promise_cores:,.1f} for promises"),
        ("workers, a core each", f"{found.workers:,}, {machines.use:.0%} full at most"),
        ("partitions of a topic", f"{found.partitions:,}"),
        ("memory of a worker", f"{found.worker_bytes / _GIB:,.2f} GiB, {register}"),
        ("start of a worker", f"{found.start_s:,.0f} s"),
        ("the largest zone", f"{found.zone_cores:,.2f} of a core, in one correlator"),
        ("calls", f"{found.calls_cores:,.2f} of a core, in one correlator"),
        ("Kafka, MB a second", f"{taken_in} come in, {network} with copies and reading"),
        ("Kafka, kept", f"{found.kept_bytes / _TIB:,.1f} TiB, {machines.days_kept:g} days"),
        ("brokers", f"{found.brokers:,}"),
    ):
        yield f"  {name:<24}{value}"


def _gives_way(found: list[Limit]) -> Iterator[str]:
    yield "What gives way first, as one installation grows:"
    for each in found:
        if math.isfinite(each.subscribers):
            yield f"  {each.subscribers:>16,.0f} subscribers: {each.what}; {each.remedy}"
        else:
            yield f"  {'never':>16}: {each.what}"


def _divided(asked: Demand, costs: Costs, gives_way: list[Limit]) -> Iterator[str]:
    """Into as many installations as none of the limits is reached in."""
    first = gives_way[0].subscribers
    if asked.subscribers <= first:
        yield "One installation is enough."
        return
    parts = math.ceil(asked.subscribers / first)
    share = msgspec.structs.replace(asked, subscribers=asked.subscribers / parts)
    each = plan(share, costs)
    yield (
        f"So {parts} installations of {share.subscribers:,.0f} subscribers, each with"
        f" {each.workers} workers, {each.partitions} partitions and {each.brokers} brokers:"
        f" {parts * each.workers} workers and {parts * each.brokers} brokers in all."
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
