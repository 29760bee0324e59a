"""The figures of an evaluation, from matched alert revisions, and their table for people."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct, structs

from replay.scoring.calibration import Sample, pooled_samples
from replay.traces.truth import Transmitter


class Match(Struct, frozen=True):
    """One revision of an alert that matches a transmitter.

    ``error_m`` is the distance from its position to the transmitter at its ``last_seen``;
    ``covered`` whether its region holds the transmitter. Both ``None`` where it has no place.
    """

    alert_id: str
    revision: int
    transmitter: int
    ts: int
    probability: float
    error_m: float | None
    covered: bool | None
    region_level: float | None


class MatchedRun(Struct, frozen=True):
    """The alerts of one run, or of several taken together, with the transmitters that they match.

    ``alert_ids`` are those of the alerts that count; ``matches`` name transmitters by their place
    in ``transmitters``; ``samples`` are all revisions, also those that don't count.
    """

    transmitters: list[Transmitter]
    alert_ids: list[str]
    matches: list[Match]
    samples: list[Sample]


class TransmitterScore(Struct, frozen=True):
    """What became of one transmitter; delays in seconds, ``None`` where it was not found."""

    id: str
    kind: str
    detected: bool
    alert_ids: int
    delay_from_switch_on_s: float | None
    delay_from_first_return_s: float | None
    location_error_m_median: float | None


class Scores(Struct, frozen=True):
    """All figures of an evaluation; ``None`` where there is nothing to take it from.

    Delays run to the arrival time of the first matching revision. Location errors (metres) and
    coverage are over all matching revisions; ``region_level`` is the mean of what those promise.
    """

    transmitters: int
    detected: int
    alerts: int
    true_alerts: int
    false_alerts: int
    precision: float | None
    recall: float | None
    alert_ids_per_transmitter: float | None
    delay_from_switch_on_s_median: float | None
    delay_from_switch_on_s_p95: float | None
    delay_from_first_return_s_median: float | None
    delay_from_first_return_s_p95: float | None
    positions: int
    location_error_m_median: float | None
    location_error_m_p67: float | None
    location_error_m_p95: float | None
    regions: int
    region_coverage: float | None
    region_level: float | None
    by_transmitter: list[TransmitterScore]
    false_alert_ids: list[str]


def pooled(runs: Sequence[MatchedRun]) -> MatchedRun:
    """Several runs as one; alert ids get the run's number in front, since runs may share them."""
    if len(runs) == 1:
        return runs[0]
    whole = MatchedRun([], [], [], pooled_samples([run.samples for run in runs]))
    for number, run in enumerate(runs, 1):
        offset = len(whole.transmitters)
        whole.transmitters.extend(run.transmitters)
        whole.alert_ids.extend(f"{number}:{alert_id}" for alert_id in run.alert_ids)
        whole.matches.extend(
            structs.replace(
                match,
                alert_id=f"{number}:{match.alert_id}",
                transmitter=match.transmitter + offset,
            )
            for match in run.matches
        )
    return whole


def scored(run: MatchedRun) -> Scores:
    """Figures from the alerts that count and their matches, each alert with one transmitter."""
    transmitters, alert_ids, matches = run.transmitters, run.alert_ids, run.matches
    each = [
        _of_one(transmitter, [match for match in matches if match.transmitter == index])
        for index, transmitter in enumerate(transmitters)
    ]
    matched = {match.alert_id for match in matches}
    missed = [alert_id for alert_id in alert_ids if alert_id not in matched]
    found = [score for score in each if score.detected]
    on = _known(score.delay_from_switch_on_s for score in each)
    back = _known(score.delay_from_first_return_s for score in each)
    errors = _known(match.error_m for match in matches)
    covered = [match.covered for match in matches if match.covered is not None]
    levels = _known(match.region_level for match in matches if match.covered is not None)
    return Scores(
        transmitters=len(each),
        detected=len(found),
        alerts=len(alert_ids),
        true_alerts=len(matched),
        false_alerts=len(missed),
        precision=len(matched) / len(alert_ids) if alert_ids else None,
        recall=len(found) / len(each) if each else None,
        alert_ids_per_transmitter=_mean([float(score.alert_ids) for score in found]),
        delay_from_switch_on_s_median=_percentile(on, 50),
        delay_from_switch_on_s_p95=_percentile(on, 95),
        delay_from_first_return_s_median=_percentile(back, 50),
        delay_from_first_return_s_p95=_percentile(back, 95),
        positions=len(errors),
        location_error_m_median=_percentile(errors, 50),
        location_error_m_p67=_percentile(errors, 67),
        location_error_m_p95=_percentile(errors, 95),
        regions=len(covered),
        region_coverage=_mean([float(inside) for inside in covered]),
        region_level=_mean(levels),
        by_transmitter=each,
        false_alert_ids=missed,
    )


def format_scores(scores: Scores) -> str:
    """The figures as a table of lines, for people; a dash stands for ``None``."""
    on = (scores.delay_from_switch_on_s_median, scores.delay_from_switch_on_s_p95)
    back = (scores.delay_from_first_return_s_median, scores.delay_from_first_return_s_p95)
    error = (
        scores.location_error_m_median,
        scores.location_error_m_p67,
        scores.location_error_m_p95,
    )
    rows = [
        ("transmitters found", f"{scores.detected} of {scores.transmitters}"),
        ("alerts: true, false", f"{scores.true_alerts}, {scores.false_alerts}"),
        ("precision", _shown(scores.precision, "{:.3f}")),
        ("recall", _shown(scores.recall, "{:.3f}")),
        ("alert ids a transmitter", _shown(scores.alert_ids_per_transmitter, "{:.2f}")),
        ("delay from switch-on, median / 95 %", _list(on, "s")),
        ("delay from first return, median / 95 %", _list(back, "s")),
        ("location error, median / 67 / 95 %", _list(error, "m")),
        (
            "region coverage (promised)",
            f"{_shown(scores.region_coverage, '{:.3f}')} ({_shown(scores.region_level, '{:.2f}')})",
        ),
    ]
    rows += [(f"  {score.id} ({score.kind})", _one_line(score)) for score in scores.by_transmitter]
    rows += [("  false alert", alert_id) for alert_id in scores.false_alert_ids]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _of_one(transmitter: Transmitter, matches: list[Match]) -> TransmitterScore:
    first_ms = min((match.ts for match in matches), default=None)
    return TransmitterScore(
        id=transmitter.id,
        kind=transmitter.kind,
        detected=first_ms is not None,
        alert_ids=len({match.alert_id for match in matches}),
        delay_from_switch_on_s=_seconds(transmitter.switched_on_ms, first_ms),
        delay_from_first_return_s=_seconds(transmitter.first_return_ts, first_ms),
        location_error_m_median=_percentile(_known(match.error_m for match in matches), 50),
    )


def _one_line(score: TransmitterScore) -> str:
    if not score.detected:
        return "not found"
    delay = _shown(score.delay_from_switch_on_s, "{:.0f} s")
    error = _shown(score.location_error_m_median, "{:.0f} m")
    return f"found after {delay}, {error} off, {score.alert_ids} alert id(s)"


def _seconds(from_ms: int | None, to_ms: int | None) -> float | None:
    return None if from_ms is None or to_ms is None else (to_ms - from_ms) / 1000.0


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _percentile(values: list[float], share: float) -> float | None:
    return float(np.percentile(values, share)) if values else None


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _list(values: tuple[float | None, ...], unit: str) -> str:
    return " / ".join(_shown(value, "{:.0f}") for value in values) + f" {unit}"
