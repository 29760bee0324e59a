"""Recordings of phones against fake base stations: what the rules, as they ship, say of them."""

from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.measuring.detection.exposures import read_connections
from detectors.model.finding import Finding
from detectors.rules.identity_exposure.exposing import exposure_score
from detectors.rules.identity_exposure.rule import IdentityExposure
from replay.detect import detect
from replay.imports.conversations import Summary
from replay.imports.nas_traces import NasEvent, import_nas, read_nas_events
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "nas-fake-enb").is_dir() or not (DATA / "imsi-exposure").is_dir(),
    reason="needs the recordings of shared/data",
)


def stretches(name: str) -> list[tuple[bool, list[NasEvent]]]:
    """The runs of one label in a labelled trace."""
    events = read_nas_events(DATA / "nas-fake-enb" / "nas_events.csv.gz", Summary())
    ours = [event for event in events if event.trace == name]
    return [(fake, list(run)) for fake, run in groupby(ours, key=lambda event: event.fake)]


def found_in(trace: Path, out: Path) -> tuple[list[Finding], Any]:
    settings = load_settings(env={})
    summary = detect(trace, out, settings, Hasher(b"k" * 32, settings.senders)).summary
    lines = (out / "evidence.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Finding) for line in lines], summary


@needs_data
@pytest.mark.parametrize("name", ["exp1", "exp2", "exp3"])
def test_every_fake_episode_is_found_and_no_honest_one(tmp_path: Path, name: str) -> None:
    """One phone on cells that it doesn't name: findings, but nothing that is an alert."""
    import_nas(DATA / "nas-fake-enb" / f"{name}_nas.pcap", tmp_path / "trace", subscriber="s")
    findings, summary = found_in(tmp_path / "trace", tmp_path / "out")
    assert (summary.dead_letters, summary.alerts) == (0, 0)
    assert len({fake for fake, _ in stretches(name)}) == 2
    for fake, run in stretches(name):
        here = [f for f in findings if run[0].ts_ms - 1 <= f.ts <= run[-1].ts_ms + 1]
        assert bool(here) is fake
        assert not fake or max(f.weight for f in here) >= 1.0


@needs_data
def test_captures_of_catchers_score_above_an_ordinary_day() -> None:
    connections = read_connections(DATA / "imsi-exposure" / "connections.csv.gz", Summary())
    scores: dict[bool, list[float]] = {True: [], False: []}
    for (label, _), rows in groupby(connections, key=lambda c: (c.label, c.capture)):
        run = list(rows)
        exposed = sum(one.exposing is not None for one in run)
        if len(run) >= 10:
            score = exposure_score(exposed, len(run), IdentityExposure().usual_share)
            scores[label == "lab_imsi_catcher"].append(score)
    assert min(scores[True]) > max(scores[False])
