"""Rows of reports that travel between the stages as one observation: numbers as bytes, and texts
one after the other.

A kind of rows has a type of its numbers, in which whole numbers (``offset`` and ``index`` in the
input, ``ts`` and ``rx_ts`` in ms among them), then others, and codes stand side by side, with
``rat`` and ``origin``, the place of a row's partition among those of all rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pybase64 import b64decode, b64encode_as_string

from detectors.model.codes import RATS
from detectors.model.columns import F8, Text
from detectors.model.finding import Observation, Source
from detectors.native import sound

#: An input's name and the number of a partition.
Origins = tuple[tuple[str, int], ...]

#: Rows of one observation: with four named neighbours each they are less than half a megabyte.
MOST_ROWS: Final = 1_024
#: What no report goes beyond: a name, and a number, of which times (ms) are the largest, up to the
#: year 10000.
_MOST_CHARACTERS, _MOST_NUMBER = 200, 253_402_387_200_000
#: Stands between texts, which have no line of their own.
_BETWEEN: Final = "\n"


class Rows(Protocol):
    """Rows that travel, with the places of phones (degrees) among their numbers."""

    @property
    def numbers(self) -> NDArray[Any]: ...

    @property
    def stands_for(self) -> int:
        """How many observations they would be one by one."""

    def take(self, rows: Any) -> Self:
        """Some rows, by places, a mask or a slice."""

    def many(self, detector: str) -> Iterator[Observation]:
        """All rows as observations of at most `MOST_ROWS` each, in order, each with the place in
        the input of its last."""


class Many(NamedTuple):
    """Rows of one partition that the detector of that name lets through, and that can travel: as
    they are for whoever is in the same process, and only for others as observations."""

    detector: str
    rows: Rows


def side_by_side(whole: int, real: int, codes: Sequence[tuple[str, str]]) -> np.dtype[Any]:
    """The type of numbers with so many whole ones in ``whole`` and others in ``real``, so that all
    are looked at at once (`are_sound`)."""
    return np.dtype([("whole", "<i8", whole), ("real", "<f8", real), *codes])


def as_one(
    detector: str, kind: str, origin: tuple[str, int], numbers: NDArray[Any], **texts: Sequence[str]
) -> Observation:
    """Rows of one partition, one at least and `MOST_ROWS` at most, as one observation with the
    place in the input of the last; each of ``texts`` is split anew by `texts_of`."""
    last, (topic, partition) = numbers[-1], origin
    joined_texts = {name: _BETWEEN.join(each) for name, each in texts.items()}
    return Observation(
        detector=detector,
        kind=kind,
        ts=int(last["ts"]),
        rx_ts=int(last["rx_ts"]),
        space="device",
        who="",
        values={"rows": b64encode_as_string(numbers.tobytes()), **joined_texts},
        source=Source(topic, partition, int(last["offset"]), int(last["index"])),
    )


def numbers_of(observation: Observation, kind: np.dtype[Any]) -> NDArray[Any]:
    """The numbers of what `as_one` has made. Raises LookupError, TypeError or ValueError for what
    it never makes; whether they are sound is for who asks."""
    numbers = np.frombuffer(b64decode(str(observation.values["rows"]), validate=True), dtype=kind)
    if not 0 < len(numbers) <= MOST_ROWS:
        raise ValueError("no rows, or more than travel together")
    if numbers["origin"].any():
        raise ValueError("rows of several partitions")
    return numbers


def chosen(numbers: NDArray[Any], rows: Any) -> NDArray[Any]:
    """Some rows of numbers, by places, a mask or a slice."""
    if isinstance(rows, slice):
        return numbers[rows]
    # Picked by brackets, NumPy copies each row field by field: some twenty times as dear.
    return numbers.compress(rows) if rows.dtype == np.bool_ else numbers.take(rows)


def texts_of(values: Mapping[str, Any], name: str, count: int | None = None) -> list[str]:
    """The texts of that name, of which there must be so many. Raises LookupError or ValueError."""
    found = str(values[name]).split(_BETWEEN)
    if count is not None and len(found) != count:
        raise ValueError("rows and texts are not as many")
    return found


def are_sound(numbers: NDArray[Any], kind: np.dtype[Any], bounded: F8) -> bool:
    """Whether all are numbers as screening writes them: nothing else is asked about them later.

    ``kind`` is their type as `side_by_side`; the first of ``real`` are given, and ``bounded``.
    """
    if not len(numbers):
        return True
    if sound.OURS is not None:
        counts = kind["whole"].shape[0], kind["real"].shape[0]
        return sound.OURS.are_sound(numbers, counts, _MOST_NUMBER, bounded, len(RATS))
    side = np.frombuffer(numbers.tobytes(), dtype=kind)
    whole, real = side["whole"], side["real"]
    return bool(
        max(int(whole.max()), -int(whole.min())) <= _MOST_NUMBER
        and (np.abs(real[:, : len(bounded)]) <= bounded).all()
        and not np.isinf(real).any()
        and int(numbers["rat"].max()) <= len(RATS)
    )


def are_plain(names: Sequence[Any]) -> bool:
    """Whether all are texts that may stand in one, one after the other."""
    if not set(map(type, names)) <= {str}:
        return False
    is_short = max(map(len, names), default=0) <= _MOST_CHARACTERS
    return is_short and _BETWEEN not in "".join(names)


def joined(
    parts: Sequence[tuple[Origins, NDArray[Any]]], kind: np.dtype[Any]
) -> tuple[Origins, NDArray[Any]]:
    """The partitions and numbers of rows, one part after the other, of one part at least."""
    origins = tuple(dict.fromkeys(origin for some, _ in parts for origin in some))
    pieces = (np.ascontiguousarray(each).view(np.uint8).data for _, each in parts)
    numbers = np.frombuffer(bytearray().join(pieces), dtype=kind)
    if any(own != origins for own, _ in parts):
        places = [
            np.array([origins.index(one) for one in own])[each["origin"]] for own, each in parts
        ]
        numbers["origin"] = np.concatenate(places)
    return origins, numbers


def as_texts(texts: Sequence[Any]) -> Text:
    """Texts, or other values, as a column of objects."""
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column
