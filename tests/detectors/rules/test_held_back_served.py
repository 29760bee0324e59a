"""Whom listed cells serve is forgotten in an order that says nothing of who or where they are."""

from typing import Any

import numpy as np
import pytest

from detectors.features.rows.placed_reports import SEEN
from detectors.rules.held_back import listed_cells


@pytest.mark.parametrize("window_ms", [30_000, 60_000_000_000])
@pytest.mark.parametrize("mix", [0x9E3779B1, 0])
def test_reports_are_in_order_of_windows_however_far_apart(
    window_ms: int, mix: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the same mix stands for several places, as it does once in years."""
    monkeypatch.setattr(listed_cells, "_MIX", np.uint32(mix))
    rng = np.random.default_rng(window_ms)
    rows = np.zeros(300, dtype=SEEN)
    rows["window_ms"] = rng.integers(-2, 3, len(rows)) * window_ms
    rows["lat"], rows["lon"] = rng.integers(-3, 3, (2, len(rows)))
    lat, lon = (rows[axis].astype(np.uint32) for axis in ("lat", "lon"))
    mixed = (lat * np.uint32(mix) ^ lon) * np.uint32(mix)
    naive: Any = np.lexsort([rows["lon"], rows["lat"], mixed, rows["window_ms"]])
    assert listed_cells._in_turn(rows).tolist() == naive.tolist()
