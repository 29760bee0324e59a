"""Alerts of a worker say where, by the files of its settings; wrong files stop its start."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.correlate.correlator import Decided
from streams.config.settings import load_settings
from streams.config_error import ConfigError
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import CorrelationStage, _Partition

GOLDEN = Path(__file__).parents[2] / "golden" / "parked.alerts.json"


def stage_with(path: Path) -> CorrelationStage:
    settings = load_settings(env={}, flags={"places.files": [str(path)]})
    counts = {**dict.fromkeys(INPUTS, 1), "fbs.evidence": 1}
    return CorrelationStage(WorkerContext.of(settings, Hasher(b"k" * 32), counts))


def test_what_a_turn_decides_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alerts = msgspec.json.decode(GOLDEN.read_bytes(), type=list[Alert])
    alert = next(one for one in alerts if one.position)
    assert alert.position is not None
    path = tmp_path / "sites.csv"
    path.write_text(
        f"lat,lon,name\n{alert.position['lat']},{alert.position['lon']},North Station\n"
    )
    stage = stage_with(path)
    monkeypatch.setattr(stage._turns, "at_work", lambda *_: memoryview(b""))
    correlator = SimpleNamespace(advance=lambda: Decided(alerts=[alert]))
    (worded,) = stage._advance(0, _Partition(cast(Any, correlator), {})).alerts
    assert "within 710 m of North Station (within 708 m of" in worded.headline
    assert (worded.alert_id, worded.revision) == (alert.alert_id, alert.revision)


def test_a_wrong_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        stage_with(tmp_path / "none.csv")
