"""Observations that wait for others to explain them, kept as a heap in a zone's state."""

from heapq import heappush

import msgspec

from detectors.model.finding import Observation


class Waiting(msgspec.Struct, array_like=True):
    """An observation that waits until ``due`` (arrival time, ms).

    Those that are due at once go by ``ts``, then by content, then by source, so that the order
    doesn't depend on how they came.
    """

    due: int
    ts: int
    digest: bytes
    observation: Observation

    def __lt__(self, other: "Waiting") -> bool:
        mine, theirs = (self.due, self.ts, self.digest), (other.due, other.ts, other.digest)
        return mine < theirs or (
            mine == theirs and self.observation.source < other.observation.source
        )


def let_wait(heap: list[Waiting], observation: Observation, due: int, ts: int = 0) -> None:
    """Puts an observation on a heap; ``ts`` where its event time comes before its content."""
    heappush(heap, Waiting(due, ts, observation.digest(), observation))
