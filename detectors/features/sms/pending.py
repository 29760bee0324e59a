"""Short messages that wait for the centre's record, in order of when that should be there.

A queue is plain data, part of a zone's judging state. A message is named by what the observations
about it have in common; several may have the same name, and one record answers for one of them.
"""

from heapq import heappop, heappush

import msgspec

from detectors.model.finding import Observation


class Pending(msgspec.Struct):
    """A message that waits for the centre's record until ``due`` (arrival time, ms)."""

    due: int
    ts: int
    digest: bytes
    observation: Observation

    def __lt__(self, other: "Pending") -> bool:
        mine, theirs = (self.due, self.ts, self.digest), (other.due, other.ts, other.digest)
        return mine < theirs or (
            mine == theirs and self.observation.source < other.observation.source
        )


class Waiting(msgspec.Struct):
    """What waits, the first due first, and how many messages of each name are unanswered."""

    queue: list[Pending] = []
    unanswered: dict[str, int] = {}

    def put(self, observation: Observation, due: int) -> None:
        """Lets a message wait until ``due``."""
        name = name_of(observation)
        self.unanswered[name] = self.unanswered.get(name, 0) + 1
        heappush(self.queue, Pending(due, observation.ts, observation.digest(), observation))

    def put_back(self, pending: Pending, due: int) -> None:
        """Lets a message that `pop` gave wait on; it is still unanswered."""
        pending.due = due
        heappush(self.queue, pending)

    def settle(self, observation: Observation) -> bool:
        """One message of this name waits no more; whether one did."""
        name = name_of(observation)
        left = self.unanswered.pop(name, 0) - 1
        if left > 0:
            self.unanswered[name] = left
        return left >= 0

    def next_due_ms(self) -> int | None:
        """When the first of all is due; ``None`` where nothing waits."""
        return self.queue[0].due if self.queue else None

    def pop(self, until_ms: int) -> Pending | None:
        """The next message that is due by then and unanswered; the caller settles it."""
        while self.queue and self.queue[0].due <= until_ms:
            pending = heappop(self.queue)
            if name_of(pending.observation) in self.unanswered:
                return pending
        return None


def name_of(observation: Observation) -> str:
    """What links a message that is told of to the centre's word for it."""
    sender, content = observation.values["sender"], observation.values.get("content")
    return f"{observation.who}|{observation.ts}|{sender}|{content}"
