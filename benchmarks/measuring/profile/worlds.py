"""What profiles weigh on drawn call worlds: of those who defraud, of honest look-alikes, of others.

A caller counts with the largest weight that its profile ever had, once it made enough calls in two
hours; so whoever calls for long has more chances, as in a stream.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.measuring.calls.drawn import drawn_world, kinds_by_call, stories
from benchmarks.measuring.calls.found import batches
from benchmarks.measuring.profile.fitting import auc
from detectors.features.callers.callers import Callers
from detectors.features.callers.calling import calling
from detectors.features.facts import Facts, Origin
from detectors.features.phones.phones import Phones
from detectors.model.columns import Calls
from detectors.register.register import Register
from detectors.rules.fraud_profile.rule import FraudProfile
from detectors.rules.fraud_profile.weighing import features_of, weighed
from replay.simulate.drawn.parameters import Value
from streams.privacy.hasher import Hasher

FRAUDS = ("scam_caller", "scam_campaign", "sim_box", "wangiri")
ORDINARY = "ordinary"
#: All else is drawn: look-alikes are over-sampled, and each world has frauds of each kind.
GIVEN: Mapping[str, Value] = {
    **{"subscribers": 3000, "hours": 12, "oversample": 20},
    **{"home_scammers": 6, "spoofed_campaigns": 2, "sim_boxes": 1, "wangiri_campaigns": 1},
}
_TOPIC = "call.signalling"


@dataclass(frozen=True)
class Profiled:
    """One caller with enough calls: its kind of fraud or look, the largest weight of its profile
    (nats, not bounded), whether an innocent cause excused it throughout, and its findings."""

    kind: str
    nats: float
    excused: bool
    findings: int


def profiled(seed: int, given: Mapping[str, Value] = GIVEN) -> tuple[list[Profiled], int]:
    """All such callers of one drawn world, and how many records it has."""
    hasher = Hasher(b"a key of benchmarks alone")
    with drawn_world(seed, given) as trace:
        counted = [one for one in stories(trace) if one["kind"] in (*FRAUDS, "look_alike")]
        return screened(batches(trace, hasher), kinds_by_call(counted))


def screened(calls: Iterable[Calls], kinds: Mapping[str, str]) -> tuple[list[Profiled], int]:
    """As `profiled`, of batches; ``kinds`` are known by the references of calls."""
    rule, callers, records = FraudProfile(), Callers(), 0
    most: dict[str, float] = {}
    kind_of: dict[str, str] = {}
    free: set[str] = set()
    findings: Counter[str] = Counter()
    for batch in calls:
        facts = Facts(batch, Register.empty(), Origin(_TOPIC, 0), Phones(), callers)
        known, records = calling(facts), records + len(batch)
        rows = np.flatnonzero(known.counted & (known.count("calls") >= rule.least_calls))
        nats, _ = weighed(known.count("calls")[rows], features_of(known, rows))
        for who, weight in zip(batch.caller[rows], nats.tolist(), strict=True):
            most[who] = max(most.get(who, -np.inf), weight)
        free.update(batch.caller[rows[~rule.are_excused(facts, rows)]].tolist())
        for who, call in zip(batch.caller.tolist(), batch.call_ref.tolist(), strict=True):
            if call in kinds:
                kind_of[who] = kinds[call]
        findings.update(finding.who for finding in rule.screen(None, facts).findings)
    found = [
        Profiled(kind_of.get(who, ORDINARY), weight, who not in free, findings[who])
        for who, weight in most.items()
    ]
    return found, records


#: Whom frauds are held against: all honest look-alikes, those of them that no cause excuses beside
#: frauds that none excuses, and everybody else.
_AGAINST: Mapping[str, Callable[[Profiled], bool]] = {
    "look-alikes": lambda one: one.kind != ORDINARY,
    "look-alikes, where none is excused": lambda one: one.kind != ORDINARY and not one.excused,
    "ordinary people": lambda one: one.kind == ORDINARY or one.kind in FRAUDS,
}


def report(worlds: Sequence[tuple[list[Profiled], int]]) -> str:
    """What profiles weighed on some worlds, as Markdown."""
    rows = ["| frauds beside | AUC, mean of worlds ± deviation | worlds |", "|---|---|---:|"]
    for name, counts in _AGAINST.items():
        some = [[one for one in world if counts(one)] for world, _ in worlds]
        found = [value for one in some if (value := _auc(one)) is not None] or [np.nan]
        rows.append(f"| {name} | {np.mean(found):.2f} ± {np.std(found):.2f} | {len(found)} |")
    by_kind: dict[str, list[Profiled]] = defaultdict(list)
    for one in (one for world, _ in worlds for one in world):
        by_kind[one.kind].append(one)
    rows += ["", "| kind | callers | excused | found | findings | nats: tenth, half, nine tenths |"]
    rows.append("|---|---:|---:|---:|---:|---|")
    for kind, every in sorted(by_kind.items(), key=lambda item: (item[0] not in FRAUDS, item[0])):
        nats = np.quantile([one.nats for one in every], (0.1, 0.5, 0.9))
        counted = sum(one.excused for one in every), sum(one.findings > 0 for one in every)
        findings = sum(one.findings for one in every)
        rows.append(
            f"| `{kind}` | {len(every)} | {counted[0]} | {counted[1]} | {findings} "
            f"| {', '.join(f'{value:.1f}' for value in nats)} |"
        )
    records = sum(count for _, count in worlds)
    honest = sum(one.findings for world, _ in worlds for one in world if one.kind not in FRAUDS)
    rows += ["", f"{honest} findings of honest callers in {records} records"]
    return "\n".join(rows)


def _auc(some: Sequence[Profiled]) -> float | None:
    fraud = np.array([float(one.kind in FRAUDS) for one in some])
    if len(set(fraud.tolist())) < 2:
        return None
    return auc(fraud, np.array([one.nats for one in some]))
