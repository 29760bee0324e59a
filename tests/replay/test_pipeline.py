"""What is decided of a trace doesn't depend on how its files are worked through."""

import gzip
import json
import shutil
from pathlib import Path
from random import Random

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detectors.register.register import Register
from replay import detect as detecting
from replay.detect import detect
from replay.pipeline import Pipeline, Work
from replay.screened.screened_file import Asked, Clock, OutOfOrderError
from replay.simulate import Scenario, simulate
from replay.traces.trace_files import TraceError, open_trace
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher
from streams.register.csv_file import read_register
from tests.replay.village import VILLAGE

pytestmark = pytest.mark.slow

DECIDED = ("alerts.jsonl", "alerts.geojson", "evidence.jsonl", "dead_letters.jsonl")
SETTINGS = load_settings(env={})
HASHER = Hasher(b"k" * 32, SETTINGS.senders)


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("village")
    simulate(msgspec.convert({**VILLAGE, "people": {"phones": 120}}, Scenario), 5, folder)
    return folder


@pytest.fixture(scope="module")
def due(trace: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is decided where nothing is promised before the end: of whole files, sorted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detecting, "DISORDERS_MS", (None,))
        return decided(trace, tmp_path_factory.mktemp("due"), Work())


def decided(trace: Path, out: Path, work: Work) -> dict[str, bytes]:
    detect(trace, out, SETTINGS, HASHER, work=work)
    return {name: (out / name).read_bytes() for name in DECIDED}


def test_with_a_map_of_names_alerts_say_where_and_are_the_same(
    trace: Path, due: dict[str, bytes], tmp_path: Path
) -> None:
    roads = [
        ("Station Road", [[103.9, 30.6], [104.1, 30.6]]),
        ("Church Lane", [[104.0, 30.5], [104.0, 30.7]]),
    ]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for name, line in roads
    ]
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    settings = load_settings(env={}, flags={"places.files": [str(path)]})
    detect(trace, tmp_path, settings, HASHER)
    alerts = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_bytes().splitlines()]
    assert any("near Church Lane and Station Road" in alert["headline"] for alert in alerts)
    plain = [json.loads(line) for line in due["alerts.jsonl"].splitlines()]
    for one, other in zip(alerts, plain, strict=True):
        other |= {"headline": one["headline"]}
        assert {name: value for name, value in one.items() if name != "near"} == other


def pipeline(trace: Path, work: Work, disorder_ms: int | None = 30_000) -> Pipeline:
    found = open_trace(trace)
    assert found.register is not None
    register = Register.from_rows(read_register(found.register).rows)
    asked = [
        Asked(path, topic, register, SETTINGS, HASHER, disorder_ms, work.chunk_rows)
        for topic, path in found.files.items()
    ]
    return Pipeline(asked, SETTINGS, None, work, Clock())


@pytest.mark.parametrize("work", [Work(), Work(chunk_rows=300), Work(jobs=3, chunk_rows=700)])
def test_chunks_and_processes_do_not_matter(
    trace: Path, due: dict[str, bytes], tmp_path: Path, work: Work
) -> None:
    assert due["alerts.jsonl"].count(b"\n") > 3
    assert decided(trace, tmp_path, work) == due


def test_what_waits_does_not_grow_with_the_files(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a minute of findings waits, not ten minutes of them."""
    came: list[int] = []
    left: list[int] = []
    with pipeline(trace, Work(chunk_rows=40)) as running:
        advance, state = running.correlator.advance, running.correlator.state

        def watched() -> object:
            came.append(len(state.waiting) - (left[-1] if left else 0))
            found = advance()
            left.append(len(state.waiting))
            return found

        monkeypatch.setattr(running.correlator, "advance", watched)
        running.run()
    assert len(left) > 30
    assert max(left) < sum(came) / 3
    assert state.late == 0


def _out_of_order(trace: Path, to: Path) -> Path:
    """The same with lines up to two minutes too late; those of one phone stay in order."""
    shutil.copytree(trace, to)
    path = to / "measurements.jsonl.gz"
    chance, lines = Random(3), gzip.decompress(path.read_bytes()).splitlines()
    newest: dict[str, float] = {}
    places = []
    for line in lines:
        message = json.loads(line)
        at = message["rx_ts"] + chance.uniform(0.0, 120_000.0)
        newest[message["device"]] = at = max(at, newest.get(message["device"], 0.0))
        places.append(at)
    order = sorted(range(len(lines)), key=places.__getitem__)
    path.write_bytes(gzip.compress(b"".join(lines[at] + b"\n" for at in order)))
    return to


def test_lines_out_of_order_are_sorted(
    trace: Path, due: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = _out_of_order(trace, tmp_path / "trace")
    with pipeline(spoilt, Work(), 10_000) as running, pytest.raises(OutOfOrderError):
        running.run()
    with pipeline(spoilt, Work(jobs=2), 10_000) as running, pytest.raises(OutOfOrderError):
        running.run()
    monkeypatch.setattr(detecting, "DISORDERS_MS", (10_000, 300_000))
    found = decided(spoilt, tmp_path / "out", Work(chunk_rows=500))
    monkeypatch.setattr(detecting, "DISORDERS_MS", (None,))
    assert found == decided(spoilt, tmp_path / "whole", Work())
    # The lines have other numbers now, and alerts come to the same.
    assert found["alerts.jsonl"] == due["alerts.jsonl"]


def test_a_damaged_file_is_an_error_wherever_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "measurements.parquet"
    pq.write_table(pa.table({"ts": list(range(5000))}), path)
    path.write_bytes(path.read_bytes()[:-100])
    for jobs in (1, 2):
        with pytest.raises(TraceError, match="can't be read as Parquet"):
            detect(tmp_path, tmp_path / "out", SETTINGS, HASHER, work=Work(jobs))
