"""`import cellhound`: detection, simulation and scores give what the commands write and print."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

import cellhound
from detectors.alert.record import Alert
from replay.results.columns import COLUMNS
from replay.simulate import ScenarioError
from replay.traces.trace_files import TraceError
from replay.traces.truth import EvaluationError
from tests.replay.results.conftest import KEY, SMALL

pytestmark = pytest.mark.slow


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_result_holds_what_the_files_hold(result: cellhound.Result) -> None:
    assert result.revisions == lines(result.folder / "alerts.jsonl")
    assert result.evidence == lines(result.folder / "evidence.jsonl")
    assert result.summary == json.loads((result.folder / "summary.json").read_text())
    assert result.dead_letters == []
    newest = {one["alert_id"]: one for one in result.revisions}
    assert result.alerts == list(newest.values())
    assert len(result.revisions) > len(result.alerts) == 1
    # What stays in memory is what was written.
    assert [msgspec.to_builtins(one) for one in result.structs] == [
        msgspec.to_builtins(msgspec.convert(one, Alert)) for one in result.revisions
    ]


def test_a_result_is_opened_again_from_its_folder(
    result: cellhound.Result, village: Path, tmp_path: Path
) -> None:
    again = cellhound.Result(result.folder, village)
    assert (again.alerts, repr(again)) == (result.alerts, repr(result))
    assert again.structs == result.structs
    assert again.cells == result.cells
    assert len(again.cells) > 3
    assert cellhound.Result(result.folder).cells == []
    with pytest.raises(TraceError, match=r"holds no alerts\.jsonl"):
        cellhound.Result(tmp_path)


def test_what_lies_in_a_temporary_folder_goes_with_the_result(village: Path) -> None:
    quiet = village.parent / "sms"
    quiet.mkdir()
    (quiet / "sms.jsonl").write_text("no JSON\n")
    found = cellhound.detect(quiet, key=KEY, map=False)
    folder = found.folder
    assert [letter["reason"] for letter in found.dead_letters] == ["not_json"]
    assert not (folder / "map.html").exists()
    del found
    assert not folder.exists()


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("table", list(COLUMNS))
def test_every_table_has_its_rows(result: cellhound.Result, table: Any, library: Any) -> None:
    shares = sum(len(one["evidence"]) for one in result.revisions)
    rows = {"alerts": 1, "revisions": len(result.revisions), "rules": shares}
    made = result.to_frame(table, library)
    assert list(made.columns) == list(COLUMNS[table])
    assert len(made) == rows.get(table, len(result.evidence))


def test_a_frame_has_the_values_of_the_records(result: cellhound.Result) -> None:
    (alert,), (row,) = result.alerts, result.to_frame("alerts", "polars").to_dicts()
    for name in ("alert_id", "revision", "probability", "kind", "devices", "headline"):
        assert row[name] == alert[name]
    assert row["ts"].timestamp() * 1000 == pytest.approx(alert["ts"])
    assert (row["lat"], row["lon"]) == (alert["position"]["lat"], alert["position"]["lon"])
    assert row["area"] == alert["identities"][0]["area"]
    assert row["rules"] == [share["detector"] for share in alert["evidence"]]
    found = result.to_frame("evidence", "polars")
    assert found["rule"].to_list() == [one["detector"] for one in result.evidence]
    with pytest.raises(ValueError, match="there are alerts, revisions, rules, evidence"):
        result.to_frame("figures")  # type: ignore[arg-type]


def test_the_map_lies_beside_the_files(result: cellhound.Result, tmp_path: Path) -> None:
    page = (result.folder / "map.html").read_text("utf-8")
    assert result.to_map(tmp_path / "other.html").read_text("utf-8") == page
    chinese = result.to_map(tmp_path / "zh.html", "zh").read_text("utf-8")
    assert '<html lang="zh-CN">' in chinese
    held = page.partition('id="data">')[2].partition("</script>")[0]
    data = json.loads(held)
    assert len(data["alerts"]) == len(result.revisions)
    assert [tuple(cell) for cell in data["cells"]] == result.cells


def test_a_notebook_shows_a_table(
    result: cellhound.Result, no_result: cellhound.Result, scores: cellhound.Scores
) -> None:
    shown = result._repr_html_()
    assert shown.count("<tr>") == 2
    assert result.alerts[0]["alert_id"][:8] in shown
    assert "&lt;cellhound: trace: 1 alert (" in shown
    assert result.report.splitlines()[1].startswith(result.alerts[0]["alert_id"][:8])
    assert no_result.report == "No alerts."
    assert no_result.alerts == []
    assert len(no_result.to_frame(library="polars")) == 0
    assert scores._repr_html_() == f"<pre>{scores}</pre>"


def test_scores_are_those_of_the_command(
    result: cellhound.Result, scores: cellhound.Scores, village: Path
) -> None:
    assert repr(scores) == "<Scores: 1 of 1 transmitters found, 1 true and 0 false alerts>"
    assert (scores.precision, scores.recall) == (1.0, 1.0)
    truth = village / "truth.jsonl"
    words = ["evaluate", str(result.folder / "alerts.jsonl"), "--truth", str(truth)]
    assert CliRunner().invoke(cellhound.main, words).stdout == f"{scores}\n"
    as_json = CliRunner().invoke(cellhound.main, [*words, "--json"]).stdout
    assert json.loads(as_json) == msgspec.json.decode(msgspec.json.encode(scores.to_dict()))
    for found in (result.folder, result.folder / "alerts.jsonl", result.revisions):
        assert cellhound.evaluate(found, truth).to_dict() == scores.to_dict()
    of_folder = cellhound.evaluate(result.folder, village, register=village / "register.csv")
    assert of_folder.figures.detected == 1
    assert str(scores).startswith("transmitters found")
    two = cellhound.evaluate([result, result])
    assert (two.figures.transmitters, two.figures.true_alerts) == (2, 2)
    with pytest.raises(EvaluationError, match="there is no truth"):
        cellhound.evaluate(result.revisions)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_scores_as_frames(scores: cellhound.Scores, library: Any) -> None:
    sizes = {
        "transmitters": 1,
        "matches": len(scores.run.matches),
        "revisions": len(scores.run.samples),
        "reliability": len(scores.reliability.bins),
    }
    made = {name: scores.to_frame(name, library) for name in sizes}  # type: ignore[arg-type]
    assert {name: len(each) for name, each in made.items()} == sizes
    assert list(made["matches"]["transmitter"]) == ["van"] * sizes["matches"]
    assert list(made["transmitters"]["detected"]) == [True]
    assert made["reliability"]["interval_low"][0] == scores.reliability.bins[0].interval[0]
    with pytest.raises(ValueError, match="there are transmitters, matches"):
        scores.to_frame("alerts")  # type: ignore[arg-type]


def test_a_scenario_is_simulated_by_name_file_or_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        "replay.simulate.calls.asked.simulate_asked",
        lambda path, out, **more: asked.append((path, more)),
    )
    cellhound.simulate("moving-blaster", tmp_path, seed=3)
    cellhound.simulate("drawn", tmp_path, honest=True, parameters={"phones": 900})
    monkeypatch.setattr(
        "replay.simulate.calls.asked.simulate_calls_asked",
        lambda path, out, **more: asked.append((path, more)),
    )
    cellhound.simulate("calls/town", tmp_path)
    cellhound.simulate("drawn-calls", tmp_path)
    (named, _), (nothing, more), (town, _), (no_file, _) = asked
    assert (town.name, no_file) == ("town.yaml", None)
    assert named.name == "moving-blaster.yaml"
    assert (nothing, more["drawn"], more["honest"]) == (None, True, True)
    assert more["given"] == ["phones=900"]
    with pytest.raises(ScenarioError, match="'blaster' is no file, and no scenario that ships"):
        cellhound.simulate("blaster", tmp_path)
    with pytest.raises(ScenarioError, match="nothing of it can be drawn"):
        cellhound.simulate(SMALL, tmp_path, honest=True)
    with pytest.raises(ScenarioError, match=r"duration_s"):
        cellhound.simulate({**SMALL, "duration_s": 1}, tmp_path)


def test_the_same_seed_makes_the_same_trace_in_a_folder_that_python_keeps(village: Path) -> None:
    again = cellhound.simulate(SMALL, seed=5)
    assert again.name == "village-5"
    for path in sorted(village.iterdir()):
        assert (again / path.name).read_bytes() == path.read_bytes()


def test_a_key_that_was_made_just_now_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLHOUND_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CELLHOUND_KEY", raising=False)
    (tmp_path / "sms.jsonl").write_text("no JSON\n")
    with pytest.warns(UserWarning, match="CELLHOUND_KEY is not set"):
        cellhound.detect(tmp_path)


def test_plots_need_matplotlib(
    result: cellhound.Result, scores: cellhound.Scores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for each in (result, scores):
        with pytest.raises(ImportError, match=r"need matplotlib: pip install 'cellhound\[plot\]'"):
            _ = each.plot
