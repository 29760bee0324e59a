"""What probes read of cells' system information, and which of it they have reported already.

The screening memory of `detectors.rules.broadcast_lure.rule`.
"""

from typing import Final

import msgspec
import numpy as np

from detectors.features.memory.device_states import Devices
from detectors.model.columns import F8, Bool, Measurements, any_given

_CELLS_OF_A_PROBE: Final = 64


class Probe(msgspec.Struct):
    """One device: cells it was counted for, RATs whose neighbours it reads."""

    rx: int = 0
    reported: dict[str, int] = {}
    reads: list[int] = []

    def reads_lists(self, rat: int, shows_many: bool) -> bool:
        """Whether the device reads neighbour lists in a RAT: it has, or now does, show a long
        one."""
        if shows_many and rat not in self.reads:
            self.reads.append(rat)
        return rat in self.reads

    def is_news(self, what: str, rx: int, horizon_ms: int) -> bool:
        """Whether the device hasn't said the same within the horizon, and notes it if so."""
        last = self.reported.get(what)
        if last is not None and rx - last <= horizon_ms:
            return False
        self.reported.pop(what, None)
        self.reported[what] = rx
        if len(self.reported) > _CELLS_OF_A_PROBE:
            del self.reported[next(iter(self.reported))]
        return True


class Probes(Devices[Probe]):
    """Screening state of a partition: devices by name."""

    def of(self, who: str, rx: int, horizon_ms: int) -> Probe:
        """The device that a report came from, a new one where it was silent for too long."""
        probe = self.known(who, rx, horizon_ms)
        if probe is None:
            probe = self.by_name[who] = Probe()
        probe.rx = rx
        return probe


def has_broadcast(batch: Measurements) -> Bool:
    """Reports in which a probe decoded any of the system information that is judged."""
    some: Bool = np.zeros(len(batch), dtype=np.bool_)
    for column in _judged(batch):
        some |= ~np.isnan(column)
    return some


def any_broadcast(batch: Measurements) -> bool:
    """Whether there are any reports in which a probe decoded some."""
    return any(any_given(column) for column in _judged(batch))


def _judged(batch: Measurements) -> tuple[F8, ...]:
    broadcast = batch.broadcast
    return (
        broadcast.t3212_min,
        broadcast.cell_reselect_offset_db,
        broadcast.reselect_hysteresis_db,
        broadcast.neighbours_advertised,
        broadcast.sib_count,
        broadcast.reselect_priority,
    )
