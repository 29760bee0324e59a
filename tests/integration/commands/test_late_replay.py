"""A recording that would come too late for its topics is refused, and says what to do."""

import shutil
from pathlib import Path

import pytest

from tests.integration.conftest import Known
from tests.integration.deployment import Deployment

pytestmark = pytest.mark.integration


def test_a_second_replay_into_the_same_topics_is_refused(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    trace.mkdir()
    for name in ("signalling", "sms"):
        for file in quarter_hour.trace.glob(f"{name}.*"):
            shutil.copy(file, trace)
    words = ("replay", str(trace), "--prefix", deployment.prefix)
    assert "cell.signalling" in deployment.command(*words).stdout
    before = len(deployment.read("cell.signalling"))
    again = deployment.attempt(*words)
    assert again.returncode == 2
    assert "would come too late to be judged" in again.stderr
    assert "--prefix" in again.stderr
    assert len(deployment.read("cell.signalling")) == before
    assert "cell.signalling" in deployment.command(*words, "--late").stdout
    assert len(deployment.read("cell.signalling")) != before
