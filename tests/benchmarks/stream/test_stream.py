"""`benchmarks/stream.py`: all of it on a few hundred reports, and that peers find what we find."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import stream
from benchmarks.measuring.stream import agreement, city, rows, worker_run
from benchmarks.measuring.stream.processes import RunError, measured
from benchmarks.measuring.stream.programs.meter import Measured, measured_in
from benchmarks.measuring.stream.rows import Row, is_left_out
from benchmarks.measuring.stream.topics import FORMS, load_of
from detectors.register.register import Register
from tests.integration.door_process import ROOT, DoorProcess, ForkedProcess, start_door

TOWN = city.City(1600)
PROGRAM = str(Path(__file__).with_name("forked_program.py"))


@pytest.mark.parametrize("town", [TOWN, city.City()], ids=["small", "as measured"])
def test_peers_find_what_our_three_rules_find(tmp_path: Path, town: city.City) -> None:
    asked = agreement.contradictions(town)
    ours = agreement.of_ours(town, asked)
    assert Counter(rule for rule, _, _ in ours) == agreement.EXPECTED
    assert agreement.of_peers(town, asked, tmp_path / "sites") == ours


def test_reports_are_of_registered_cells_near_by() -> None:
    made, register = city.reports(TOWN, 3000, 200), Register.from_rows(TOWN.register())
    same = np.ones(len(made), dtype=np.int64)
    rat = np.full(len(made), 3, dtype=np.uint8)
    found = register.find(rat, same * city.MCC, same * city.MNC, made.area, made.cell, made.ts)
    assert (found >= 0).all()
    lat, lon = register.masts(found)
    assert np.abs(lat - made.lat).max() < 0.003
    assert np.abs(lon - made.lon).max() < 0.004
    assert np.array_equal(register.rows.pci[found], made.pci)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_holds_all_reports_of_a_phone_in_one_partition(form: str) -> None:
    made = city.reports(TOWN, 1200, 100)
    load = load_of(made, form, 3, city.intruders(TOWN, 2))
    assert load.reports == 1200 + 2 * 6
    assert len(load.parts) == 3
    if form == "single":
        phones = [{json.loads(value)["device"] for _, value, _, _ in p} for p in load.parts]
        assert len(set.union(*phones)) == sum(map(len, phones)) == 100 + 2 * 3
        assert load.records == load.reports


def forked(module: str, given: Mapping[str, str | int], beside: str | None = None) -> Measured:
    """As `processes.measured`, by a fork of a process that has imported all that is needed."""
    out = Path(str(given["folder"])) / "out"
    options = json.dumps({name: str(value) for name, value in given.items()})
    become = {
        "module": f"benchmarks.measuring.stream.programs.{module}",
        **{"options": options, "out": str(out), "folder": str(ROOT)},
    }
    ForkedProcess(PROGRAM, become).wait()
    return measured_in(out.read_text())


def forked_worker(options: list[str], environment: dict[str, str], log: Path) -> DoorProcess:
    return start_door("worker", *options, env=environment | {"PYTHONPATH": str(ROOT)}, log=log)


@pytest.mark.nightly
@pytest.mark.integration
def test_the_whole_program(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "measured", forked)
    monkeypatch.setattr(worker_run, "start_worker", forked_worker)
    # Those are installed nowhere where tests run; where they are, they are left out as well.
    monkeypatch.setattr(rows, "is_installed", lambda peer: False)
    out = tmp_path / "figures.json"
    asked = ["--reports", "300", "--rounds", "1", "--cells", "1600", "--bootstrap", kafka]
    ran = CliRunner().invoke(stream.main, [*asked, "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    found = json.loads(out.read_bytes())
    expected = [(row.name, row.form) for row in rows.rows() if not row.needs]
    assert [(row["name"], row["form"]) for row in found["rows"]] == expected
    assert {row["reports"] for row in found["rows"]} == {300}
    assert all(row["cpu_us"] > 0.0 for row in found["rows"])
    assert found["rows"][0]["of_bare"] == 1.0
    peers = [row for row in rows.rows() if row.needs]
    assert found["left_out"] == [row.name for row in peers]
    assert all(is_left_out(row) for row in peers)
    assert "quix isn't installed" in ran.output
    for row in found["rows"]:
        assert row["text"] in ran.output


@pytest.mark.integration
def test_a_variant_that_lost_reports_is_no_figure(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lossy = Row("bare", "single", "bare", lambda _stage, _row: Measured(99, 1.0, 1.0))
    monkeypatch.setattr(stream, "rows", lambda: [lossy])
    asked = ["--reports", "100", "--rounds", "1", "--cells", "1600", "--bootstrap", kafka]
    ran = CliRunner().invoke(stream.main, asked)
    assert ran.exit_code == 1
    assert "99 of 100 reports read" in ran.output


def test_what_has_failed_shows_its_last_lines() -> None:
    with pytest.raises(RunError, match="nothing was measured"):
        measured("in_aiokafka", {"until": "fetched", "bootstrap": "127.0.0.1:1"})
