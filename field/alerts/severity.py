"""Severities of alerts, from the least on."""

from typing import Final

SEVERITIES: Final = ("info", "low", "medium", "high", "critical")


def rank(severity: str) -> int:
    """The place of a severity among all; -1 for an unknown one.

    >>> rank("high") > rank("low")
    True
    """
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1
