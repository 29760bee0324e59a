from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.features.baselines.level_profiles import Levels, place_key
from detectors.features.levels.keyed_levels import KeyedLevels
from detectors.features.levels.level_rows import ROW, LevelRows
from detectors.features.rows.travelling import as_texts
from detectors.model.codes import RATS, code_of
from detectors.model.finding import Identity
from detectors.native import library
from detectors.native.judged import phone_table
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


def _learned(more: dict[str, list[int]]) -> Levels:
    """Two places of each cell that many have reported, and three phones that read high or low."""
    known = {"d-1": [30, 40, 50], "d-2": [90, 90, 90], "d-3": [-70, -70, -70]}
    levels = Levels(phones=known | more)
    for cell in range(3):
        for tile in (0, 1):
            profile = levels.profile(place_key(Identity("lte", 460, 0, 5, cell), tile), 0, 0.0)
            for phone in range(100, 104):
                profile.learn(phone, -1000)
    return levels


_FLAGS = st.sets(st.integers(0, 2), max_size=2)
_DEVIATIONS = st.sampled_from([[], [30], [30, 40, 50], [5, 6, 6, 9], [90] * 9, [1] * 12, [1 << 24]])


@pytest.mark.parametrize("by_library", [True, False])
@given(
    _ROWS,
    st.booleans(),
    _FLAGS,
    st.lists(_DEVIATIONS, max_size=5),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from([5_000, 1 << 40]),
)
@settings(max_examples=250)
def test_many_are_judged_as_each_alone_is(
    by_library: bool,
    drawn: list[tuple[int, int, int, float, str]],
    excused: bool,
    flagged: set[int],
    known: list[list[int]],
    least: int,
    poisoned: bool,
    ends_ms: int,
) -> None:
    if by_library and library.OURS is None:
        pytest.skip("the library wasn't compiled")
    switches = {"excuse_device": excused, "excuse_poisoned": poisoned}
    rule = msgspec.structs.replace(_RULE, least_phones=least, thaw_s=30.0, **switches)
    levels = _levels(drawn)
    begin_ms = 1_780_000_000_000
    # Of the cells one may begin anew soon, and the flag of another end.
    flags = {
        cell_key(Identity("lte", 460, 0, 5, cell)): (begin_ms - 15_000 * cell, begin_ms + ends_ms)
        for cell in flagged
    }
    leanings, expected = [], []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(library, "OURS", library.OURS if by_library else None)
        # So that some are forgotten.
        monkeypatch.setattr(phone_table, "MOST", 3)
        # Those beyond the seventh have sent nothing this time.
        more = {f"d-{2 * at + 1}": each for at, each in enumerate(known)}
        together, alone = _learned(more), _learned(more)
        for state in (together, alone):
            state.flags = dict(flags)
        half = len(drawn) // 2
        for some in (np.arange(half), np.arange(half, len(drawn))):
            leanings += rule.judge_levels(together, levels, some)
        for row in range(len(drawn)):
            observation = levels.rows.one(rule.name, row)
            rule.observe(alone, observation)
            if deviations := rule.level_deviations(alone, observation):
                expected.append((row, deviations))
    assert leanings == expected
    assert msgspec.msgpack.encode(together) == msgspec.msgpack.encode(alone)


def test_rows_of_a_cell_are_those_that_its_text_is_of() -> None:
    levels = _levels([(2, 0, 0, -60.0, ""), (1, 1, 1, -60.0, ""), (2, 2, 0, -97.5, "")])
    assert levels.rows_of(cell_key(Identity("lte", 460, 0, 5, 2))).tolist() == [0, 2]
    assert levels.rows_of(cell_key(Identity("lte", 460, 0, 6, 2))).tolist() == []
    assert levels.rows_of("no cell").tolist() == []
