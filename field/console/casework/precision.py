"""How good each rule has proved to be: by the verdicts of people on the alerts that it spoke for.

A rule is never judged alone: it shares the verdict of every alert whose evidence names it. So the
figure is how often alerts with this rule were real, not how often the rule was right.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from field.alerts.share_interval import wilson

#: Fewer alerts with a verdict give no figure.
LEAST_VERDICTS: Final = 5
_REAL: Final = "found"
_NOT_REAL: Final = ("false_alarm", "honest_cell")


class RulePrecision(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of alerts by their state, and the share of real ones with its 95 % interval.

    ``undecided`` are alerts that nobody has judged, or that weren't found. ``precision``, ``low``
    and ``high`` are ``None`` below `LEAST_VERDICTS`; ``text`` is a sentence of it.
    """

    rule: str
    alerts: int
    confirmed: int
    false_alarm: int
    legitimate_cell: int
    not_found: int
    undecided: int
    precision: float | None
    low: float | None
    high: float | None
    text: str


def by_rule(judged: Iterable[tuple[str, Iterable[str]]]) -> list[RulePrecision]:
    """The figures of each rule, by name, from each alert's state and the rules of its evidence."""
    counts: dict[str, dict[str, int]] = {}
    for state, rules in judged:
        for rule in set(rules):
            states = counts.setdefault(rule, {})
            states[state] = states.get(state, 0) + 1
    return [_figures(rule, states) for rule, states in sorted(counts.items())]


def _figures(rule: str, states: dict[str, int]) -> RulePrecision:
    real = states.get(_REAL, 0)
    of = real + sum(states.get(state, 0) for state in _NOT_REAL)
    low, high = None, None
    if of >= LEAST_VERDICTS:
        low, high = (round(end, 3) for end in wilson(real, of))
    total = sum(states.values())
    text = "not enough verdicts"
    if low is not None and high is not None:
        text = f"{real} of {of} real, {low:.0%} to {high:.0%}"
    return RulePrecision(
        rule=rule,
        alerts=total,
        confirmed=real,
        false_alarm=states.get("false_alarm", 0),
        legitimate_cell=states.get("honest_cell", 0),
        not_found=states.get("not_found", 0),
        undecided=total - of - states.get("not_found", 0),
        precision=round(real / of, 3) if low is not None else None,
        low=low,
        high=high,
        text=text,
    )
