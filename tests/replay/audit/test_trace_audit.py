"""`cellhound register audit` on a trace whose register has one site displaced."""

import csv
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from cellhound import main


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Phones about a mast that the register has 2 km west of it, and about eight right ones."""
    rng, folder = np.random.default_rng(5), tmp_path / "trace"
    folder.mkdir()
    lines, rows = (
        [],
        ["radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated"],
    )
    for site in range(9):
        row, column = divmod(site, 3)
        lat, lon = 39.90 + 0.015 * row, 116.40 + 0.02 * column
        off_deg = 0.0234 if site == 4 else 0.0
        for cell in range(3):
            number = 1000 + 10 * site + cell
            rows.append(f"LTE,460,0,4100,{number},,{lon - off_deg},{lat},1000,50,0,0,0")
            for phone in range(14):
                lines.append(
                    {
                        "ts": 1_700_000_000_000 + 1000 * len(lines),
                        "device": f"d{number}{phone}",
                        "lat": lat + rng.normal(0, 0.005),
                        "lon": lon + rng.normal(0, 0.005),
                        "accuracy_m": 10.0,
                        **{"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": number},
                        "signal_dbm": -85,
                    }
                )
    (folder / "measurements.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    (folder / "register.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_the_displaced_site_is_named_in_both_files(trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["register", "audit", str(trace), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "3 of 27 rows are likely wrong, 0 are missing." in result.output
    assert "- 3 of sites that stand elsewhere" in (out / "register-audit.txt").read_text("utf-8")
    with (out / "register-audit.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["key"] for row in rows} == {f"lte-460-0-4100-{1040 + n}" for n in range(3)}
    assert all(abs(float(row["off_m"]) - 2000.0) < 250.0 for row in rows)
    collection = json.loads((out / "register-audit.geojson").read_text("utf-8"))
    assert len(collection["features"]) == 3
    assert collection["features"][0]["geometry"]["type"] == "LineString"


def test_without_a_register_one_sentence_says_so(trace: Path, tmp_path: Path) -> None:
    (trace / "register.csv").unlink()
    arguments = ["register", "audit", str(trace), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert "has no register" in result.output + str(result.exception)
