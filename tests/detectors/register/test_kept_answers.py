"""A register keeps where it found what is asked again and again."""

import numpy as np
import pytest

from detectors.model.codes import LTE
from detectors.register import register as register_module
from detectors.register.register import Register
from tests.detectors.register.rows import Row, query, register_of


def test_what_is_asked_again_is_answered_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where all questions share one place among the answers that are kept."""
    monkeypatch.setattr(register_module, "slots_of", lambda one, *_: np.zeros_like(one))
    rows = [Row(LTE, 460, 0, 1, c, since) for c in (5, 7, 9) for since in (None, 1000)]
    one, asked = register_of(*rows), [1, 5, 9, 6, 9, 7, 10, 5, 1, 9]

    def found(register: Register, cell: int) -> list[int]:
        keys = query((LTE, 460, 0, 1, cell), (LTE, 460, 0, 1, cell))
        return register.find(*keys, np.array([500, 1500])).tolist()  # type: ignore[call-arg]

    of_fresh_ones = [found(register_of(*rows), cell) for cell in asked]
    assert [found(one, cell) for cell in asked * 2] == of_fresh_ones * 2
    assert of_fresh_ones[:3] == [[-1, -1], [0, 1], [4, 5]]
