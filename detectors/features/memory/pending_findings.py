"""Findings that a rule's second half has made and that are yet to be asked for."""

import msgspec

from detectors.model.finding import Finding


class Due(msgspec.Struct):
    """Base of judging states of rules that judge an observation as soon as they hear it."""

    due: list[Finding] = []

    def next_due_ms(self) -> int | None:
        """Arrival time of the first finding; ``None`` where there is none."""
        return self.due[0].rx_ts if self.due else None

    def take(self, until_ms: int) -> list[Finding]:
        """The findings that arrived up to and including ``until_ms``, which are forgotten."""
        taken = [finding for finding in self.due if finding.rx_ts <= until_ms]
        self.due = [finding for finding in self.due if finding.rx_ts > until_ms]
        return taken
