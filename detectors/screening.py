"""The first stage: every rule over every batch, letting almost nothing through.

A `Screening` belongs to one source partition (in a single process: to one file of the trace) and
keeps its rules' state. The same class runs in the worker and offline.
"""

from typing import Any, TypeVar

import msgspec

from detectors import announcing, vouching
from detectors.columns import Batch
from detectors.finding import Finding, Norm
from detectors.messages import Change
from detectors.register import Register
from detectors.rule import Origin, Rule, Screened

R = TypeVar("R", Finding, Norm)


class Screening:
    """The rules' first halves over the batches of one source partition, in order of offset."""

    def __init__(self, rules: tuple[Rule, ...], origin: Origin) -> None:
        self.origin = origin
        self._rules = tuple(rule for rule in rules if rule.enabled)
        self._states: dict[str, Any] = {rule.name: rule.new_state() for rule in self._rules}
        self._served = vouching.Served()

    def step(self, batch: Batch | list[Change], register: Register) -> Screened:
        """Findings and norms of one batch, in order of their source and numbered within it."""
        if isinstance(batch, list):
            return Screened(norms=_numbered(announcing.norms(batch)))
        findings: list[Finding] = []
        norms: list[Norm] = vouching.screen(self._served, batch, register, self.origin)
        for rule in self._rules:
            if isinstance(batch, rule.reads):
                screened = rule.screen(self._states[rule.name], batch, register, self.origin)
                findings += screened.findings
                norms += screened.norms
        return Screened(_numbered(findings), _numbered(norms))


def _numbered(records: list[R]) -> list[R]:
    """In order of source, ``part`` counting those of one message, in order of content."""
    keyed = sorted(
        ((record.source.offset, record.source.index, record.detector, record.digest()), n)
        for n, record in enumerate(records)
    )
    numbered: list[R] = []
    last: tuple[int, int] | None = None
    part = 0
    for (offset, index, _, _), n in keyed:
        part = part + 1 if (offset, index) == last else 0
        last = (offset, index)
        record = records[n]
        source = msgspec.structs.replace(record.source, part=part)
        numbered.append(msgspec.structs.replace(record, source=source))
    return numbered
