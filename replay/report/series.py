"""The numbers behind figures, whoever draws them: findings by rule and time, how sure alerts were,
how late transmitters were found."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from detectors.alert.record import Alert
from detectors.model.columns import I8
from replay.scoring.scores import MatchedRun, scored

#: Columns of a picture of findings; more can't be told apart.
BINS: Final = 60
#: A few clocks that are off don't stretch a picture: so much of the findings lies within it (%).
_WITHIN: Final = (0.5, 99.5)
_LEAST_SPAN_MS: Final = 60_000


class _Seen(msgspec.Struct):
    detector: str
    ts: int
    weight: float


class Found(NamedTuple):
    """Findings by rule and time. ``counts`` has a row a rule, that with most weight first, and a
    column for each two of the ``edges_ms``; findings beyond these count at the ends. ``weights``
    are sums in nats."""

    rules: list[str]
    edges_ms: I8
    counts: I8
    weights: list[float]


class Delays(NamedTuple):
    """How late the found transmitters were found (s), the quickest first, and how many there
    are."""

    from_switch_on: list[float]
    from_first_return: list[float]
    transmitters: int


def read_found(path: Path, bins: int = BINS) -> Found | None:
    """The findings of an `evidence.jsonl`; ``None`` where there are none. Lines that are no
    findings are passed over."""
    names: list[str] = []
    ts, weight = [], []
    decoder = msgspec.json.Decoder(_Seen)
    with path.open("rb") as lines:
        for line in lines:
            try:
                seen = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            names.append(seen.detector)
            ts.append(seen.ts)
            weight.append(seen.weight)
    return found_of(names, np.array(ts, dtype=np.int64), np.array(weight), bins) if names else None


def found_of(names: Sequence[str], ts: I8, weight: np.ndarray, bins: int = BINS) -> Found:
    """Findings, each with its rule, event time (ms) and weight (nats), by rule and time."""
    rules, at = np.unique(np.array(names), return_inverse=True)
    first, last = (round(float(each)) for each in np.percentile(ts, _WITHIN))
    edges = np.linspace(first, max(last, first + _LEAST_SPAN_MS), bins + 1).round().astype(np.int64)
    column = np.clip(np.searchsorted(edges, ts, side="right") - 1, 0, bins - 1)
    counts = np.zeros((len(rules), bins), dtype=np.int64)
    np.add.at(counts, (at, column), 1)
    weights = np.bincount(at, weights=weight, minlength=len(rules))
    order = np.argsort(-weights, kind="stable")
    named = [str(rules[place]) for place in order.tolist()]
    return Found(named, edges, counts[order], weights[order].tolist())


def probabilities(alerts: Iterable[Alert]) -> dict[str, list[tuple[int, float]]]:
    """By alert how sure its revisions were, each with the time (ms) at which it was decided."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for alert in sorted(alerts, key=lambda one: (one.ts, one.revision)):
        lines.setdefault(alert.alert_id, []).append((alert.ts, alert.probability))
    return lines


def delays(run: MatchedRun) -> Delays:
    """How late each transmitter of an evaluation was found."""
    each = scored(run).by_transmitter
    on = [one.delay_from_switch_on_s for one in each]
    back = [one.delay_from_first_return_s for one in each]
    known = [sorted(delay for delay in of if delay is not None) for of in (on, back)]
    return Delays(known[0], known[1], len(each))
