"""What rules of callers' behaviour find of callers in drawn worlds, family by family:

    python -m benchmarks.caller_rules --seeds 20 --first 1

Each seed is a world with drawn parameters, of 4 to 24 hours, with look-alikes 10 to 30 times as
many as there would be and some of each fraud. Of each kind of caller it prints how many there were,
what share has a finding of at least `--nats` from each family of evidence, and how many from two.
Of frauds with twenty calls or more it prints the same of the first twenty.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks.call_rules import HASHER
from benchmarks.measuring.calls.drawn import drawn_world, kinds_by_call, stories
from benchmarks.measuring.calls.found import screened
from replay.simulate.drawn.parameters import Value

RULES = ["caller_rate", "short_calls", "wangiri", "roaming_caller"]
FAMILIES = ("pace", "outcome", "equipment")
HOURS, OVERSAMPLE = (4.0, 6.0, 8.0, 12.0, 16.0, 24.0), (10.0, 20.0, 30.0)
FRAUDS = {"home_scammers": 5, "sim_boxes": 2, "wangiri_campaigns": 3, "spoofed_campaigns": 2}
PERSISTENT = 20
ORDINARY = "ordinary"


@dataclass
class Caller:
    """What was seen of one: its kind, its calls in order, and by family the weightiest finding of
    each of its calls."""

    kind: str = ORDINARY
    is_fraud: bool = False
    calls: dict[str, int] = field(default_factory=dict)
    found: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))

    def families(self, nats: float, within: int = 1 << 62) -> set[str]:
        """Families with a finding of so many nats, about one of so many first calls."""
        return {
            family
            for family, found in self.found.items()
            if any(place <= within and weight >= nats for place, weight in found)
        }


def callers_of(seed: int) -> tuple[list[Caller], int, int]:
    """The callers of one world, how many findings there were, and how many records."""
    given: dict[str, Value] = {"hours": HOURS[seed % len(HOURS)], **FRAUDS}
    given["oversample"] = OVERSAMPLE[seed % len(OVERSAMPLE)]
    with drawn_world(seed, given) as trace:
        truth = stories(trace)
        kinds, odd = kinds_by_call(truth), kinds_by_call(one for one in truth if "look" in one)
        callers: dict[str, Caller] = defaultdict(Caller)
        findings = records = 0
        for found, batch in screened(trace, RULES, HASHER):
            records, findings = records + len(batch), findings + len(found)
            for who, call in zip(batch.caller.tolist(), batch.call_ref.tolist(), strict=True):
                if not who:
                    continue
                caller = callers[who]
                caller.calls.setdefault(call, len(caller.calls) + 1)
                if call in kinds:
                    caller.kind, caller.is_fraud = kinds[call], call not in odd
            for each in found:
                assert each.of_calls is not None
                caller = callers[each.who]
                place = min(caller.calls[call] for call in each.of_calls.calls)
                caller.found[each.family].append((place, each.weight))
    return list(callers.values()), findings, records


def main() -> None:
    """Prints a table of kinds of callers, then one of persistent frauds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--nats", type=float, default=1.0)
    given = parser.parse_args()
    callers: list[Caller] = []
    findings = records = 0
    for seed in range(given.first, given.first + given.seeds):
        more, of_world, rows = callers_of(seed)
        callers, findings, records = callers + more, findings + of_world, records + rows
    print(f"{records:,} records, {findings:,} findings, {len(callers):,} callers")
    _table("callers", callers, given.nats, 1 << 62)
    persistent = [c for c in callers if c.is_fraud and len(c.calls) >= PERSISTENT]
    _table(f"first {PERSISTENT} calls of frauds", persistent, given.nats, PERSISTENT)


def _table(title: str, callers: list[Caller], nats: float, within: int) -> None:
    heads = "".join(f"{name:>11}" for name in (*FAMILIES, "any", "two"))
    print(f"\n{title:<26}{'number':>8}{heads}")
    kinds: dict[str, list[set[str]]] = defaultdict(list)
    for caller in callers:
        kinds[caller.kind].append(caller.families(nats, within))
    for kind, found in sorted(kinds.items()):
        shares = [sum(name in each for each in found) for name in FAMILIES]
        shares += [sum(len(each) >= least for each in found) for least in (1, 2)]
        row = "".join(f"{number:>5}{number / len(found):>6.1%}" for number in shares)
        print(f"{kind:<26}{len(found):>8}{row}")


if __name__ == "__main__":
    main()
