"""What is remembered of the phones of one partition, for all rules at once.

Each phone has a number, looked up once a batch, and what is remembered lies in arrays by that
number. All of a phone's messages lie in one partition, so what it says doesn't depend on how many
partitions there are.
"""

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import is_full, newest_places, room_for
from detectors.features.phones.draws import Draws
from detectors.features.phones.upload_habits import UploadHabits
from detectors.features.rows.device_rows import DeviceRows, Numbers, device_rows
from detectors.model.columns import I8, Text
from detectors.model.hashing import numbers_of
from detectors.native.screened import layout

#: Rows of a numpy structure, of whose fields its types know nothing.
Rows: TypeAlias = Any

#: A phone from which nothing arrived for so long (ms) is forgotten; no rule looks further back.
HORIZON_MS: Final = 2_700_000
#: Of each report: ``cell`` and ``tile`` are those of `detectors.features.rows.report_numbers`.
REPORT: Final = np.dtype(
    [
        *((name, "i8") for name in ("rx_ms", "ts_ms", "cell", "tile")),
        *((name, "f8") for name in ("lat", "lon", "signal_dbm", "speed_mps", "accuracy_m")),
    ]
)
#: Of each report of a serving cell: which that was.
SERVED: Final = np.dtype(
    [
        *((name, "i8") for name in ("rx_ms", "ts_ms", "area", "cell")),
        *((name, "f8") for name in ("arfcn", "pci")),
        *(("mcc", "i4"), ("mnc", "i4"), ("rat", "u1")),
    ]
)
#: Of the last reports of some cells at places: ``where`` and ``slot`` are halves of one number of
#: both, ``half_hour`` is that of the measurement, ``rx_ms`` is one of
#: `detectors.features.phones.short_times`. These are most of what is kept of a phone: so levels are
#: known to a hundred-thousandth of a decibel.
LEVEL: Final = np.dtype(
    [("where", "u4"), ("half_hour", "i4"), ("rx_ms", "u4"), ("signal_dbm", "f4")]
)
#: Cells at places that are remembered of a phone, each in the slot that its number ends on: a power
#: of two.
LEVELS: Final = 8
#: Stands for no arrival; later than that by more than any horizon is all that arrives.
NEVER_MS: Final = -(1 << 62)
#: No report is of that half-hour.
NO_HALF_HOUR: Final = -(1 << 31)


class LastRows:
    """One row of each phone, the newest that was put in; or one of each of its ``slots``, by phone
    times `slots` plus slot. Where there is none, the column ``by`` is ``never``."""

    def __init__(
        self, kind: np.dtype[Any], slots: int = 1, by: str = "rx_ms", never: int = NEVER_MS
    ) -> None:
        self._kind = kind
        self._rows: Rows = np.zeros(0, dtype=kind)
        self._slots, self._by, self._never = slots, by, never

    def of(self, phones: I8) -> Rows:
        """The rows of some phones (or slots)."""
        rows: Rows = self._rows.take(phones)
        return rows

    @property
    def all(self) -> Rows:
        """All rows, by phone; there is room for more phones than there are."""
        return self._rows

    def put(self, phones: I8, rows: Rows) -> None:
        """Puts in a row each of some phones (or slots)."""
        self._rows.put(phones, rows)

    def arrived_ms(self, phones: int) -> I8:
        """When the rows of the first so many phones arrived."""
        arrived_ms: I8 = self._rows["rx_ms"][:phones]
        return arrived_ms

    def make_room(self, phones: int) -> None:
        """Makes room for so many phones."""
        if phones * self._slots > len(self._rows):
            # Laid out once, not once by itself and once more behind what is there.
            before, rows = len(self._rows), np.zeros(room_for(phones) * self._slots, self._kind)
            rows.view(np.uint8)[: self._rows.nbytes] = self._rows.view(np.uint8)
            rows[self._by][before:] = self._never
            self._rows = rows

    def keep(self, phones: I8) -> None:
        """Keeps only some phones, which are numbered anew in their order."""
        self._rows = self._rows.reshape(-1, self._slots).take(phones, axis=0).ravel()


class Phones:
    """See the module's text. ``uploads`` is how late the last uploads were of each, ``draws`` when
    each was drawn last.

    Of too many phones the newest half is kept, as in all memories
    (`detectors.features.memory.lru`).
    """

    def __init__(self) -> None:
        self._numbers = Numbers()
        self._short = np.zeros(0, dtype=np.uint32)
        #: Of each phone -1: it is written into only while rows are laid out.
        self._newest = np.zeros(0, dtype=np.int32)
        self._swept_ms = NEVER_MS
        self.reports, self.served = LastRows(REPORT), LastRows(SERVED)
        self.levels = LastRows(LEVEL, LEVELS, "half_hour", NO_HALF_HOUR)
        self.uploads, self.draws = UploadHabits(), Draws()

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, who: Text, now_ms: int) -> I8:
        """The number of each phone of a column, for as long as this isn't asked again."""
        if not len(who):
            return np.zeros(0, dtype=np.int64)
        self._sweep(now_ms)
        numbered = len(self._numbers)
        numbers = self._numbers.of(who)
        if len(self._numbers) > numbered:
            self._make_room(who, numbers, numbered)
        return numbers

    def rows(self, who: Text, now_ms: int) -> DeviceRows:
        """Whose rows those of a column are, by the numbers of phones."""
        phones = self.numbers(who, now_ms)
        if layout.OURS is None:
            return device_rows(phones)
        if len(self._newest) < len(self._numbers):
            self._newest = np.full(room_for(len(self._numbers)), -1, dtype=np.int32)
        return DeviceRows(phones, *layout.OURS.rows(phones, self._newest))

    def short_numbers(self, phones: I8) -> NDArray[np.uint32]:
        """As `detectors.model.hashing.number_of`, of the names of numbered phones."""
        short: NDArray[np.uint32] = self._short.take(phones)
        return short

    def _make_room(self, who: Text, numbers: I8, numbered: int) -> None:
        """Takes phones in that are numbered from ``numbered`` on."""
        count = len(self._numbers)
        for memory in self._memories():
            memory.make_room(count)
        if count > len(self._short):
            self._short = np.pad(self._short, (0, room_for(count) - len(self._short)))
        # A name is asked for once, however many rows a phone has.
        row = np.zeros(count - numbered, dtype=np.intp)
        fresh = np.flatnonzero(numbers >= numbered)
        row[numbers[fresh] - numbered] = fresh
        self._short[numbered:count] = numbers_of(who[row].tolist())

    def _sweep(self, now_ms: int) -> None:
        """Forgets phones beyond the horizon, once in a quarter of it."""
        count = len(self._numbers)
        if now_ms - self._swept_ms < HORIZON_MS / 4 and not is_full(count):
            return
        self._swept_ms = now_ms
        left = newest_places(self.reports.arrived_ms(count), now_ms - HORIZON_MS)
        if len(left) == count:
            return
        self._numbers.keep(left)
        self._short = self._short[left]
        # No spare room is kept: it comes back with the next phone that is new.
        for memory in self._memories():
            memory.keep(left)

    def _memories(self) -> tuple[LastRows | UploadHabits | Draws, ...]:
        return self.reports, self.served, self.levels, self.uploads, self.draws
