"""Short messages that wait for the centre's record, in order of when that should be there.

A queue is plain data, part of a zone's judging state. A message is named by what the observations
about it have in common; several may have the same name, and one record answers for one of them.
"""

from heapq import heappop, heappush

import msgspec

from detectors.features.memory.waiting import Waiting, let_wait
from detectors.model.finding import Observation


class Queue(msgspec.Struct):
    """What waits, the first due first, and how many messages of each name are unanswered."""

    queue: list[Waiting] = []
    unanswered: dict[str, int] = {}

    def put(self, observation: Observation, due: int) -> None:
        """Lets a message wait until ``due``."""
        name = name_of(observation)
        self.unanswered[name] = self.unanswered.get(name, 0) + 1
        let_wait(self.queue, observation, due, observation.ts)

    def put_back(self, pending: Waiting, due: int) -> None:
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

    def pop(self, until_ms: int) -> Waiting | None:
        """The next message that is due by then and unanswered; the caller settles it."""
        while self.queue and self.queue[0].due <= until_ms:
            pending = heappop(self.queue)
            if name_of(pending.observation) in self.unanswered:
                return pending
        return None


def name_of(observation: Observation) -> str:
    """What links a reported message to the centre's record of it."""
    sender, content = observation.values["sender"], observation.values.get("content")
    return f"{observation.who}|{observation.ts}|{sender}|{content}"
