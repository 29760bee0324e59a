"""The levels of a batch that say something new, as rows that travel together."""

import numpy as np

from detectors.features.facts import Facts
from detectors.features.levels.level_rows import ROW, LevelRows
from detectors.features.rows import named_neighbours
from detectors.features.rows.travelling import as_texts
from detectors.model.columns import Measurements
from detectors.rules.odd_level.level_changes import News

#: Columns of rows that are called otherwise in a batch.
_OF_BATCH = {"ts": "ts_ms", "rx_ts": "rx_ms"}
_OF_NEWS = ("tile", "jump_db", "origin")


def level_rows(facts: Facts[Measurements], new: News) -> LevelRows:
    """What is new in a batch; by columns, since in the first quarter of an hour all levels are."""
    batch, rows, origin = facts.batch, new.rows, facts.origin
    numbers = np.zeros(len(rows), dtype=ROW)
    for name in ROW.names or ():
        if name not in _OF_NEWS:
            numbers[name] = getattr(batch, _OF_BATCH.get(name, name))[rows]
    numbers["tile"], numbers["jump_db"] = new.tile[rows], new.jump_db[rows]
    named = named_neighbours.written(batch, rows)
    near = [named.get(row, "") for row in rows.tolist()] if named else [""] * len(rows)
    who = batch.device[rows]
    return LevelRows(((origin.topic, origin.partition),), numbers, who, as_texts(near))
