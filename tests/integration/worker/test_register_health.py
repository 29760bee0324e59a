"""What reports show of the register: on the worker's topic, and by the command from the topics."""

import csv
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.audit.register_health import RegisterHealth
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_T0 = 1_748_916_000_000
_DISPLACED = 4


def trace(folder: Path) -> Path:
    """Phones about nine masts for ten minutes; the register has the one in the middle elsewhere."""
    rng, lines = np.random.default_rng(3), []
    rows = ["radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated"]
    for site in range(9):
        lat, lon = 39.90 + 0.015 * (site // 3), 116.40 + 0.02 * (site % 3)
        off_deg = 0.0234 if site == _DISPLACED else 0.0
        for cell in range(1000 + 10 * site, 1003 + 10 * site):
            rows.append(f"LTE,460,0,4100,{cell},,{lon - off_deg},{lat},1000,50,0,0,0")
            for phone in range(14):
                place = {"lat": lat + rng.normal(0, 0.005), "lon": lon + rng.normal(0, 0.005)}
                identity = {"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": cell}
                report = {"device": f"d{cell}-{phone}", "accuracy_m": 10.0, "signal_dbm": -85}
                lines.append({"ts": _T0 + 1500 * len(lines), **place, **identity, **report})
    (folder / "measurements.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    (folder / "register.csv").write_text("\n".join(rows) + "\n")
    return folder


def health(deployment: Deployment) -> list[RegisterHealth]:
    records = deployment.read("fbs.register")
    return [msgspec.json.decode(record.value, type=RegisterHealth) for record in records]


def test_a_displaced_site_is_on_the_topic_and_in_the_commands_files(
    deployment: Deployment, tmp_path: Path
) -> None:
    deployment.settings["CELLHOUND__STREAMS__AUDIT_EVERY_S"] = "1"
    folder = tmp_path / "trace"
    folder.mkdir()
    trace(folder)
    deployment.create_topics()
    deployment.load_register(folder)
    deployment.start()
    deployment.replay(folder)
    wrong = {f"lte-460-0-4100-{1000 + 10 * _DISPLACED + n}" for n in range(3)}
    # A worker audits while the trace runs, so what counts is its last word on all of it; the last
    # half-minute of reports may still be running.
    wait_until(
        lambda: any(
            {row.key for row in one.rows} == wrong and one.cells >= 26 for one in health(deployment)
        ),
        "a worker audits the register of the whole trace",
    )
    newest = [one for one in health(deployment) if one.rows][-1]  # neighbouring zones have none
    assert {row.kind for row in newest.rows} == {"site_displaced"}

    out, words = tmp_path / "out", ("register", "audit", "--bootstrap", deployment.bootstrap)
    done = deployment.command(*words, "--prefix", deployment.prefix, "--out", str(out))
    assert "3 of 27 rows are likely wrong, 0 are missing." in done.stdout
    with (out / "register-audit.csv").open(encoding="utf-8") as file:
        assert {row["key"] for row in csv.DictReader(file)} == wrong
    none = deployment.command(
        *words, "--prefix", deployment.prefix, "--out", str(out), "--minutes", "0.0001"
    )
    assert "0 of 27 rows" in none.stdout
