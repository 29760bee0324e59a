"""What alerts state of each hypothesis, beside what is so in a drawn world."""

import json
from pathlib import Path
from typing import Any

from benchmarks.measuring.worlds.claims import claims_of
from replay.scoring.calibration import Sample


def alert(name: str, ts: int, cell: int, **stated: float) -> dict[str, Any]:
    hypotheses = [
        {"name": each, "probability": chance, "explanation": ""} for each, chance in stated.items()
    ]
    identity = {"rat": "lte", "mcc": 460, "mnc": 0, "area": 4100, "cell": cell}
    return {"alert_id": name, "ts": ts, "hypotheses": hypotheses, "identities": [identity]}


def test_each_hypothesis_is_set_beside_what_is_so(tmp_path: Path) -> None:
    alerts = [
        alert("t", 1, 7, rogue_station=0.8, chance=0.1, wrong_register_row=0.1),
        alert("f", 2, 8, rogue_station=0.6, wrong_register_row=0.3, far_reaching_cell=0.1),
        alert("c", 3, 9, rogue_station=0.7, chance=0.2, serving_cell=0.1),
        alert("unscored", 4, 9, rogue_station=0.7),
    ]
    (tmp_path / "alerts.jsonl").write_text("\n".join(map(json.dumps, alerts)))
    flaws = [{"key": "lte-460-0-4100-8", "problem": "displaced"}]
    flaws += [{"key": "x", "problem": "renamed", "registered": "lte-460-0-4100-7"}]
    (tmp_path / "world.json").write_text(json.dumps({"register_flaws": flaws}))
    scored = [Sample(0.5, name == "t", name, ts) for name, ts in (("t", 1), ("f", 2), ("c", 3))]
    claims = claims_of(tmp_path / "alerts.jsonl", tmp_path / "world.json", scored)
    stated = {
        name: [(round(one.probability, 6), one.true) for one in samples]
        for name, samples in claims.items()
    }
    assert stated == {
        "rogue_station": [(0.8, True), (0.6, False), (0.7, False)],
        "wrong_register_row": [(0.1, False), (0.3, True), (0.0, False)],
        "neither": [(0.1, False), (0.1, False), (0.3, True)],
    }
