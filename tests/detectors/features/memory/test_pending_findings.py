"""Findings wait until they are asked for, and are given out once."""

from typing import Any

from detectors.features.memory.pending_findings import Due


def test_findings_are_taken_up_to_a_time_and_once(make: Any) -> None:
    due = Due([make.finding(n, at_s=float(n)) for n in range(4)])
    assert due.next_due_ms() == make.t0_ms
    assert [finding.who for finding in due.take(make.t0_ms + 1000)] == ["d0", "d1"]
    assert due.take(make.t0_ms + 1999) == []
    assert due.next_due_ms() == make.t0_ms + 2000
    assert len(due.take(make.t0_ms + 9000)) == 2
    assert (due.next_due_ms(), due.take(make.t0_ms + 9000)) == (None, [])
