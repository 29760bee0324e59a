"""What is shipped for Prometheus and Grafana, and the names of metrics in it."""

import json
import re
import shutil
from typing import Any

import pytest
import yaml

from streams.config.settings import configs_dir

PROMETHEUS = configs_dir() / "prometheus"
RULES = PROMETHEUS / "cellhound.rules.yml"
DASHBOARD = configs_dir() / "grafana" / "cellhound.json"
_METRIC = re.compile(r"\b(?:cellhound|process|python)_[a-z_]+[a-z]\b")


def rules() -> list[dict[str, Any]]:
    """All alert rules."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """All queries of the dashboard."""
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def metrics_in(*texts: str) -> set[str]:
    """The metrics that queries name, without the endings of a histogram's series."""
    found = {name for text in texts for name in _METRIC.findall(text)}
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


def program(name: str) -> str:
    """The path of ``prometheus`` or ``promtool``; skips the test without it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: Debian has it in the package prometheus")
    return found
