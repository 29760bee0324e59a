"""One run over a small world, which the tests of the library share."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

import cellhound

# No window: set before anything draws.
mpl.use("Agg")

KEY = "a key for tests only, of many characters 0123456789"
VILLAGE: dict[str, Any] = {
    "name": "village",
    "description": "A blaster parks in a village.",
    "start_ms": 1748916000000,
    "duration_s": 420,
    "city": {"centre_lat_deg": 30.6, "centre_lon_deg": 104.0, "size_m": 2500},
    "operators": [{"mcc": 460, "mnc": 0, "share": 1.0}],
    "people": {"phones": 140},
    "rogues": [
        {
            "id": "van",
            "place": {"mode": "parked", "at_m": [200, -100]},
            "active_s": [[60, 300]],
            "claims": [0],
            "identity": {"mode": "fixed"},
            "sms": {"sender": "95588", "length": 68, "url_domain": "icbc-vip.example"},
        }
    ],
}


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cellhound.simulate(VILLAGE, tmp_path_factory.mktemp("village") / "trace", seed=5)


@pytest.fixture(scope="session")
def result(village: Path, tmp_path_factory: pytest.TempPathFactory) -> cellhound.Result:
    return cellhound.detect(village, tmp_path_factory.mktemp("found") / "out", key=KEY)


@pytest.fixture(scope="session")
def scores(result: cellhound.Result) -> cellhound.Scores:
    return cellhound.evaluate(result, key=KEY)


@pytest.fixture(scope="session")
def no_result(tmp_path_factory: pytest.TempPathFactory) -> cellhound.Result:
    """Of a trace in which nothing was found."""
    trace = tmp_path_factory.mktemp("quiet")
    line = '{"ts": 1748916000000, "device": "d", "source": "device", "sender": "95588"}\n'
    (trace / "sms.jsonl").write_text(line)
    return cellhound.detect(trace, key=KEY)
