"""Recordings of real phones in honest networks: nothing in them may become an alert.

One or two phones can hardly raise an alert, so each recording is also tried with its pseudonyms
changed every 20 reports, which makes a crowd of one phone, and with a tenth of the register left
out, which makes honest cells unknown.
"""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.measuring.detection.recordings import DRAWS, RECORDINGS, rename, thin
from replay.detect import detect
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher


def assert_silent(trace: Path, out: Path) -> None:
    settings = load_settings(env={})
    summary = detect(trace, out, settings, Hasher(b"k" * 32, settings.senders)).summary
    assert summary.messages > 300
    assert summary.dead_letters == 0
    findings = [json.loads(line) for line in (out / "evidence.jsonl").read_bytes().splitlines()]
    print(trace.name, dict(Counter(finding["detector"] for finding in findings)))
    alerts = [json.loads(line) for line in (out / "alerts.jsonl").read_bytes().splitlines()]
    loud = [
        (alert["probability"], alert["evidence"]) for alert in alerts if alert["probability"] >= 0.5
    ]
    assert loud == []


@pytest.fixture(params=RECORDINGS)
def trace(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> Path:
    """A copy of a recording that a test may change."""
    folder = tmp_path / str(request.param)
    shutil.copytree(shared_data / str(request.param), folder)
    return folder


def test_a_recording_as_it_is(trace: Path, tmp_path: Path) -> None:
    assert_silent(trace, tmp_path / "out")


def test_one_phone_as_a_crowd(trace: Path, tmp_path: Path) -> None:
    rename(trace / "measurements.jsonl.gz")
    assert_silent(trace, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("seed", DRAWS)
def test_a_register_with_holes(trace: Path, tmp_path: Path, seed: int) -> None:
    thin(trace / "register.csv", seed)
    assert_silent(trace, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("seed", DRAWS)
def test_a_crowd_and_a_register_with_holes(trace: Path, tmp_path: Path, seed: int) -> None:
    rename(trace / "measurements.jsonl.gz")
    thin(trace / "register.csv", seed)
    assert_silent(trace, tmp_path / "out")
