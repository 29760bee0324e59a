"""How tests of the whole wait: for long, and with a sentence when it was in vain."""

import time
from collections.abc import Callable

from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)

#: What a group that has just begun, or goes to another broker's care, is answered for a moment.
COORDINATOR_MOVES = (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)
#: Between two looks, or twice as long as the look took: most make a client of Kafka, and what is
#: waited for needs the processor too.
_LOOK_EVERY_S, _LOOKS = 0.3, 2.0
#: Long: the machine may be busy with other things. Nothing is asserted of times.
PATIENCE_S = 300.0


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Waits, and fails with a sentence when it takes far too long."""
    deadline = time.monotonic() + timeout_s
    while True:
        begun = time.monotonic()
        if condition():
            return
        looked = time.monotonic()
        assert looked < deadline, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(max(_LOOK_EVERY_S, _LOOKS * (looked - begun)))
