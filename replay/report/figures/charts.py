"""Figures of a report in SVG: evidence over time, how sure alerts were, reliability, delays."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.formats.words.wording import WORDINGS
from replay.report.figures.axes import Axes, figure, rounds, seconds, text, times
from replay.report.figures.markup import Element, tag
from replay.report.series import Delays, Found, probabilities
from replay.report.words import WORDS
from replay.scoring.calibration import Reliability

_WIDE: Final = 960.0
_LEFT: Final = 210.0
_ROW: Final = 24.0
MOST_RULES: Final = 14
MOST_LINES: Final = 12


def evidence_chart(found: Found, language: Language) -> Element:
    """Findings by rule and time: the larger a dot, the more there were."""
    words = WORDS[language]["figures"]
    rules = found.rules[:MOST_RULES]
    first, last = float(found.edges_ms[0]), float(found.edges_ms[-1])
    axes = Axes(_LEFT, 28, _WIDE - _LEFT - 20, _ROW * len(rules), (first, last), (0, len(rules)))
    parts = axes.grid(times(first, last), x_name=words["time"])
    most = max(1, int(found.counts.max()))
    middles = (found.edges_ms[:-1] + found.edges_ms[1:]) / 2
    for row, rule in enumerate(rules):
        y = len(rules) - row - 0.5
        label = WORDINGS[language].rule_name(rule)
        parts.append(text(_cut(label), _LEFT - 8, axes.at(first, y)[1] + 4, "end"))
        for column in found.counts[row].nonzero()[0].tolist():
            count = int(found.counts[row, column])
            x, down = axes.at(float(middles[column]), y)
            size = f"{2 + 8 * sqrt(count / most):.1f}"
            hint = tag("title", f"{label}: {count}")
            parts.append(
                tag("circle", hint, cx=f"{x:.1f}", cy=f"{down:.1f}", r=size, class_="found")
            )
    return figure(_WIDE, axes.top + axes.height + 40, words["evidence"], parts)


def sure_chart(alerts: Sequence[Alert], language: Language) -> Element:
    """How sure each alert was, revision by revision: a step line each."""
    words = WORDS[language]["figures"]
    lines = probabilities(alerts)
    every = [ts for line in lines.values() for ts, _ in line]
    first, last = min(every), max(every)
    last = max(last, first + 60_000)
    axes = Axes(60, 28, _WIDE - 190, 200, (first, last), (0, 1))
    ys = [(share, f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts = axes.grid(times(first, last), ys, words["decided"], words["probability"])
    surest = sorted(lines, key=lambda one: -max(share for _, share in lines[one]))[:MOST_LINES]
    for at, name in enumerate(surest):
        steps = _steps(lines[name], last)
        parts.append(axes.line(steps, f"line tone{at % 6}"))
        parts.append(
            text(name[:8], axes.left + axes.width + 8, 40 + 16 * at, class_=f"tone{at % 6}")
        )
    return figure(_WIDE, 270, words["sure"], parts)


def reliability_chart(table: Reliability, language: Language) -> Element:
    """What was stated against what was true, with Wilson's interval at 95 %."""
    words = WORDS[language]["figures"]
    axes = Axes(60, 28, 380, 300, (0, 1), (0, 1))
    ticks = [(share, f"{share:.0%}") for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    parts = axes.grid(ticks, ticks, words["stated"], words["true"])
    parts.append(axes.line([(0, 0), (1, 1)], "ideal"))
    for each in table.bins:
        x, y = axes.at(each.stated, each.true)
        parts.append(axes.line([(each.stated, end) for end in each.interval], "interval"))
        hint = tag("title", words["bin"].format(each.stated, each.true, each.alerts))
        parts.append(tag("circle", hint, cx=f"{x:.1f}", cy=f"{y:.1f}", r="5", class_="found"))
    return figure(480, 370, words["reliability"], parts)


def delay_chart(late: Delays, language: Language) -> Element:
    """The share of the transmitters that were found within a time."""
    words = WORDS[language]["figures"]
    longest = max([*late.from_switch_on, *late.from_first_return, 1.0]) * 1.05
    axes = Axes(60, 28, 380, 300, (0, longest), (0, 1))
    xs = [(value, seconds(value, language)) for value in rounds(longest, 5)]
    ys = [(share, f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts = axes.grid(xs, ys, words["delay"], words["share"])
    named: Mapping[str, list[float]] = {
        "switch_on": late.from_switch_on,
        "first_return": late.from_first_return,
    }
    for at, (name, values) in enumerate(named.items()):
        share = 1 / max(1, late.transmitters)
        points = [(0.0, 0.0), *((value, (n + 1) * share) for n, value in enumerate(values))]
        parts.append(axes.line(_steps(points, longest), f"line tone{at}"))
        parts.append(text(words[name], 70, 44 + 16 * at, class_=f"tone{at}"))
    return figure(480, 370, words["delays"], parts)


def _steps(points: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """A line that keeps each value until the next, and the last until the end."""
    made: list[tuple[float, float]] = []
    for x, y in points:
        if made:
            made.append((x, made[-1][1]))
        made.append((x, y))
    return [*made, (end, made[-1][1])]


def _cut(words: str) -> str:
    return words if len(words) <= 30 else f"{words[:29]}…"
