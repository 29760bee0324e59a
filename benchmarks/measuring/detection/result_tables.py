"""The tables of a measurement, as the page shows them."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import structs

from replay.scoring.calibration import Reliability

from .ablation import Without
from .figures import ENOUGH_VICTIMS, Figures, figures, rate
from .recordings import RecordingResult
from .runs import Run
from .tables import Table, of_coverage, of_number, of_rate, of_share, of_spread

K = TypeVar("K")
T = TypeVar("T")
ALL = "all"


def recall_table(runs: Sequence[Run]) -> Table:
    """Found transmitters by kind of attack."""
    rows = []
    for kind in _kinds(runs):
        each = figures(_of_kind(runs, kind))
        cells = (str(each.transmitters), of_share(each.recall), of_share(each.recall_evident))
        rows.append([kind, *cells, of_number(each.alert_ids)])
    header = (
        *("kind", "transmitters", "recall, on the air > 2 min"),
        *(f"recall, evidence on >= {ENOUGH_VICTIMS} devices", "alert ids"),
    )
    return Table("Recall", header, rows)


def delay_table(runs: Sequence[Run]) -> Table:
    """Delays and places by kind of attack."""
    rows = []
    for kind in _kinds(runs):
        each = figures(_of_kind(runs, kind))
        delays = of_spread(each.delay_evident_s, "s"), of_spread(each.delay_others_s, "s")
        rows.append([kind, *delays, of_spread(each.error_m, "m"), of_coverage(each.coverage)])
    header = (
        *("kind", f"delay, >= {ENOUGH_VICTIMS} devices", "delay, the others"),
        *("location error", "truth in region"),
    )
    return Table("Delay from the first victim's return, and place: median / 95 %", header, rows)


def scenario_table(runs: Sequence[Run]) -> Table:
    """Every scenario: what was found, and what was false."""
    rows = []
    for name, of_name in _grouped(runs, lambda run: run.scenario).items():
        each = figures(of_name)
        found = sum(found.detected for run in of_name for found in run.found)
        hours = sum(run.hours for run in of_name)
        highest = [run.highest for run in of_name if run.highest is not None]
        rows.append(
            [
                name,
                str(len(of_name)),
                f"{hours:.1f}",
                f"{found} of {each.transmitters}" if each.transmitters else "benign",
                str(each.false_alerts.events),
                of_number(max(highest, default=None)),
            ]
        )
    header = ("scenario", "runs", "hours", "found", "false alerts", "highest probability")
    return Table("Scenarios", header, rows)


def missed_table(runs: Sequence[Run]) -> Table:
    """Transmitters that were not found, those with the most victims first."""
    missed = [found for run in runs for found in run.found if not found.detected]
    rows = [
        (
            *(found.scenario, str(found.seed), found.id, found.kind),
            *(f"{found.active_s:.0f} s", str(found.victims)),
        )
        for found in sorted(missed, key=lambda found: -found.victims)
    ]
    header = ("scenario", "seed", "transmitter", "kind", "on the air", "devices with evidence")
    return Table("Not found", header, rows)


def false_table(runs: Sequence[Run]) -> Table:
    """False alerts a city-day."""
    quiet = [run for run in runs if not run.found]
    rows = []
    for name, some in (
        ("benign scenarios", quiet),
        ("scenarios with transmitters", [run for run in runs if run.found]),
        (ALL, list(runs)),
    ):
        false = rate(sum(run.false_alerts for run in some), sum(run.hours for run in some))
        highest = max((run.highest for run in some if run.highest is not None), default=None)
        rows.append(
            [name, f"{false.city_days:.1f}", str(false.events), of_rate(false), of_number(highest)]
        )
    header = ("", "city-days", "false alerts", "a city-day (95 %)", "highest probability")
    return Table("False alerts", header, rows)


def recording_table(results: Sequence[RecordingResult]) -> Table:
    """Alerts on real recordings, in which every one is false."""
    rows = []
    for (recording, kind), some in _grouped(
        results, lambda each: (each.recording, each.kind)
    ).items():
        highest = max((each.highest for each in some if each.highest is not None), default=None)
        counts = str(len(some)), str(some[0].messages), str(sum(each.findings for each in some))
        alerts = str(sum(each.alerts for each in some))
        rows.append([recording, kind, *counts, alerts, of_number(highest)])
    header = (
        *("recording", "variant", "runs", "messages each", "findings", "alerts"),
        "highest probability",
    )
    return Table("Real recordings of honest networks", header, rows)


def reliability_table(table: Reliability, title: str = "Calibration") -> Table:
    """Stated probabilities beside what was true."""
    rows = [
        [
            f"{each.low:.1f} - {each.high:.1f}",
            f"{each.stated:.3f}",
            f"{each.true:.3f}",
            f"{each.interval[0]:.2f} - {each.interval[1]:.2f}",
            *(str(each.revisions), str(each.alerts)),
        ]
        for each in table.bins
    ]
    sums = (
        f"Brier score {of_number(table.brier_score, '{:.4f}')}, expected calibration error "
        f"{of_number(table.expected_calibration_error, '{:.4f}')}"
    )
    header = ("stated", "mean stated", "true", "95 %", "revisions", "alerts")
    return Table(f"{title}: {sums}", header, rows)


def ablation_table(base: Figures, without: Sequence[Without]) -> Table:
    """What changes without each part."""
    rows = [["everything on", *_cells(base), "", ""]] if without else []
    for each in without:
        cells = [
            cell if cell != before else "="
            for cell, before in zip(_cells(each.figures), _cells(base), strict=True)
        ]
        rows.append([each.switch.title, *cells, str(len(each.lost)), str(len(each.won))])
    header = (
        *("without", "recall > 2 min", f"recall >= {ENOUGH_VICTIMS} devices", "false alerts"),
        *("delay median / 95 %", "error median / 95 %", "alert ids", "lost", "won"),
    )
    return Table("Ablation (= as with everything on)", header, rows)


def _cells(each: Figures) -> list[str]:
    return [
        f"{of_number(each.recall.share, '{:.3f}')}",
        f"{of_number(each.recall_evident.share, '{:.3f}')}",
        str(each.false_alerts.events),
        of_spread(each.delay_evident_s, "s"),
        of_spread(each.error_m, "m"),
        of_number(each.alert_ids),
    ]


def _kinds(runs: Sequence[Run]) -> list[str]:
    """Kinds of attack that there were, and their sum; nothing where there was none."""
    kinds = {found.kind for run in runs for found in run.found}
    return [*sorted(kinds), ALL] if kinds else []


def _of_kind(runs: Sequence[Run], kind: str) -> list[Run]:
    """The runs with only the transmitters of one kind; false alerts stay with the whole."""
    if kind == ALL:
        return list(runs)
    return [
        structs.replace(run, found=[found for found in run.found if found.kind == kind])
        for run in runs
        if any(found.kind == kind for found in run.found)
    ]


def _grouped(values: Sequence[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups
