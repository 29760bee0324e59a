"""Ordinary reports that rules have drawn as a sample, in columns: those of a batch as one record.

Six rules ask of one report in some dozens where phones are, how late or how high, and mostly draw
the same ones. One by one each rule's was a record that was made, routed, written, read and put in
order by itself; together a report is one row of numbers, with the rules that have drawn it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from detectors.features.phones.upload_habits import HABITS
from detectors.features.rows import travelling
from detectors.features.rows.travelling import (
    MOST_ROWS,
    are_plain,
    are_sound,
    as_texts,
    side_by_side,
    texts_of,
)
from detectors.model.codes import RATS, text_of
from detectors.model.columns import Text
from detectors.model.finding import Identity, Observation, Place, Source

#: Detector and kind of an observation of many.
NAME, MANY = "samples", "samples"
_WHOLE: Final = ("ts", "rx_ts", "offset", "index", "mcc", "mnc", "area", "cell", "stands_for")
_REAL: Final = (
    *("lat", "lon", "signal_dbm", "accuracy_m", "altitude_m", "timing_advance", "ta_step_m"),
    *("arfcn", "pci", "site_lat", "site_lon"),
)
_CODES: Final = [
    *(("rat", "u1"), ("habit", "u1"), ("by_network", "u1")),
    *(("takers", "<u2"), ("origin", "<u2")),
]
#: One report: times (ms), the record that it came in, the cell that served it, place (degrees) and
#: level (dBm) of the phone, the registered place of the mast (degrees), a code of `HABITS`, whether
#: the place is the network's, for how many reports it stands; NaN for what isn't given. ``takers``
#: are bits of the rules that have drawn it; ``origin`` is the place of its partition among those of
#: the rows.
ROW: Final = np.dtype(
    [*((name, "<i8") for name in _WHOLE), *((name, "<f8") for name in _REAL), *_CODES]
)
_SIDE_BY_SIDE: Final = side_by_side(len(_WHOLE), len(_REAL), _CODES)
#: What no place lies beyond: latitude and longitude, the first of `_REAL` (degrees).
_PLACES: Final = np.array([90.0, 180.0])
#: Rules that may draw: as many as ``takers`` has bits.
MOST_TAKERS: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class SampleRows:
    """Reports of some input partitions, ``origins`` (topic, number): ``numbers`` as `ROW`, ``who``
    reported each; ``takers`` are the names of rules by their bits, the lowest first."""

    origins: tuple[tuple[str, int], ...]
    takers: tuple[str, ...]
    numbers: NDArray[Any]
    who: Text

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Any) -> Self:
        """Some rows, by places, a mask or a slice."""
        return replace(self, numbers=travelling.chosen(self.numbers, rows), who=self.who[rows])

    def given(self, row: int) -> dict[str, Any]:
        """The numbers of a row by name; ``None`` for what isn't given."""
        values = zip(ROW.names or (), self.numbers[row].item(), strict=True)
        return {name: None if value != value else value for name, value in values}

    def identity(self, row: int) -> Identity:
        """The cell that served a row's phone."""
        given = self.given(row)
        numbers = (given[name] for name in ("mcc", "mnc", "area", "cell"))
        codes = (given[name] for name in ("arfcn", "pci"))
        whole = (None if value is None else int(value) for value in codes)
        return Identity(text_of(given["rat"], RATS), *numbers, *whole)

    def one(self, detector: str, kind: str, row: int, **more: Any) -> Observation:
        """A row as the observation that a rule would let through of it alone; ``more`` are further
        fields, or another place than the phone's own."""
        given = self.given(row)
        topic, partition = self.origins[given["origin"]]
        fields = {"place": Place(given["lat"], given["lon"], given["accuracy_m"]), **more}
        return Observation(
            detector=detector,
            kind=kind,
            ts=given["ts"],
            rx_ts=given["rx_ts"],
            space="device",
            who=self.who[row],
            source=Source(topic, partition, given["offset"], given["index"]),
            **fields,
        )

    def taken_by(self, names: Sequence[str]) -> "SampleRows":
        """The rows with those rules alone as takers, in that order: none, where only others have
        drawn one."""
        if self.takers == tuple(names):
            return self
        takers = np.zeros(len(self), dtype=np.uint16)
        for bit, name in enumerate(self.takers):
            if name in names:
                takers |= (self.numbers["takers"] >> bit & 1) << names.index(name)
        numbers = travelling.chosen(self.numbers, np.arange(len(self)))
        numbers["takers"] = takers
        return replace(self, takers=tuple(names), numbers=numbers)

    @property
    def stands_for(self) -> int:
        """How many observations they would be one by one."""
        return count_of(self.numbers["takers"])

    def many(self, detector: str = NAME) -> Iterator[Observation]:
        """All rows, which are of one partition and such as `can_travel`, as observations of many
        each, in order, each with the place in the input of its last."""
        for begin in range(0, len(self), MOST_ROWS):
            yield self.take(slice(begin, begin + MOST_ROWS)).as_one(detector)

    def as_one(self, detector: str = NAME) -> Observation:
        """As `many`, of one row at least and `MOST_ROWS` at most, as one observation."""
        texts = {"who": self.who.tolist(), "takers": self.takers}
        return travelling.as_one(detector, MANY, self.origins[0], self.numbers, **texts)


def can_travel(rows: SampleRows) -> bool:
    """Whether an observation of many can hold them: names and numbers are such as `rows_of`
    takes."""
    return are_plain(rows.who.tolist()) and _are_sound(rows.numbers)


def rows_of(observation: Observation) -> SampleRows:
    """The rows of an observation of many. Raises LookupError, TypeError or ValueError for what
    `SampleRows.many` never makes."""
    numbers, source = travelling.numbers_of(observation, ROW), observation.source
    who = texts_of(observation.values, "who", len(numbers))
    takers = texts_of(observation.values, "takers")
    if len(takers) > MOST_TAKERS or int(numbers["takers"].max()) >> len(takers):
        raise ValueError("rules without a name")
    if not are_plain(who) or not _are_sound(numbers):
        raise ValueError("numbers that no report has")
    if int(numbers["habit"].max()) >= len(HABITS):
        raise ValueError("a habit that nobody has")
    return SampleRows(((source.topic, source.partition),), tuple(takers), numbers, as_texts(who))


def _are_sound(numbers: NDArray[Any]) -> bool:
    return are_sound(numbers, _SIDE_BY_SIDE, _PLACES)


def count_of(takers: NDArray[Any]) -> int:
    """How many observations rows of such takers would be one by one."""
    return int(np.bitwise_count(takers).sum())


def joined(parts: Sequence[SampleRows]) -> SampleRows:
    """Rows one after the other, of one part at least, all with the same takers."""
    if len(parts) == 1:
        return parts[0]
    origins, numbers = travelling.joined([(part.origins, part.numbers) for part in parts], ROW)
    who = np.concatenate([part.who for part in parts])
    return SampleRows(origins, parts[0].takers, numbers, who)
