"""A register that was spoilt on purpose: what is gone, what is off, and that all else stays."""

import csv
from pathlib import Path

import pytest

from benchmarks.measuring.detection.spoilt_register import OFF_M, spoil, spoilt_copy
from geo.earth.sphere import great_circle_m

HEADER = ("radio", "mcc", "net", "area", "cell", "lon", "lat", "range")


def written(folder: Path, sites: int = 400, cells: int = 3) -> Path:
    """A register of so many sites, each of so many cells, and one row without a place."""
    path = folder / "register.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for site in range(sites):
            for cell in range(cells):
                place = f"{104.0 + 0.01 * site:.4f}", "30.5"
                writer.writerow(("LTE", 460, 0, 7, 10 * site + cell, *place, 900))
        writer.writerow(("LTE", 460, 0, 7, 9_999_999, "", "", 900))
    return path


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["cell"]: row for row in csv.DictReader(file)}


def test_a_tenth_is_gone_and_one_site_in_twenty_a_kilometre_off(tmp_path: Path) -> None:
    before = rows(written(tmp_path))
    spoil(tmp_path / "register.csv", tmp_path / "spoilt.csv", 7)
    after = rows(tmp_path / "spoilt.csv")
    assert set(after) < set(before)
    assert len(after) == pytest.approx(0.9 * len(before), rel=0.05)
    moved: dict[int, set[tuple[str, str]]] = {}
    for cell, row in after.items():
        was = before[cell]
        if row == was:
            continue
        assert {**row, "lat": was["lat"], "lon": was["lon"]} == was
        here, there = (float(row["lat"]), float(row["lon"])), (float(was["lat"]), float(was["lon"]))
        assert great_circle_m(*here, *there) == pytest.approx(OFF_M, rel=0.01)
        moved.setdefault(int(cell) // 10, set()).add((row["lat"], row["lon"]))
    assert 8 <= len(moved) <= 34
    # All cells of a mast lie where it lies.
    assert {len(places) for places in moved.values()} == {1}


def test_the_same_seed_spoils_alike_and_all_else_is_the_traces_own(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    trace.mkdir()
    written(trace)
    (trace / "truth.jsonl").write_text("{}\n")
    texts = []
    for number, seed in enumerate((7, 7, 8)):
        folder = spoilt_copy(trace, tmp_path / f"spoilt-{number}", seed)
        assert (folder / "truth.jsonl").read_text() == "{}\n"
        texts.append((folder / "register.csv").read_text())
    assert texts[0] == texts[1] != texts[2]
    assert len(rows(trace / "register.csv")) == 1201
