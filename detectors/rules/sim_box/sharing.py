"""Which terminals several numbers call from: of each the number that called last is kept.

Of the few that a second number calls from more is remembered (`detectors.rules.sim_box.boxes`).
Plain data: rows sorted by terminal, as bytes.
"""

from typing import Final

import msgspec
import numpy as np

from detectors.features.callers.runs import ends_of_runs, so_far
from detectors.model.columns import I8, Bool
from detectors.rules.sim_box.rows import Rows

#: Terminals that are kept; of more the newest half stays. Chosen: 8 MB; a box's SIMs take turns
#: within minutes, so that a shorter memory than the horizon finds them, too.
_MOST: Final = 1 << 19
#: A terminal, when it was called from last (s of arrival), and by whom; the lowest bit of the
#: latter says that several did.
_TERMINAL: Final = np.dtype([("name", "<u8"), ("last_s", "<u4"), ("caller", "<u4")])
_SHARED: Final = np.uint32(1)
_BITS: Final = np.uint64(32)


class Terminals(msgspec.Struct):
    """See the module's text."""

    rows: bytes = b""

    def shared(self, calls: Rows, horizon_ms: int) -> I8:
        """Which of some calls, in order, are from terminals that another number called from within
        the horizon; takes them in."""
        if not len(calls):
            return np.zeros(0, dtype=np.int64)
        came_s = calls.numbers["at"] // 1000
        who = (calls.numbers["caller"] >> _BITS).astype(np.uint32) & ~_SHARED
        names, of = np.unique(calls.numbers["terminal"], return_inverse=True)
        every = np.frombuffer(self.rows, dtype=_TERMINAL)
        place = np.searchsorted(every["name"], names)
        known: Bool = np.zeros(len(names), dtype=np.bool_)
        if len(every):
            known = every["name"][np.minimum(place, len(every) - 1)] == names
        kept = np.zeros(len(names), dtype=_TERMINAL)
        kept[known] = every[place[known]]
        kept["name"] = names
        order = np.argsort(of, kind="stable")
        group, who_in_order, s = of[order], who[order], came_s[order]
        first, last = ends_of_runs(group)
        before_s = np.where(first, kept["last_s"][group], np.roll(s, 1)).astype(np.int64)
        before = np.where(first, kept["caller"][group] & ~_SHARED, np.roll(who_in_order, 1))
        is_fresh = s - before_s > horizon_ms // 1000
        is_other = ~is_fresh & (before_s > 0) & (before != who_in_order)
        was_shared = first & ~is_fresh & ((kept["caller"][group] & _SHARED) > 0)
        shared: Bool = so_far(first | is_fresh, is_other | was_shared) > 0
        kept["caller"][group[last]] = who_in_order[last] | np.where(shared[last], _SHARED, 0)
        kept["last_s"][group[last]] = s[last]
        self._keep(every, kept, place, known)
        return np.sort(order[shared])

    def _keep(
        self,
        every: "np.ndarray[tuple[int], np.dtype[np.void]]",
        kept: "np.ndarray[tuple[int], np.dtype[np.void]]",
        place: I8,
        known: Bool,
    ) -> None:
        rows = every.copy()
        rows[place[known]] = kept[known]
        rows = np.insert(rows, place[~known], kept[~known])
        if len(rows) > _MOST:
            newest = np.argsort(-rows["last_s"].astype(np.int64), kind="stable")[: _MOST // 2]
            rows = rows[np.sort(newest)]
        self.rows = rows.tobytes()
