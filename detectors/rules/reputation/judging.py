"""The second half of `reputation`: what reports and marks of a number, domain or text come to."""

from collections.abc import Iterator
from math import log2
from typing import Any, Final

import msgspec

from detectors.model.finding import Finding, Observation, OfCalls
from detectors.rules.reputation.opinions import (
    Mark,
    Opinions,
    Report,
    Source,
    Subject,
    add_report,
    beta_binomial_nats,
)
from detectors.rules.reputation.parameters import Parameters

POLICE: Final = "police"
#: What complaints and marks call what is a nuisance and no fraud.
NUISANCES: Final = frozenset({"advertising", "harassment", "广告", "骚扰"})
#: What marks call a fraud; others, such as "courier", say nothing against a number.
FRAUDS: Final = frozenset({"scam", "fraud", "phishing", "spoofed", "impersonation", "诈骗"})
#: A mark that somebody takes back was wrong to so much.
_TAKEN_BACK: Final = 1.0
_MOST_SOURCES: Final = 16
_NIL: Final = 1e-3
_MS_A_DAY, _MS_AN_H = 86_400_000, 3_600_000


def observe(rule: Parameters, state: Opinions, observation: Observation) -> None:
    """Takes one observation in, and puts down what follows from it."""
    for subject in _subjects(rule, state, observation):
        if observation.kind == "owner":
            if rule.excuse_reassigned:
                _reclaim(subject, observation.ts)
            continue
        if observation.kind == "report":
            taken = _report(rule, state, subject, observation)
        else:
            taken = _mark(rule, state, subject, observation)
        weight, values = _weigh(rule, state, subject, observation.rx_ts)
        if taken and weight >= rule.least_weight:
            state.due.append(_finding(rule, subject, weight, values, observation))


def _subjects(rule: Parameters, state: Opinions, observation: Observation) -> Iterator[Subject]:
    """The number, domain and text that one is about; of an owner's change only what is known."""
    about, keep_ms = observation.of_calls or OfCalls(), int(rule.remembered_h * _MS_AN_H)
    names = [*([f"number:{about.number}"] if about.number else []), *about.links]
    for name in names:
        if observation.kind != "owner" or name in state.subjects:
            is_link = name in about.links
            of_calls = OfCalls(role=about.role, links=(name,)) if is_link else about
            yield state.subject(name, of_calls, observation.rx_ts, keep_ms)


def _reclaim(subject: Subject, ts: int) -> None:
    """A number has a new owner: what was complained of before is about another."""
    subject.since_ms = max(subject.since_ms, ts)
    subject.reports.clear()
    subject.marks = {by: mark for by, mark in subject.marks.items() if mark.ts >= ts}
    subject.judged.clear()


def _report(rule: Parameters, state: Opinions, subject: Subject, observation: Observation) -> bool:
    """Adds a complaint; whether it is about whoever has the number now."""
    values: Any = observation.values
    if observation.ts < subject.since_ms:
        return False
    by, rx = str(values["by"]), observation.rx_ts
    day, reporter = rx // _MS_A_DAY, str(values.get("reporter") or "")
    share = rule.nuisance_share if values.get("category") in NUISANCES else 1.0
    if rule.excuse_repeats and reporter:
        made = state.complaints_of(f"{by} {reporter} {day}", rx, 2 * _MS_A_DAY)
        share *= min(1.0, rule.busy_reports / made)
    most = rule.most_of_one if rule.excuse_repeats else None
    add_report(subject, Report(by, reporter, day, rx, share), most)
    if by == POLICE:
        _prove(state, subject)
    return True


def _prove(state: Opinions, subject: Subject) -> None:
    """A case of the police shows that those who complained before were right."""
    for by in dict.fromkeys((*(each.by for each in subject.reports), *subject.marks)):
        if by != POLICE and by not in subject.judged:
            subject.judged.append(by)
            state.judge(by, 1.0, 0.0)


def _mark(rule: Parameters, state: Opinions, subject: Subject, observation: Observation) -> bool:
    """Puts a source's mark in the place of its former one, or takes it away."""
    values: Any = observation.values
    by = str(values.get("by") or "")
    if values.get("deleted"):
        for each in [by] if by else list(subject.marks):
            if subject.marks.pop(each, None) is not None:
                state.judge(each, 0.0, _TAKEN_BACK)
        return False
    if rule.excuse_reassigned and observation.ts < subject.since_ms:
        return False
    mark, count = str(values.get("mark") or "").lower(), int(values.get("count") or 1)
    share = 1.0 if mark in FRAUDS else rule.nuisance_share if mark in NUISANCES else 0.0
    reports = share * min(rule.most_marks, log2(1 + count))
    until = values.get("valid_until")
    appealed = bool(values.get("appealed"))
    subject.marks[by] = Mark(reports, observation.ts, until, appealed)
    if len(subject.marks) > _MOST_SOURCES:
        del subject.marks[next(iter(subject.marks))]
    return True


def _weigh(
    rule: Parameters, state: Opinions, subject: Subject, now_ms: int
) -> tuple[float, dict[str, str | int | float | None]]:
    """What all sources together say now. A source's mark is made of its reports: the more of the
    two counts."""
    counts: dict[str, float] = {}
    for report in subject.reports:
        faded = report.share * _faded(rule, now_ms - report.rx)
        counts[report.by] = counts.get(report.by, 0.0) + faded
    marked = 0
    for by, mark in subject.marks.items():
        over = rule.excuse_expired and mark.until is not None and mark.until <= now_ms
        if not over and not (rule.excuse_appealed and mark.appealed) and mark.reports:
            marked += 1
            counts[by] = max(counts.get(by, 0.0), mark.reports * _faded(rule, now_ms - mark.ts))
    weight = sum(_nats(rule, state, by, count) for by, count in counts.items())
    cases = sum(report.by == POLICE for report in subject.reports)
    values: dict[str, str | int | float | None] = {
        "complaints": len(subject.reports),
        "cases": cases,
        "marks": marked,
    }
    return min(rule.cap, weight), values


def _nats(rule: Parameters, state: Opinions, by: str, count: float) -> float:
    """What so many reports of one source weigh, by how right it was."""
    shares = {
        POLICE: rule.police_share,
        "bank": rule.bank_share,
        "12321": rule.centre_share,
        "app": rule.app_share,
    }
    share, learned = shares.get(by, rule.other_share), state.sources.get(by, Source())
    right = share * rule.prior_reports + learned.right
    wrong = (1.0 - share) * rule.prior_reports + learned.wrong
    return max(0.0, beta_binomial_nats(count, max(right, _NIL), max(wrong, _NIL)))


def _faded(rule: Parameters, age_ms: int) -> float:
    return float(0.5 ** (max(0, age_ms) / (rule.half_life_h * _MS_AN_H)))


def _finding(
    rule: Parameters,
    subject: Subject,
    weight: float,
    values: dict[str, str | int | float | None],
    observation: Observation,
) -> Finding:
    about = msgspec.structs.replace(subject.about, calls=())
    if about.number is not None:
        about = msgspec.structs.replace(about, links=())
    more: dict[str, Any] = {"who": about.number or "", "of_calls": about, "values": values}
    return rule.finding_about(observation, round(weight, 3), **more)
