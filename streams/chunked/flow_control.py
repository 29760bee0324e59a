"""What the chunked consumer needs of its app: which topics are chunked, and a flow control that
reports when it has emptied the queues of the agents."""

from collections.abc import Callable
from functools import cached_property

import faust
from mode.utils.queues import FlowControlEvent


class FlowControl(FlowControlEvent):
    """Faust's flow control, which reports each time when it has emptied the agents' queues.

    It does so when a rebalance begins, and again whenever it lets records flow.
    """

    #: What to call then; set by the consumer.
    on_emptied: Callable[[], None] | None = None

    def clear(self) -> None:
        """Empty the queues, and report it."""
        super().clear()
        if self.on_emptied is not None:
            self.on_emptied()


class ChunkedApp(faust.App):
    """What the consumer needs of its app, which is a `streams.chunked.app.ChunkApp`."""

    chunked_topics: frozenset[str]
    chunk_records: int

    @cached_property
    def flow_control(self) -> FlowControl:
        """As in Faust, but it reports emptied queues."""
        return FlowControl(loop=self.loop)
