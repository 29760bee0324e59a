"""Findings that a rule's second half has made and that are yet to be asked for."""

from typing import Generic, TypeVar

import msgspec

from detectors.features.facts import ReadBatch
from detectors.features.rule import Rule, ScreenState
from detectors.model.finding import Finding


class Due(msgspec.Struct):
    """Base of judging states of rules that judge an observation as soon as it comes."""

    due: list[Finding] = []

    def next_due_ms(self) -> int | None:
        """Arrival time of the first finding; ``None`` where there is none."""
        return self.due[0].rx_ts if self.due else None

    def take(self, until_ms: int) -> list[Finding]:
        """The findings that arrived up to and including ``until_ms``, which are forgotten."""
        taken = [finding for finding in self.due if finding.rx_ts <= until_ms]
        self.due = [finding for finding in self.due if finding.rx_ts > until_ms]
        return taken


Judged = TypeVar("Judged", bound=Due)


class PromptRule(
    Rule[ReadBatch, ScreenState, Judged],
    Generic[ReadBatch, ScreenState, Judged],
    frozen=True,
    kw_only=True,
):
    """Base of such rules."""

    def next_due_ms(self, state: Judged) -> int | None:
        return state.next_due_ms()

    def evaluate(self, state: Judged, until_ms: int) -> list[Finding]:
        return state.take(until_ms)
