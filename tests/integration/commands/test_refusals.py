"""A worker that can't work reports that in a sentence, with an exit code, and soon."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cellhound import main
from tests.integration.deployment import KEY
from tests.integration.door_process import ROOT
from tests.integration.waiting import PATIENCE_S

pytestmark = pytest.mark.integration


def _worker(*options: str, env: Mapping[str, str] | None = None) -> Result:
    """In this process: what is refused is refused before anything of it is changed."""
    absent = {name: None for name in os.environ if name.startswith("CELLHOUND")}
    given = absent | {"KAFKA_BOOTSTRAP": None} | dict(env or {})
    return CliRunner(env=given).invoke(main, ["worker", *options], catch_exceptions=False)


def _worker_process(
    *options: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CELLHOUND")}
    own.pop("KAFKA_BOOTSTRAP", None)
    return subprocess.run(
        [sys.executable, "-m", "cellhound", "worker", *options],
        cwd=ROOT,
        env=own | dict(env or {}),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize(
    "bootstrap", ["kafka.example:9092", "127.0.0.1:9092,10.0.0.7:9092", "[2001:db8::1]:9092"]
)
def test_no_key_for_a_broker_beyond_this_computer(bootstrap: str) -> None:
    refused = _worker("--bootstrap", bootstrap)
    assert refused.exit_code == 2
    assert "CELLHOUND_KEY must be set" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_who_writes_is_undecided_at_a_broker_beyond_this_computer() -> None:
    refused = _worker("--bootstrap", "kafka.example:9092", env={"CELLHOUND_KEY": KEY})
    assert refused.exit_code == 2
    assert "trust.producers must be set for a broker beyond this computer" in refused.stderr
    assert "kafka.example:9092" in refused.stderr
    assert "device.signalling" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_key_that_may_be_guessed_for_a_broker_beyond_this_computer() -> None:
    refused = _worker("--bootstrap", "kafka.example:9092", env={"CELLHOUND_KEY": "short key"})
    assert refused.exit_code == 2
    assert "too easy to guess" in refused.stderr
    assert "kafka.example:9092" in refused.stderr


def test_no_broker() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        # Bound, but nobody listens.
        env = {"CELLHOUND_KEY": "a key for tests only"}
        failed = _worker_process("--bootstrap", f"127.0.0.1:{port}", env=env)
    assert failed.returncode == 1
    assert f"No Kafka broker answers at 127.0.0.1:{port}" in failed.stderr
    assert "cellhound broker up" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_wrong_settings(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("streams: {idle_s: soon, store: rocksdb}\nrules: {unknown_sell: {}}\n")
    refused = _worker("--config", str(config))
    assert refused.exit_code == 2
    for place in ("streams.idle_s", "streams.store", "rules.unknown_sell", "mine.yaml"):
        assert place in refused.stderr
