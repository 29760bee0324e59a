"""Figures of results and scores by matplotlib, an extra: map, timeline, reliability, delay.

Each draws on the ``axes`` that it is given, else on a figure of its own, and returns the axes.
"""

from datetime import UTC
from math import cos, radians
from typing import TYPE_CHECKING, Any, Final

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from field.formats.areas import way_of
from field.formats.words.moments import moment
from replay.alert_table import in_order_of_weight
from replay.report.figures.place_map import rings_of
from replay.report.series import delays, probabilities, read_found

if TYPE_CHECKING:
    from replay.results.result import Result
    from replay.results.scored import Scores

_COLOURS: Final = {
    "critical": "#a80f3c",
    "high": "#b84a06",
    "medium": "#7d6200",
    "low": "#1b69a8",
    "info": "#566373",
}
_TRUTH: Final = "#0a6e57"
_MOST_RULES: Final = 14


class ResultPlots:
    """Figures of one run."""

    def __init__(self, result: "Result") -> None:
        self._result = result

    def map(self, axes: Axes | None = None, truth: bool = False) -> Axes:
        """Alerts with the regions that hold them, their tracks and the masts about them, in WGS84
        degrees; ``truth``: the ways of the real transmitters too, where the trace has its truth."""
        axes = axes or _axes((8, 7))
        alerts = in_order_of_weight(self._result.structs)
        if cells := self._result.cells:
            lat, lon = zip(*cells, strict=True)
            axes.plot(lon, lat, ".", color="#b3bec9", markersize=3, label="masts", zorder=1)
        for alert in alerts:
            colour = _COLOURS.get(alert.severity, _COLOURS["info"])
            for ring in rings_of(alert.region):
                outline = Outline([(lon, lat) for lat, lon in ring])
                axes.add_patch(PathPatch(outline, facecolor=colour, alpha=0.18, zorder=2))
            if way := way_of(alert):
                _, lats, lons = zip(*way, strict=True)
                axes.plot(lons, lats, color=colour, linewidth=1.5, zorder=3)
            if alert.position is not None:
                place = alert.position["lon"], alert.position["lat"]
                axes.plot(*place, "o", color=colour, label=alert.alert_id[:8], zorder=4)
        for one in self._result.truth() if truth else ():
            _, lats, lons = zip(*sorted(one.track), strict=True)
            label = f"truth: {one.id}"
            axes.plot(lons, lats, "x:", color=_TRUTH, markevery=[-1], label=label, zorder=5)
        axes.autoscale_view()
        middle = sum(axes.get_ylim()) / 2
        axes.set_aspect(1 / max(0.01, cos(radians(middle))))
        axes.ticklabel_format(useOffset=False)
        axes.set(xlabel="longitude (°)", ylabel="latitude (°)", title=self._result.title)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best", fontsize="small")
        return axes

    def timeline(self, axes: Axes | None = None) -> Axes:
        """Findings by rule and event time (UTC), those that became no alert too: the larger a dot,
        the more there were."""
        axes = axes or _axes((9, 5))
        path = self._result.folder / "evidence.jsonl"
        found = read_found(path) if path.is_file() else None
        axes.set(xlabel="event time (UTC)", title="Findings by rule and time")
        if found is None:
            return axes
        rules = found.rules[:_MOST_RULES]
        middles = (found.edges_ms[:-1] + found.edges_ms[1:]) / 2
        times = [moment(int(at)) for at in middles.tolist()]
        most = max(1, int(found.counts.max()))
        for row in range(len(rules)):
            columns = found.counts[row].nonzero()[0].tolist()
            sizes = [10 + 140 * found.counts[row, column] / most for column in columns]
            axes.scatter([times[at] for at in columns], [row] * len(columns), s=sizes, alpha=0.75)
        axes.set_yticks(range(len(rules)), [rule.replace("_", " ") for rule in rules])
        axes.invert_yaxis()
        _by_time(axes)
        return axes

    def probability(self, axes: Axes | None = None) -> Axes:
        """How sure each alert was when its revisions were decided (UTC)."""
        axes = axes or _axes((9, 3))
        for name, line in probabilities(self._result.structs).items():
            times: Any = [moment(ts) for ts, _ in line]
            shares = [share for _, share in line]
            axes.step(times, shares, where="post", marker=".", label=name[:8])
        axes.set(ylim=(0, 1.02), ylabel="probability", xlabel="decided (UTC)")
        if axes.lines:
            axes.legend(loc="lower right", fontsize="small")
            _by_time(axes)
        return axes


class ScorePlots:
    """Figures of an evaluation."""

    def __init__(self, scores: "Scores") -> None:
        self._scores = scores

    def reliability(self, axes: Axes | None = None) -> Axes:
        """What was stated against what was true, in tenths, with Wilson's interval at 95 % by
        alerts. On the line, eight in ten of the alerts at 0.8 are real."""
        axes = axes or _axes((5, 5))
        bins = self._scores.reliability.bins
        axes.plot([0, 1], [0, 1], "--", color="#9aa8b6")
        for each in bins:
            axes.plot([each.stated] * 2, each.interval, color="#1b69a8")
        stated, true = [each.stated for each in bins], [each.true for each in bins]
        axes.scatter(stated, true, s=[20 + 4 * each.alerts for each in bins], color="#1b69a8")
        axes.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal", title="Reliability")
        axes.set(xlabel="stated probability", ylabel="share that was true")
        return axes

    def delay(self, axes: Axes | None = None) -> Axes:
        """The share of the transmitters that were found within a time, from their switch-on and
        from the return of their first victim."""
        axes = axes or _axes((6, 4))
        late = delays(self._scores.run)
        named = (("from switch-on", late.from_switch_on), ("first return", late.from_first_return))
        for name, values in named:
            shares = [(n + 1) / max(1, late.transmitters) for n in range(len(values))]
            axes.step([0.0, *values], [0.0, *shares], where="post", marker=".", label=name)
        axes.set(ylim=(0, 1.02), xlabel="delay (s)", ylabel="share found", title="Delay")
        axes.legend(loc="lower right")
        return axes


def _axes(inches: tuple[float, float]) -> Axes:
    made: Axes = plt.subplots(figsize=inches, layout="constrained")[1]
    return made


def _by_time(axes: Axes) -> None:
    locator = AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=UTC)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
