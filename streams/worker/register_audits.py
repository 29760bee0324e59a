"""What reports show of the register, written to ``fbs.register`` now and then.

An audit works on copies of what the correlators here know of their zones, in a thread of its own,
so that no alert waits for it. It is begun by the wall clock, which decides only how often.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from detectors.audit.register_health import health_of
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import CorrelationStage

#: How often it is asked whether an audit is due (s).
AUDIT_LOOK_S: Final = 1.0


class RegisterAudits:
    """See the module's text. ``stopping``: the worker is on its way out."""

    def __init__(
        self, context: WorkerContext, correlators: CorrelationStage, stopping: Callable[[], bool]
    ) -> None:
        self._context, self._correlators, self._stopping = context, correlators, stopping
        self._done_s = time.monotonic()
        #: When the last report that was audited came, by zone (ms).
        self._known_ms: dict[str, int] = {}

    async def run(self) -> None:
        """Audits the zones of which there is news, if that is due; never where the setting is 0."""
        every_s = self._context.settings.streams.audit_every_s
        if not every_s or time.monotonic() - self._done_s < every_s:
            return
        register = await self._context.register.current()
        async for evidence in self._correlators.register_evidence(self._known_ms):
            if self._stopping():
                break
            health = await asyncio.to_thread(health_of, evidence, register.rows)
            sending = self._context.output.sending()
            await sending.register_health(health)
            await sending.written()
            self._known_ms[evidence.zone] = evidence.traffic.last_ms
        self._done_s = time.monotonic()
