"""`benchmarks/costs.py`: what was measured becomes the file that `cellhound capacity` reads."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import costs
from streams.capacity.costs import read_costs


def measured() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = [
        {"name": name, "form": form, "cpu_us": cpu_us}
        for name, factor in (("worker", 4.0), ("screen-2000", 2.0))
        for form, cpu_us in (("single", 3 * factor), ("arrays", 2 * factor), ("arrow", factor))
    ]
    sizes = {"single": 500.0, "arrays": 400.0, "arrow": 150.0}
    machine = {"processor": 'A "fast" one', "python": "3.11", "load_average": [1.0, 1.0, 1.0]}
    compared = {"machine": machine, "load_average_after": [2.0, 2.0, 2.0]}
    compared |= {"rows": rows, "bytes_a_report": sizes}
    grown = [
        {"axis": axis, "value": value, "run": {"peak_rss_mb": mb, "start_cpu_s": start_s}}
        for axis, value, mb, start_s in (
            *(("devices", 1_000, 200.0, 2.0), ("devices", 1_001_000, 1_200.0, 2.0)),
            *(("register", 10_000, 200.0, 2.0), ("register", 1_010_000, 600.0, 12.0)),
        )
    ]
    return compared, grown


def test_slopes_and_costs_are_what_capacity_reads(tmp_path: Path) -> None:
    compared, grown = measured()
    (tmp_path / "stream.json").write_text(json.dumps(compared))
    (tmp_path / "growth.json").write_text(json.dumps({"growth": grown}))
    files = [str(tmp_path / name) for name in ("stream.json", "growth.json")]
    ran = CliRunner().invoke(costs.main, files)
    assert ran.exit_code == 0
    (tmp_path / "costs.toml").write_text(ran.stdout)
    found = read_costs(tmp_path / "costs.toml")
    assert found.machine == 'A "fast" one, Python 3.11, load 1 to 2'
    assert (found.device_bytes, found.cell_bytes) == (1000.0, 400.0)
    assert (found.start_s, found.cell_start_us) == (2.0, 10.0)
    assert found.base_bytes == 200e6
    assert (found.report_us.single, found.report_us.arrow) == (12.0, 4.0)
    assert found.decided_us("arrays") == 4.0
    assert found.promise_us > 0.0


def test_what_was_not_measured_is_named() -> None:
    compared, grown = measured()
    with pytest.raises(KeyError, match="register"):
        list(costs.lines(compared, grown[:2], 1.0))
