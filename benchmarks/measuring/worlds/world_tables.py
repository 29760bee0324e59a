"""The tables of a measurement on drawn worlds, and curves against single parameters."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from scipy.stats import chi2

from benchmarks.measuring.detection.figures import Figures, figures, rate
from benchmarks.measuring.detection.result_tables import recall_table, reliability_table
from benchmarks.measuring.detection.tables import Table, of_number, of_share, of_spread
from replay.scoring.calibration import pooled_samples, reliability
from replay.simulate.drawn.parameters import WORLD, Parameter, Value

from .claims import HYPOTHESES
from .world_runs import WorldRun

#: What must hold at each end of each parameter's range.
MOST_FALSE_A_DAY, LEAST_RECALL = 2.0, 0.85
THIRDS = ("lowest third", "middle third", "highest third")


class Point(msgspec.Struct, frozen=True):
    """One point of a response curve: some worlds that have a value in common."""

    parameter: str
    value: str
    worlds: int
    false_alerts: int
    a_day: float
    upper_a_day: float
    ought: int
    recall: float | None

    @property
    def fails(self) -> bool:
        """Whether it breaks what must hold, as measured."""
        low = self.recall is not None and self.recall < LEAST_RECALL
        return self.a_day > MOST_FALSE_A_DAY or low


def upper_bound(events: int, days: float) -> float:
    """The one-sided upper 95 % bound of a Poisson rate a day (Garwood 1936).

    >>> round(upper_bound(0, 3.0), 2)
    1.0
    """
    return float(chi2.ppf(0.95, 2 * events + 2)) / 2 / days if days else float("inf")


def tables(runs: Sequence[WorldRun]) -> list[Table]:
    """All that is asked of a measurement."""
    plain = [each.run for each in runs]
    samples = pooled_samples([run.samples for run in plain])
    every = [false_table(runs), recall_table(plain), place_table(runs)]
    every += [reliability_table(reliability(samples)), hypotheses_table(runs)]
    return [*every, cost_table(runs)]


def false_table(runs: Sequence[WorldRun]) -> Table:
    """False alerts a city-day, in honest worlds and beside transmitters."""
    rows = []
    for name, some in (
        ("honest worlds", [each.run for each in runs if each.world.honest]),
        ("worlds with transmitters", [each.run for each in runs if not each.world.honest]),
        ("all", [each.run for each in runs]),
    ):
        false = rate(sum(run.false_alerts for run in some), sum(run.hours for run in some))
        bound = upper_bound(false.events, false.city_days)
        count = str(sum(run.false_alerts > 0 for run in some))
        cells = (str(len(some)), f"{false.city_days:.1f}", str(false.events), count)
        rows.append([name, *cells, of_number(false.a_day), f"{bound:.2f}"])
    header = ("", "worlds", "city-days", "false alerts", "worlds with any", "a day", "95 % below")
    return Table("False alerts a city-day", header, rows)


def place_table(runs: Sequence[WorldRun]) -> Table:
    """Ids, delay, location: of all transmitters found."""
    each: Figures = figures([run.run for run in runs])
    found = [found for run in runs for found in run.run.found]
    errors = [error for one in found for error in one.errors_m]
    quantiles = np.percentile(errors, [50, 67, 95]).tolist() if errors else []
    located = " / ".join(f"{error:.0f}" for error in quantiles)
    rows = [
        ["alert ids a transmitter", of_number(each.alert_ids)],
        ["delay from the first return, median / 95 %", of_spread(each.delay_evident_s, "s")],
        [".. of those with less evidence", of_spread(each.delay_others_s, "s")],
        ["location error, median / 67 / 95 %", f"{located} m" if errors else "-"],
        ["truth in region", of_share(each.coverage)],
    ]
    return Table("Delay and place", ("", "figure"), rows)


def hypotheses_table(runs: Sequence[WorldRun]) -> Table:
    """What alerts state of each hypothesis beside how often it was so."""
    rows = []
    for name in HYPOTHESES:
        pooled = pooled_samples([each.claims.get(name, []) for each in runs])
        table = reliability(pooled)
        stated = np.mean([sample.probability for sample in pooled]) if pooled else None
        true = np.mean([sample.true for sample in pooled]) if pooled else None
        error = of_number(table.expected_calibration_error)
        means = [of_number(None if each is None else float(each)) for each in (stated, true)]
        rows.append([name, *means, error, str(table.revisions), str(table.alerts)])
    header = ("", "mean stated", "true", "calibration error", "revisions", "alerts")
    return Table("What alerts state of each hypothesis", header, rows)


def ages_table(by_age: Mapping[int, Sequence[WorldRun]]) -> Table:
    """The main figures by how long the installation had learned when the worlds began."""
    rows = []
    for hours, runs in by_age.items():
        plain = [each.run for each in runs]
        each, table = figures(plain), reliability(pooled_samples([run.samples for run in plain]))
        bound = upper_bound(each.false_alerts.events, each.false_alerts.city_days)
        rows.append(
            [
                f"{hours} h" if hours else "cold",
                str(len(runs)),
                f"{of_number(each.false_alerts.a_day)} (95 % below {bound:.2f})",
                of_share(each.recall_evident),
                of_spread(each.delay_evident_s, "s"),
                of_number(table.expected_calibration_error),
                str(table.alerts),
            ]
        )
    header = ("learned", "worlds", "false alerts a city-day", "found", "delay, median / 95 %")
    return Table("By age of the installation", (*header, "calibration error", "alerts"), rows)


def cost_table(runs: Sequence[WorldRun]) -> Table:
    """Seconds of the processor a world."""
    rows = [
        [name, *(f"{value:.1f}" for value in np.percentile(values, [50, 95, 100]).tolist())]
        for name, values in (
            ("simulate", [each.simulate_s for each in runs]),
            ("detect", [each.detect_s for each in runs]),
        )
    ]
    return Table("Seconds of a processor a world", ("", "median", "95 %", "longest"), rows)


def point(parameter: str, value: str, runs: Sequence[WorldRun]) -> Point:
    """One point of a curve."""
    each = figures([run.run for run in runs])
    false, days = each.false_alerts.events, each.false_alerts.city_days
    return Point(
        parameter=parameter,
        value=value,
        worlds=len(runs),
        false_alerts=false,
        a_day=false / days if days else 0.0,
        upper_a_day=upper_bound(false, days),
        ought=each.recall_evident.trials,
        recall=each.recall_evident.share,
    )


def thirds(parameter: Parameter, runs: Sequence[WorldRun]) -> list[Point]:
    """A curve from worlds in which everything was drawn: by thirds, or by choices.

    Of a parameter of transmitters, worlds count by their first one.
    """
    values = [(value_of(parameter, each), each) for each in runs]
    having = [(value, each) for value, each in values if value is not None]
    if parameter.scale == "choice":
        return [
            point(parameter.name, str(end), some)
            for end in parameter.ends
            if (some := [each for value, each in having if value == end])
        ]
    having.sort(key=lambda pair: float(pair[0]))
    parts = np.array_split(np.arange(len(having)), len(THIRDS))
    return [
        point(parameter.name, name, [having[at][1] for at in part.tolist()])
        for name, part in zip(THIRDS, parts, strict=True)
        if len(part)
    ]


def value_of(parameter: Parameter, each: WorldRun) -> Value | None:
    """A world's value of a parameter; None where it has no transmitter to have it."""
    if parameter in WORLD:
        no_transmitter = parameter.name == "transmitters" and each.world.honest
        return None if no_transmitter else each.world.parameters[parameter.name]
    return each.world.transmitters[0][parameter.name] if each.world.transmitters else None


def curve_table(points: Sequence[Point], title: str = "Response curves") -> Table:
    """Curves as a table; what fails is marked."""
    rows = [
        [
            *(each.parameter, each.value, str(each.worlds), str(each.false_alerts)),
            *(f"{each.a_day:.2f}", f"{each.upper_a_day:.2f}", str(each.ought)),
            *(of_number(each.recall), "FAILS" if each.fails else ""),
        ]
        for each in points
    ]
    header = (
        *("parameter", "value", "worlds", "false alerts", "a day", "95 % below"),
        *("ought to be found", "recall", f"> {MOST_FALSE_A_DAY:g} a day or < {LEAST_RECALL:g}"),
    )
    return Table(title, header, rows)
