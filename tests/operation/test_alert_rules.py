"""Each alert rule fires when it has to and else doesn't, by Prometheus's own tool."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.metrics.catalogue import BY_NAME
from tests.operation.shipped import PROMETHEUS, RULES, metrics_in, program, rules

CASES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("fires.toml").read_text("utf-8")
)
_BY_ALERT = {rule["alert"]: rule for rule in rules()}


def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    assert set(CASES) == set(_BY_ALERT)
    assert all(case["fires"] and case["silent"] for case in CASES.values())
    assert len(_BY_ALERT) == len(rules()), "names are unique"


def test_promtool_takes_the_files() -> None:
    for words in (
        ("check", "rules", RULES),
        # The token of the console is the installation's own.
        ("check", "config", "--syntax-only", PROMETHEUS / "prometheus.yml"),
    ):
        done = subprocess.run(
            [program("promtool"), *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_fires_and_is_silent(tmp_path: Path) -> None:
    assert _failures(tmp_path, RULES) == ""


def test_a_rule_that_never_fires_is_seen(tmp_path: Path) -> None:
    """The tool must be able to fail: each rule is made impossible in turn, and all are missed."""
    tree = yaml.safe_load(RULES.read_text("utf-8"))
    for rule in tree["groups"][0]["rules"]:
        rule["expr"] = f"({rule['expr']}) and on() vector(1) == 2"
    never = tmp_path / "never.yml"
    never.write_text(yaml.safe_dump(tree))
    failures = _failures(tmp_path, never)
    assert [name for name in CASES if f"name: {name} fires," not in failures] == []


def test_a_rule_that_always_fires_is_seen(tmp_path: Path) -> None:
    tree = yaml.safe_load(RULES.read_text("utf-8"))
    for rule in tree["groups"][0]["rules"]:
        rule["expr"] = "vector(1)"
        rule["for"] = "0s"
    always = tmp_path / "always.yml"
    always.write_text(yaml.safe_dump(tree))
    failures = _failures(tmp_path, always)
    assert [name for name in CASES if f"name: {name} silent," not in failures] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_names_metrics_that_there_are_and_its_entry_in_the_runbook(rule: Any) -> None:
    named = metrics_in(rule["expr"])
    assert named <= set(BY_NAME)
    assert named or "up{" in rule["expr"]
    assert rule["labels"]["severity"] in ("critical", "warning")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == rule["alert"].lower()
    assert f"\n### {rule['alert']}\n" in (PROMETHEUS.parents[1] / page).read_text("utf-8")


def _failures(folder: Path, file: Path) -> str:
    """What promtool finds wrong with all cases; "" for nothing."""
    tests = [
        {
            "interval": "1m",
            "name": f"{alert} {kind}",
            "input_series": [
                {"series": series, "values": values} for series, values in case[kind].items()
            ],
            "alert_rule_test": [
                {
                    "eval_time": case["at"],
                    "alertname": alert,
                    "exp_alerts": [_expected(alert, case)] if kind == "fires" else [],
                }
            ],
        }
        for alert, case in CASES.items()
        for kind in ("fires", "silent")
    ]
    # Texts are of no interest here, and promtool compares them too.
    tree = yaml.safe_load(file.read_text("utf-8"))
    for rule in tree["groups"][0]["rules"]:
        del rule["annotations"]
    bare = folder / "bare.rules.yml"
    bare.write_text(yaml.safe_dump(tree))
    asked = folder / "asked.yml"
    asked.write_text(yaml.safe_dump({"rule_files": [str(bare)], "tests": tests}))
    words = [program("promtool"), "test", "rules", str(asked)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _expected(alert: str, case: dict[str, Any]) -> dict[str, Any]:
    labels = case.get("labels", {}) | {"severity": _BY_ALERT[alert]["labels"]["severity"]}
    return {"exp_labels": labels}
