"""What first halves of call rules find in drawn worlds: `python -m benchmarks.call_rules --rules
spoofed_ingress,number_rights --seeds 20`.

Each seed is a world with drawn parameters, in which each kind of fraud is played some times and
look-alikes are ten times as many. Of each kind of fraud and each look it prints the share of calls,
and of callers, that have a finding of at least `--nats` from each rule; of worlds without frauds
what share of records has any finding, in the mean and at most.
"""

import argparse
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.measuring.calls.drawn import Story, drawn_world, kind_of, stories
from benchmarks.measuring.calls.found import screened
from replay.simulate.drawn.parameters import Value
from streams.privacy.hasher import Hasher

HASHER = Hasher(b"benchmark of call rules, 32 byte")
FRAUDS: Mapping[str, Value] = {
    **{"spoofed_campaigns": 3, "police_gangs": 1, "sim_boxes": 2, "wangiri_campaigns": 1},
    **{"home_scammers": 4, "rogue_callbacks": 1, "account_takeovers": 1},
}
SIZE: Mapping[str, Value] = {"subscribers": 3000, "hours": 8.0}


@dataclass
class Count:
    """Calls and callers of one kind: all, and by rule those that were found."""

    calls: int = 0
    callers: int = 0
    found_calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found_callers: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def measure(seed: int, rules: list[str], nats: float, counts: dict[str, Count]) -> None:
    """Adds one world with frauds."""
    with drawn_world(seed, {**SIZE, **FRAUDS, "oversample": 10.0}) as trace:
        found: dict[str, set[str]] = {name: set() for name in rules}
        who: dict[str, str] = {}
        for findings, batch in screened(trace, rules, HASHER):
            who |= dict(zip(batch.call_ref.tolist(), batch.caller.tolist(), strict=True))
            for finding in findings:
                assert finding.of_calls is not None
                if finding.weight >= nats:
                    found[finding.detector].update(finding.of_calls.calls)
        for story in stories(trace):
            _add(story, found, who, counts)


def _add(
    story: Story,
    found: dict[str, set[str]],
    who: dict[str, str],
    counts: dict[str, Count],
) -> None:
    if story["kind"] == "victim":
        return
    count = counts.setdefault(kind_of(story) if "look" in story else story["kind"].upper(), Count())
    own = {call for call in story["calls"] if call in who}
    count.calls += len(own)
    count.callers += len({who[call] for call in own})
    for name, calls in found.items():
        count.found_calls[name] += len(calls & own)
        count.found_callers[name] += len({who[call] for call in calls & own})


def honest_share(seed: int, rules: list[str]) -> dict[str, float]:
    """Of a world without frauds or more look-alikes: findings a record, by rule."""
    with drawn_world(seed, {**SIZE, "oversample": 1.0}, honest=True) as trace:
        records, findings = 0, defaultdict[str, int](int)
        for some, batch in screened(trace, rules, HASHER):
            records += len(batch)
            for finding in some:
                findings[finding.detector] += 1
        return {name: findings[name] / max(records, 1) for name in rules}


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", required=True, help="names, with commas between")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1000, help="first seed")
    parser.add_argument("--nats", type=float, default=1.0)
    asked = parser.parse_args()
    rules = asked.rules.split(",")
    seeds = range(asked.first, asked.first + asked.seeds)
    counts: dict[str, Count] = {}
    for seed in seeds:
        measure(seed, rules, asked.nats, counts)
    head = " ".join(f"{name:>24}" for name in rules)
    print(f"{'kind or look':22}{'calls':>8}{'callers':>8} {head}   (% of calls / of callers)")
    for kind, count in sorted(counts.items()):
        cells = (
            f"{100 * count.found_calls[name] / max(count.calls, 1):.2f}"
            f" / {100 * count.found_callers[name] / max(count.callers, 1):.2f}"
            for name in rules
        )
        print(f"{kind:22}{count.calls:>8}{count.callers:>8} {' '.join(f'{c:>24}' for c in cells)}")
    shares = [honest_share(seed, rules) for seed in seeds]
    for name in rules:
        own = [1000 * share[name] for share in shares]
        mean, most = sum(own) / len(own), max(own)
        print(f"{name}: {mean:.2f} findings a thousand honest records, {most:.2f} at most")
    most = max(1000 * sum(share.values()) for share in shares)
    print(f"all: {most:.2f} at most")


if __name__ == "__main__":
    main()
