"""One run over a small world, which the tests of the library share."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

import cellhound
from tests.replay.village import VILLAGE

# No window: set before anything draws.
mpl.use("Agg")

KEY = "a key for tests only, of many characters 0123456789"
_SMS = {"sender": "95588", "length": 68, "url_domain": "icbc-vip.example"}
#: Smaller, with texts.
SMALL: dict[str, Any] = {
    **VILLAGE,
    "duration_s": 420,
    "people": {"phones": 140},
    "rogues": [{**VILLAGE["rogues"][0], "active_s": [[60, 300]], "sms": _SMS}],
}


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cellhound.simulate(SMALL, tmp_path_factory.mktemp("village") / "trace", seed=5)


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
