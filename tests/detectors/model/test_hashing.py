"""Samples by content are of their size everywhere, and mixed numbers stay as they are."""

import numpy as np

from detectors.model.hashing import (
    is_place_sampled,
    is_sampled,
    joined,
    name_keys,
    scattered,
    slots_of,
)

ROWS = np.arange(20_000, dtype=np.int64)
TS_MS = 1_700_000_000_000 + ROWS * 997


def test_about_one_in_so_many_is_sampled_wherever_and_whenever() -> None:
    for lat, lon in [(39.9, 116.4), (-89.0, -179.0), (0.0, 0.0)]:
        drawn = is_place_sampled(64, TS_MS, np.full(20_000, lat), np.full(20_000, lon))
        assert 200 < drawn.sum() < 430
    assert 200 < is_sampled(64, TS_MS, ROWS % 7).sum() < 430


def test_what_has_no_place_is_not_sampled() -> None:
    nowhere = np.full(len(ROWS), np.nan)
    assert not is_place_sampled(1, ROWS, nowhere, nowhere).any()


def test_samples_are_the_same_ones_row_by_row() -> None:
    whole = is_sampled(16, TS_MS, ROWS)
    parts = [is_sampled(16, TS_MS[at : at + 1], ROWS[at : at + 1])[0] for at in range(200)]
    assert parts == whole[:200].tolist()


def test_numbers_are_mixed_as_they_always_were() -> None:
    """State and samples would be others if the mixing changed."""
    one, other = np.array([7, 1 << 40]), np.array([8, 9])
    assert joined(one, other).tolist() == [7_000_029, (1 << 40) * 1_000_003 + 9]
    assert slots_of(one, other, 18).tolist() == SLOTS
    assert scattered(one, other).tolist() == SCATTERED


SLOTS = [222119, 133006]
SCATTERED = [179584890340901742, 1177489572957543947]


def test_a_name_has_the_same_key_whatever_is_beside_it_and_another_than_a_longer_one() -> None:
    """Also beside names that are longer than any pseudonym, and those of other letters."""
    names = [
        "",
        "a",
        "b" * 8,
        "b" * 31,
        "b" * 32,
        "b" * 33,
        "b" * 40 + "c",
        "b" * 40 + "d",
        "\u00e4",
    ]
    alone = [int(name_keys(np.array([name], dtype=object), 7)[0]) for name in names]
    assert len(set(alone)) == len(names)
    for count in range(1, len(names) + 1):
        together = name_keys(np.array(names[:count], dtype=object), 7)
        assert together.tolist() == alone[:count]
