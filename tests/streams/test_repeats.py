"""Why nothing is lost when a partition changes hands while a chunk of it is being worked on.

The old owner finishes its chunk, the new one begins at what was committed, and both write. Each
writes in order, and the new one begins no later than where the old one had written everything. Then
"no place at or before one that was had" drops every repeat and nothing else, however the two mix.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.correlate.correlator import Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.model.finding import Finding, Place, Source

_RECORDS = 40


def _finding(offset: int) -> Finding:
    return Finding(
        detector="unknown_cell",
        version=1,
        family="identity",
        ts=1_748_916_000_000,
        rx_ts=1_748_916_000_000 + offset,
        weight=1.0,
        cap=1.0,
        space="device",
        who=f"d-{offset}",
        place=Place(30.65, 104.06),
        source=Source("cell.measurements", 0, offset, -1),
    )


@st.composite
def _deliveries(draw: st.DrawFn) -> list[int]:
    """Offsets as several owners write them, mixed at will."""
    delivered: list[int] = []
    at = {0: 0}  # what each owner writes next
    while max(at.values()) < _RECORDS:
        owner = draw(st.sampled_from(sorted(at)))
        if draw(st.integers(0, 5)) == 0 and len(at) < 5:
            # Committed is what the newest owner has written, or something before it.
            newest = max(at)
            at[newest + 1] = draw(st.integers(0, at[newest]))
        elif at[owner] < _RECORDS:
            delivered.append(at[owner])
            at[owner] += 1
    return delivered


@pytest.mark.slow
@given(_deliveries())
def test_every_finding_is_taken_once_whoever_writes_it(delivered: list[int]) -> None:
    correlator = Correlator((), IncidentSettings(), frozenset({("cell.measurements", 0)}))
    for offset in delivered:
        correlator.take(_finding(offset))
    taken = [item.finding.source.offset for item in correlator.state.waiting if item.finding]
    assert sorted(taken) == list(range(_RECORDS))
    assert correlator.state.repeated == len(delivered) - _RECORDS
