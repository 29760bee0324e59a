"""Neighbours named in full: which is loudest, and their way through an observation."""

from typing import Any

from detectors.features.rows.named_neighbours import loudest_dbm, read, written
from detectors.model.codes import GSM, LTE
from detectors.model.finding import Identity


def neighbour(cell: int | None, level_dbm: float | None, rat: int = LTE) -> dict[str, Any]:
    fixed = {"rat": rat, "mcc": 460, "mnc": 0, "area": 4100}
    return {**fixed, "cell": cell, "signal_dbm": level_dbm}


def test_what_is_written_is_read(make: Any) -> None:
    bare, without = neighbour(None, -60.0), neighbour(8, None)
    batch = make.measurements(
        {}, {"neighbours": [bare, neighbour(7, -95.5), without, neighbour(9, -90.0)]}
    )
    texts = written(batch, make.measurements({}, {}).offset)
    assert list(texts) == [1]
    named = [Identity("lte", 460, 0, 4100, cell) for cell in (7, 9)]
    assert read(texts[1]) == list(zip(named, (-95.5, -90.0), strict=True))


def test_only_rows_asked_for_and_four_of_each_are_written(make: Any) -> None:
    many = {"neighbours": [neighbour(n, -90.0) for n in range(9)]}
    batch = make.measurements(many, many)
    texts = written(batch, batch.offset[1:])
    assert list(texts) == [1]
    assert len(read(texts[1])) == 4


def test_what_no_phone_writes_is_no_neighbour() -> None:
    assert read("") == read("cdma 1 2 3 4 -90.0") == []


def test_the_loudest_is_named_and_of_the_same_rat(make: Any) -> None:
    near = [
        neighbour(None, -50.0),
        neighbour(7, -60.0, GSM),
        neighbour(8, -80.0),
        neighbour(9, -90.0),
    ]
    loudest = loudest_dbm(make.measurements({"neighbours": near}, {}))
    assert loudest.tolist() == [-80.0, float("-inf")]
