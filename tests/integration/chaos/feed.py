"""A recording sent in slices, so that every fault falls into the midst of work."""

import time
from pathlib import Path

from tests.integration.deployment import Deployment
from tests.integration.messages import end_ms, in_order, partition_of

#: While a fault goes on, so many pieces of its slice come, so far apart (s).
_PIECES, _APART_S = 8, 0.25


class Feed:
    """Sends the messages of a trace in order of arrival, in ``slices`` equal ones.

    Each device keeps its partition, also where partitions are added: one whose messages lie in two
    may be heard of later.
    """

    def __init__(self, deployment: Deployment, trace: Path, slices: int) -> None:
        self._deployment = deployment
        self._messages = in_order(trace)
        self._counts = deployment.create_topics()
        self._length = -(-len(self._messages) // slices)
        self._sent = 0

    def next_slice(self, slowly: bool = False) -> None:
        """Sends one slice and, unless it is the last, what it promises: nothing older is to come.

        ``slowly``: in pieces, over two seconds.
        """
        pieces = _PIECES if slowly else 1
        slice_ = self._messages[self._sent : self._sent + self._length]
        step = -(-len(slice_) // pieces) or 1
        # One producer for a slice: each costs as much as many messages, and none outlives a broker.
        producer = self._deployment.producer()
        for at in range(0, len(slice_), step):
            for message in slice_[at : at + step]:
                number = partition_of(message, self._counts[message.topic])
                name = self._deployment.name(message.topic)
                producer.send(name, message.value, partition=number)
            producer.flush()
            if slowly:
                time.sleep(_APART_S)
        producer.close()
        self._sent += len(slice_)
        if self._sent < len(self._messages):
            self._deployment.mark(self._messages[self._sent].arrival_ms, end=False)

    def end(self) -> None:
        """Sends all that is left, and that it is over."""
        while self._sent < len(self._messages):
            self.next_slice()
        self._deployment.mark(end_ms(self._messages), end=True)
