"""Levels that phones report, in columns: what `odd_level` lets through of a batch as one record.

It is most of all that screening lets through. One by one each level was a record of half a kilobyte
that was made, routed, written, read and put in order by itself; together they are rows of numbers,
with whose each is and the neighbours that it names.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from detectors.features.rows import named_neighbours
from detectors.model.codes import RATS, text_of
from detectors.model.columns import F8, Text
from detectors.model.finding import Identity, Observation, Place, Source

#: Kinds of observations: of one report, and of many.
ONE, MANY = "level", "levels"
#: Reports of one observation: with four named neighbours each they are less than half a megabyte.
MOST_ROWS: Final = 1_024
_WHOLE: Final = ("ts", "rx_ts", "offset", "index", "mcc", "mnc", "area", "cell", "tile")
_REAL: Final = (
    *("lat", "lon", "signal_dbm", "accuracy_m", "timing_advance", "ta_step_m"),
    *("jump_db", "arfcn", "pci"),
)
#: One report: times (ms), the record that it came in, its cell, the tile and place (degrees) of the
#: phone, the level (dBm) and what `Observation` holds besides; NaN for what isn't given. ``origin``
#: is the place of its partition among those of the rows.
ROW: Final = np.dtype(
    [
        *((name, "<i8") for name in _WHOLE),
        *((name, "<f8") for name in _REAL),
        *(("rat", "u1"), ("origin", "<u2")),
    ]
)
#: Numbers of one type side by side, so that all are looked at at once (`are_sound`).
_SIDE_BY_SIDE: Final = np.dtype(
    [
        *(("whole", "<i8", len(_WHOLE)), ("real", "<f8", len(_REAL))),
        *(("rat", "u1"), ("origin", "<u2")),
    ]
)
#: What no report goes beyond: a level (dBm), a number, of which times (ms) are the largest, up to
#: the year 10000, a name; and the first of `_REAL`.
_MOST_DBM, _MOST_NUMBER, MOST_CHARACTERS = 1_000.0, 253_402_387_200_000, 200
_BOUNDED: Final = np.array([90.0, 180.0, _MOST_DBM])
#: Stands between texts of rows, which have no line of their own.
BETWEEN: Final = "\n"


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
        parts = self.numbers[rows], self.who[rows], self.near[rows]
        return type(self)(self.origins, *parts)

    def one(self, detector: str, row: int) -> Observation:
        """A row as the observation that a rule would let through of it alone."""
        given: dict[str, Any] = dict(zip(ROW.names or (), self.numbers[row].item(), strict=True))
        real = {name: None if given[name] != given[name] else given[name] for name in _REAL}
        topic, partition = self.origins[given["origin"]]
        identity = {name: given[name] for name in ("mcc", "mnc", "area", "cell")}
        identity |= {name: _whole(real[name]) for name in ("arfcn", "pci")}
        jump_db = None if real["jump_db"] is None else round(real["jump_db"])
        return Observation(
            detector=detector,
            kind=ONE,
            ts=given["ts"],
            rx_ts=given["rx_ts"],
            space="device",
            who=self.who[row],
            claimed=Identity(rat=text_of(given["rat"], RATS), **identity),
            place=Place(given["lat"], given["lon"], real["accuracy_m"]),
            signal_dbm=given["signal_dbm"],
            timing_advance=real["timing_advance"],
            ta_step_m=real["ta_step_m"],
            values={"tile": given["tile"], "jump_db": jump_db, "heard": self.near[row]},
            source=Source(topic, partition, given["offset"], given["index"]),
        )

    def many(self, detector: str) -> Iterator[Observation]:
        """All rows, which are of one partition, as observations of many each, in order, each with
        the place in the input of its last. What it couldn't hold comes one by one."""
        if not are_plain(self.who.tolist()) or not are_sound(self.numbers):
            yield from (self.one(detector, row) for row in range(len(self)))
            return
        for begin in range(0, len(self), MOST_ROWS):
            yield self.take(slice(begin, begin + MOST_ROWS)).as_one(detector)

    def as_one(self, detector: str) -> Observation:
        """All rows, one at least and `MOST_ROWS` at most, which are of one partition and such as
        `rows_of` takes, as one observation."""
        last, (topic, partition) = self.numbers[-1], self.origins[0]
        return Observation(
            detector=detector,
            kind=MANY,
            ts=int(last["ts"]),
            rx_ts=int(last["rx_ts"]),
            space="device",
            who="",
            values={
                "rows": b64encode(self.numbers.tobytes()).decode(),
                "who": BETWEEN.join(self.who.tolist()),
                "near": BETWEEN.join(self.near.tolist()),
            },
            source=Source(topic, partition, int(last["offset"]), int(last["index"])),
        )


def rows_of(observation: Observation) -> LevelRows:
    """The rows of an observation of many. Raises LookupError, TypeError or ValueError for what
    `LevelRows.many` never makes."""
    values, source = observation.values, observation.source
    numbers = np.frombuffer(b64decode(str(values["rows"])), dtype=ROW)
    who, near = (str(values[name]).split(BETWEEN) for name in ("who", "near"))
    if not 0 < len(numbers) <= MOST_ROWS or {len(who), len(near)} != {len(numbers)}:
        raise ValueError("rows, names and neighbours are not as many")
    if max(map(len, who)) > MOST_CHARACTERS or not are_sound(numbers):
        raise ValueError("numbers that no report has")
    if numbers["origin"].any():
        raise ValueError("rows of several partitions")
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
    origins = tuple(dict.fromkeys(origin for part in parts for origin in part.origins))
    numbers = np.frombuffer(bytearray().join(part.numbers.tobytes() for part in parts), dtype=ROW)
    places = [
        np.array([origins.index(each) for each in part.origins])[part.numbers["origin"]]
        for part in parts
    ]
    numbers["origin"] = np.concatenate(places)
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


def as_texts(texts: Sequence[Any]) -> Text:
    """Texts, or other values, as a column of objects."""
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column


def are_sound(
    numbers: NDArray[Any], side_by_side: np.dtype[Any] = _SIDE_BY_SIDE, bounded: F8 = _BOUNDED
) -> bool:
    """Whether all are numbers as screening writes them: nothing else is asked about them later.

    ``side_by_side`` is their type with all whole numbers in ``whole``, and others in ``real``, the
    first of which are given and ``bounded``.
    """
    if not len(numbers):
        return True
    side = np.frombuffer(numbers.tobytes(), dtype=side_by_side)
    whole, real = side["whole"], side["real"]
    return bool(
        max(int(whole.max()), -int(whole.min())) <= _MOST_NUMBER
        and (np.abs(real[:, : len(bounded)]) <= bounded).all()
        and not np.isinf(real).any()
        and int(numbers["rat"].max()) <= len(RATS)
    )


def are_plain(names: list[Any]) -> bool:
    """Whether all are texts that may stand in one, one after the other."""
    if not set(map(type, names)) <= {str}:
        return False
    is_short = max(map(len, names), default=0) <= MOST_CHARACTERS
    return is_short and BETWEEN not in "".join(names)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
