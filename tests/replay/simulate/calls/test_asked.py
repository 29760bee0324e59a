"""Call worlds as they are asked for: by option, by file, with a city, and their page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellhound import main
from replay.scoring.evaluate import evaluate
from replay.simulate import ScenarioError, simulate_calls_asked
from replay.simulate.calls.catalogue import page
from replay.simulate.calls.city import simulate_city_asked
from replay.simulate.calls.parameters import BY_NAME
from replay.simulate.drawn.parameters import BY_NAME as OF_CITIES
from replay.traces.truth import read_truth
from tests.replay.simulate.calls.contract_checker import rows, truth

ROOT = Path(__file__).parents[4]
TOWN = ROOT / "configs" / "scenarios" / "calls" / "town.yaml"
SMALL = ("subscribers=60", "hours=1")


def test_the_town_that_ships_has_one_fraud_of_each_kind(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", str(TOWN), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "1 account_takeover" in done.output
    kinds = [row["kind"] for row in truth(tmp_path)]
    for kind in ("scam_caller", "sim_box", "wangiri", "account_takeover"):
        assert kinds.count(kind) == 1
    assert kinds.count("scam_campaign") == 3
    assert {"victim", "look_alike"} < set(kinds)
    assert read_truth(tmp_path / "truth.jsonl") == []  # no transmitters, and no error


def test_options_draw_a_world_and_its_values_are_kept(tmp_path: Path) -> None:
    asked = [word for text in (*SMALL, "sim_boxes=1") for word in ("--parameter", text)]
    done = CliRunner().invoke(
        main, ["simulate", "--drawn-calls", "--seed", "5", *asked, "--out", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    world = json.loads((tmp_path / "world.json").read_bytes())
    assert (world["seed"], world["honest"], world["frauds"]["sim_boxes"]) == (5, False, 1)
    assert world["end_ms"] == 3_600_000
    assert {row["kind"] for row in truth(tmp_path)} >= {"sim_box"}


def test_files_of_an_earlier_run_are_replaced_or_gone(tmp_path: Path) -> None:
    simulate_calls_asked(None, tmp_path, seed=5, given=(*SMALL, "changes_per_day=5"))
    (tmp_path / "reports.jsonl.gz").write_bytes(b"old")
    given = (*SMALL, "report_share=0.002", "report_mistaken_share=0.05", "report_delay_h=48")
    simulate_calls_asked(None, tmp_path, seed=6, honest=True, given=given)
    assert not (tmp_path / "reports.jsonl.gz").exists()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("towers=3", "no parameter towers of calls"),
        ("hours=1000", "hours lies between 0.5 and 168"),
        ("sim_boxes=half", "sim_boxes lies between"),
        ("subscribers=60.5", "whole number"),
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(ScenarioError, match=match):
        simulate_calls_asked(None, tmp_path, given=(text,))


def test_a_file_that_is_wrong_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "town.yaml"
    path.write_text("drawn_calls: true\nseeds: 3\n")
    with pytest.raises(ScenarioError, match=r"town\.yaml"):
        simulate_calls_asked(path, tmp_path / "trace")
    path.write_text("name: x\n")
    with pytest.raises(ScenarioError, match="without `drawn_calls: true`"):
        simulate_calls_asked(path, tmp_path / "trace")


@pytest.mark.slow
def test_a_city_with_calls_names_the_transmitter_whose_text_is_rung(tmp_path: Path) -> None:
    given: tuple[str, ...] = (
        "phones=800",
        "cells=600",
        "report_interval_s=150",
        "reporting_share=0.1",
    )
    given += ("purpose=sms", "release=accept", "captured_share=0.9", "rat=gsm", "power_w=10")
    given += ("subscribers=100", "on_air_s=900", "transmitters=1", "gsm_share=0.4")
    simulate_city_asked(None, tmp_path, seed=23, given=given)
    (transmitter,) = read_truth(tmp_path / "truth.jsonl")  # lines about calls are passed over
    (campaign,) = [row for row in truth(tmp_path) if row.get("transmitter")]
    assert (campaign["kind"], campaign["transmitter"]) == ("scam_campaign", transmitter.id)
    texts = [row for row in rows(tmp_path, "sms") if row.get("callback") == campaign["callers"][0]]
    assert texts
    assert {row["source"] for row in texts} == {"device"}
    rung = [row for row in rows(tmp_path, "calls") if row["call_ref"] in campaign["calls"]]
    assert min(row["ts"] for row in rung) > min(row["ts"] for row in texts)
    assert json.loads((tmp_path / "world.json").read_bytes())["calls"]["seed"] == 23
    arrivals = [row["rx_ts"] for row in rows(tmp_path, "sms")]
    assert len(arrivals) > 100
    (tmp_path / "alerts.jsonl").write_text("")
    assert evaluate(tmp_path / "alerts.jsonl", tmp_path / "truth.jsonl").transmitters == 1


def test_no_parameter_of_calls_is_one_of_cities() -> None:
    assert not set(BY_NAME) & set(OF_CITIES)


def test_a_city_with_calls_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="takes no scenario"):
        simulate_city_asked(TOWN, tmp_path)


def test_the_page_of_parameters_is_up_to_date() -> None:
    module = "replay.simulate.calls.catalogue"
    printed = subprocess.run(
        [sys.executable, "-m", module], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert printed == page() + "\n" == (ROOT / "docs" / "drawn-calls.md").read_text("utf-8")
