from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.features.baselines import level_profiles
from detectors.features.baselines.level_profiles import Levels, place_key
from detectors.features.levels import beside_few
from detectors.features.levels.keyed_levels import KeyedLevels
from detectors.features.levels.level_rows import ROW, LevelRows
from detectors.features.rows.travelling import as_texts
from detectors.model.codes import RATS, code_of
from detectors.model.finding import Identity
from detectors.register.identity_keys import cell_key
from detectors.rules.odd_level.rule import OddLevel

_RULE = OddLevel(least_phones=3)
_NEAR = ("lte 460 0 5 1 -60.0", "lte 460 0 5 2 -97.0;lte 460 0 5 0 -55.0;lte 460 0 5 1 -50.0")
_ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),  # cell
        st.integers(0, 2),  # tile
        st.integers(0, 6),  # phone
        st.sampled_from([-100.0, -97.5, -60.0, -101.25]),
        st.sampled_from(["", "", "", *_NEAR]),
    ),
    max_size=40,
)


def _levels(drawn: list[tuple[int, int, int, float, str]]) -> KeyedLevels:
    numbers = np.zeros(len(drawn), dtype=ROW)
    for name in ("jump_db", "arfcn", "pci", "timing_advance", "ta_step_m", "accuracy_m"):
        numbers[name] = np.nan
    numbers["rat"], numbers["mcc"], numbers["area"] = code_of("lte", RATS), 460, 5
    numbers["rx_ts"] = numbers["ts"] = 1_780_000_000_000 + 1000 * np.arange(len(drawn))
    columns: list[Any] = list(zip(*drawn, strict=True)) or [()] * 5
    numbers["cell"], numbers["tile"], numbers["signal_dbm"] = columns[0], columns[1], columns[3]
    who = as_texts([f"d-{number}" for number in columns[2]])
    rows = LevelRows((("cell.measurements", 0),), numbers, who, as_texts(list(columns[4])))
    return KeyedLevels.of(rows)


def _learned() -> Levels:
    """Two places of each cell that many have reported, and three phones that read high or low."""
    levels = Levels(phones={"d-1": [30, 40, 50], "d-2": [90, 90, 90], "d-3": [-70, -70, -70]})
    for cell in range(3):
        for tile in (0, 1):
            profile = levels.profile(place_key(Identity("lte", 460, 0, 5, cell), tile), 0, 0.0)
            for phone in range(100, 104):
                profile.learn(phone, -1000)
    return levels


@given(_ROWS, st.booleans(), st.sets(st.integers(0, 2), max_size=2))
@settings(max_examples=400)
def test_many_are_learned_as_each_alone_is(
    drawn: list[tuple[int, int, int, float, str]], excused: bool, flagged: set[int]
) -> None:
    rule, levels = msgspec.structs.replace(_RULE, excuse_device=excused), _levels(drawn)
    together, alone = _learned(), _learned()
    flags = {cell_key(Identity("lte", 460, 0, 5, cell)): (0, 1 << 50) for cell in flagged}
    together.flags, alone.flags = dict(flags), dict(flags)
    with pytest.MonkeyPatch.context() as monkeypatch:
        # So that some are forgotten.
        monkeypatch.setattr(level_profiles, "PHONES", 3)
        monkeypatch.setattr(beside_few, "PHONES", 3)
        rule.judge_levels(together, levels, np.arange(len(drawn)))
        for row in range(len(drawn)):
            rule.observe(alone, levels.rows.one(rule.name, row))
    assert msgspec.msgpack.encode(together) == msgspec.msgpack.encode(alone)
