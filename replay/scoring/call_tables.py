"""Scores of alerts about calls, for people."""

from collections import Counter

from detectors.model.codes import LEVELS
from replay.scoring.calls import CallScores
from replay.traces.truth import FRAUDS


def shown(scores: CallScores) -> str:
    """The scores as a table."""
    lines = [
        f"{scores.honest} honest callers, of whom accused: {_counts(scores.accused)};"
        f" alerts about nothing: {_counts(scores.false_alerts)}",
        f"{scores.owners} owners of numbers that frauds show, of whom accused as callers:"
        f" {scores.owners_accused}",
        f"{'fraud':>17} {'frauds':>7} {'found':>7} {'in one':>7} {'>=20':>6} {'in 20':>7}"
        f" {'named':>7} {'calls>50':>9} {'found':>7}",
    ]
    for kind in FRAUDS:
        frauds, persistent = scores.frauds[kind], scores.persistent[kind]
        rotating = scores.rotating_calls[kind]
        lines.append(
            f"{kind:>17} {frauds:7d} {_share(scores.found[kind], frauds)}"
            f" {_share(scores.alone[kind], frauds)} {persistent:6d}"
            f" {_share(scores.in_time[kind], persistent)}"
            f" {_share(scores.named_in_time[kind], persistent)} {rotating:9d}"
            f" {_share(scores.rotating_found[kind], rotating)}"
        )
    warned = ", ".join(
        f"{level} {scores.warned[level]} of {scores.victims[level]}" for level in LEVELS
    )
    return "\n".join([*lines, f"victims warned: {warned}; others: {scores.warned_falsely}"])


def _share(part: int, whole: int) -> str:
    return f"{part / whole:7.3f}" if whole else "      -"


def _counts(counts: Counter[str]) -> str:
    named = (f"{count} {name or 'nobody odd'}" for name, count in sorted(counts.items()))
    return ", ".join(named) or "none"
