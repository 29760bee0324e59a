"""Levels that phones report, in columns: what `odd_level` lets through of a batch as one record.

It is most of all that screening lets through. One by one each level was a record of half a kilobyte
that was made, routed, written, read and put in order by itself; together they are rows of numbers,
with whose each is and the neighbours that it names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from detectors.features.rows import named_neighbours, travelling
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

#: Kinds of observations: of one report, and of many.
ONE, MANY = "level", "levels"
_WHOLE: Final = ("ts", "rx_ts", "offset", "index", "mcc", "mnc", "area", "cell", "tile")
_REAL: Final = (
    *("lat", "lon", "signal_dbm", "accuracy_m", "timing_advance", "ta_step_m"),
    *("jump_db", "arfcn", "pci"),
)
_CODES: Final = [("rat", "u1"), ("origin", "<u2")]
#: One report: times (ms), the record that it came in, its cell, the tile and place (degrees) of the
#: phone, the level (dBm) and what `Observation` holds besides; NaN for what isn't given. ``origin``
#: is the place of its partition among those of the rows.
ROW: Final = np.dtype(
    [*((name, "<i8") for name in _WHOLE), *((name, "<f8") for name in _REAL), *_CODES]
)
#: What of it is the report's own, and not where it lies in the input.
CONTENT: Final = [name for name in ROW.names or () if name not in ("offset", "index", "origin")]
_SIDE_BY_SIDE: Final = side_by_side(len(_WHOLE), len(_REAL), _CODES)
#: What no level lies beyond (dBm), and no first of `_REAL`.
_MOST_DBM: Final = 1_000.0
_BOUNDED: Final = np.array([90.0, 180.0, _MOST_DBM])


@dataclass(frozen=True, slots=True, eq=False)
class LevelRows:
    """Reports of some input partitions, ``origins`` (topic, number): ``numbers`` as `ROW`, ``who``
    reported each, and the named neighbours in it as text
    (`detectors.features.rows.named_neighbours`)."""

    origins: tuple[tuple[str, int], ...]
    numbers: NDArray[Any]
    who: Text
    near: Text

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Any) -> Self:
        """Some rows, by places, a mask or a slice."""
        numbers = travelling.chosen(self.numbers, rows)
        return type(self)(self.origins, numbers, self.who[rows], self.near[rows])

    def one(self, detector: str, row: int) -> Observation:
        """A row as the observation that a rule would let through of it alone."""
        numbers: tuple[Any, ...] = self.numbers[row].item()
        ts, rx_ts, offset, index, mcc, mnc, area, cell, tile, lat, lon, signal_dbm = numbers[:12]
        accuracy_m, timing_advance, ta_step_m, jump_db, arfcn, pci = map(_given, numbers[12:18])
        rat, origin = numbers[18:]
        topic, partition = self.origins[origin]
        return Observation(
            detector=detector,
            kind=ONE,
            ts=ts,
            rx_ts=rx_ts,
            space="device",
            who=self.who[row],
            claimed=Identity(
                *(text_of(rat, RATS), mcc, mnc, area, cell), _whole(arfcn), _whole(pci)
            ),
            place=Place(lat, lon, accuracy_m),
            signal_dbm=signal_dbm,
            timing_advance=timing_advance,
            ta_step_m=ta_step_m,
            values={
                "tile": tile,
                "jump_db": None if jump_db is None else round(jump_db),
                "heard": self.near[row],
            },
            source=Source(topic, partition, offset, index),
        )

    @property
    def stands_for(self) -> int:
        """How many observations they would be one by one."""
        return len(self)

    def many(self, detector: str) -> Iterator[Observation]:
        """All rows, which are of one partition and such as `can_travel`, as observations of many
        each, in order, each with the place in the input of its last."""
        for begin in range(0, len(self), MOST_ROWS):
            yield self.take(slice(begin, begin + MOST_ROWS)).as_one(detector)

    def as_one(self, detector: str) -> Observation:
        """All rows, one at least and `MOST_ROWS` at most, which are of one partition and such as
        `rows_of` takes, as one observation."""
        texts = {"who": self.who.tolist(), "near": self.near.tolist()}
        return travelling.as_one(detector, MANY, self.origins[0], self.numbers, **texts)


def can_travel(rows: LevelRows) -> bool:
    """Whether an observation of many can hold them: names and numbers are such as `rows_of`
    takes."""
    return are_plain(rows.who.tolist()) and _are_sound(rows.numbers)


def rows_of(observation: Observation) -> LevelRows:
    """The rows of an observation of many. Raises LookupError, TypeError or ValueError for what
    `LevelRows.many` never makes."""
    numbers, source = travelling.numbers_of(observation, ROW), observation.source
    who, near = (texts_of(observation.values, name, len(numbers)) for name in ("who", "near"))
    if not are_plain(who) or not _are_sound(numbers):
        raise ValueError("numbers that no report has")
    for text in set(near):
        if not all(abs(dbm) <= _MOST_DBM for _, dbm in named_neighbours.read(text)):
            raise ValueError("a level that nothing has")
    return LevelRows(((source.topic, source.partition),), numbers, as_texts(who), as_texts(near))


def count_of(observation: Observation) -> int:
    """How many an observation stands for."""
    if observation.kind != MANY:
        return 1
    return len(str(observation.values["rows"])) * 3 // 4 // ROW.itemsize


def joined(parts: Sequence[LevelRows]) -> LevelRows:
    """Rows one after the other, of one part at least."""
    if len(parts) == 1:
        return parts[0]
    origins, numbers = travelling.joined([(part.origins, part.numbers) for part in parts], ROW)
    who, near = (np.concatenate([getattr(p, name) for p in parts]) for name in ("who", "near"))
    return LevelRows(origins, numbers, who, near)


def singly(observations: Sequence[Observation]) -> list[Observation]:
    """Observations, those of many as those of one each."""
    found: list[Observation] = []
    for each in observations:
        if each.kind == MANY:
            rows = rows_of(each)
            found += [rows.one(each.detector, row) for row in range(len(rows))]
        else:
            found.append(each)
    return found


def _are_sound(numbers: NDArray[Any]) -> bool:
    return are_sound(numbers, _SIDE_BY_SIDE, _BOUNDED)


def _given(value: float) -> float | None:
    return None if value != value else value


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
