"""The frame of a figure in SVG: from values to its plane, with lines and words at round values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from detectors.model.words import Language
from field.formats.words.moments import moment
from replay.report.figures.markup import Element, tag

_STEPS_S = (1, 5, 15, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800)


@dataclass(frozen=True, slots=True)
class Axes:
    """A rectangle of the figure (``left``, ``top``, ``width``, ``height``) and the values at its
    edges: ``x`` from left to right, ``y`` from bottom to top."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies in the figure."""
        return (
            self.left + self.width * (x - self.x[0]) / (self.x[1] - self.x[0]),
            self.top + self.height * (1 - (y - self.y[0]) / (self.y[1] - self.y[0])),
        )

    def line(self, points: Iterable[tuple[float, float]], class_: str) -> Element:
        """A line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        return tag("polyline", points=path, class_=class_, fill="none")

    def grid(
        self,
        xs: Sequence[tuple[float, str]] = (),
        ys: Sequence[tuple[float, str]] = (),
        x_name: str = "",
        y_name: str = "",
    ) -> list[Element]:
        """Thin lines at values, with their words below and to the left."""
        bottom, right = self.top + self.height, self.left + self.width
        made = []
        for value, words in xs:
            at, _ = self.at(value, self.y[0])
            made += [_rule(at, self.top, at, bottom), text(words, at, bottom + 15, "middle")]
        for value, words in ys:
            _, at = self.at(self.x[0], value)
            made += [_rule(self.left, at, right, at), text(words, self.left - 6, at + 4, "end")]
        if x_name:
            made.append(text(x_name, right, bottom + 32, "end"))
        if y_name:
            made.append(text(y_name, self.left, self.top - 8, "start"))
        return made


def figure(width: float, height: float, title: str, parts: Iterable[Element]) -> Element:
    """A picture with a name for those who don't see it."""
    named = tag("title", title)
    box = f"0 0 {width:g} {height:g}"
    return tag("svg", named, *parts, viewBox=box, role="img", class_="figure")


def text(words: str, x: float, y: float, anchor: str = "start", class_: str = "") -> Element:
    """Words in a picture."""
    placed = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text_anchor": anchor}
    return tag("text", words, **placed, class_=class_ or None)


def times(first_ms: float, last_ms: float, most: int = 8) -> list[tuple[float, str]]:
    """Round times (UTC) within a span, with their words."""
    span_s = (last_ms - first_ms) / 1000
    step = next((one for one in _STEPS_S if span_s / one <= most), _STEPS_S[-1])
    step *= max(1, ceil(span_s / step / most))
    form = "%H:%M:%S" if step < 60 else "%H:%M" if span_s <= 172_800 else "%m-%d %H:%M"
    begin, end = ceil(first_ms / 1000 / step), floor(last_ms / 1000 / step)
    return [
        (at * step * 1000, f"{moment(at * step * 1000):{form}}") for at in range(begin, end + 1)
    ]


def rounds(last: float, most: int = 6) -> list[float]:
    """Round values from 0 to a value."""
    if last <= 0:
        return [0.0]
    power = 10 ** floor(log10(last / most))
    step = next(power * one for one in (1, 2, 5, 10) if last / (power * one) <= most)
    return [step * number for number in range(floor(last / step) + 1)]


def round_below(value: float) -> float:
    """The greatest of 1, 2 and 5 times a power of ten that is not above a value.

    >>> round_below(730.0)
    500.0
    """
    power = 10.0 ** floor(log10(value))
    return next(power * one for one in (5, 2, 1) if power * one <= value)


def seconds(value: float, language: Language) -> str:
    """A span of time in words, such as axes have."""
    if value < 120:
        return f"{value:g} s"
    unit = "分" if language == "zh" else "min"
    return f"{value / 60:.3g} {unit}"


def _rule(x1: float, y1: float, x2: float, y2: float) -> Element:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return tag("line", class_="grid", **{name: f"{at:.1f}" for name, at in ends.items()})
