"""Detection and evaluation as functions that a program or a notebook calls."""

import os
import shutil
import warnings
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, TypeAlias

import msgspec

from detectors.model.words import Language
from detectors.networks.names import name_networks
from replay import detect as detecting
from replay.mapview import cells_about
from replay.pipeline import Work
from replay.report.contents import Contents
from replay.results.result import Result
from replay.results.scored import Scores, contents_beside
from replay.scoring.calls import CallScores, read_stories, score_runs
from replay.scoring.evaluate import match_runs, read_register_rows
from replay.traces.truth import EvaluationError
from streams.config.settings import Settings, load_settings
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import KEY_VARIABLE, load_key
from streams.progress import shown

Place: TypeAlias = str | Path
Found: TypeAlias = Result | Place | Sequence[Mapping[str, Any]]


def detect(
    trace: Place,
    out: Place | None = None,
    *,
    register: Place | None = None,
    config: Place | None = None,
    profile: Place | None = None,
    key: str | None = None,
    jobs: int = 1,
    map: bool = True,
    progress: bool = False,
) -> Result:
    """Runs the whole pipeline over the folder of a trace, as `cellhound detect` does.

    The files of docs/reference.md are written to the folder ``out``, else to a temporary one that
    goes with the result; ``map``: with ``map.html`` among them. The ``register`` is the trace's own
    unless one is named, ``config`` a file of settings over the defaults, ``profile`` what an
    installation has learned. Identifiers are hashed under ``key``, else as docs/reference.md has
    it of CELLHOUND_KEY; ``jobs`` processes share the work. A bar shows how far it has come on a
    terminal, with ``progress`` also in a notebook. Raises what is wrong with the trace
    (`replay.traces.trace_files.TraceError`), the register, the settings or the key.
    """
    settings = _settings(config)
    hasher, memory = _hasher(key, settings), detecting.Memory(Path(profile) if profile else None)
    folder = Path(mkdtemp(prefix="cellhound-")) if out is None else Path(out)
    known = None if register is None else Path(register)
    with ExitStack() as undone, shown(everywhere=progress):
        if out is None:
            undone.callback(shutil.rmtree, folder)
        result = detect_with(
            *(Path(trace), folder, settings, hasher, known, memory, Work(jobs), map)
        )
        undone.pop_all()
    if out is None:
        weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


def detect_with(
    trace: Path,
    out: Path,
    settings: Settings,
    hasher: Hasher,
    register: Path | None = None,
    memory: detecting.Memory | None = None,
    work: Work | None = None,
    map: bool = True,
    language: Language = "en",
) -> Result:
    """As `detect`, with settings and hasher that are there already; the map in ``language``."""
    run = detecting.detect(trace, out, settings, hasher, register, memory, work)
    result = Result(out, trace)
    result.structs = run.alerts
    rows = run.register.rows
    result.cells = cells_about(run.alerts, rows.lat, rows.lon)
    if map:
        result.to_map(out / "map.html", language)
    return result


def evaluate(
    found: Found | Sequence[Result],
    truth: Place | None = None,
    *,
    register: Place | None = None,
    config: Place | None = None,
    key: str | None = None,
) -> Scores:
    """Scores what was found against the truth, by the rule of docs/evaluation.md.

    ``found`` is a result, the path of an `alerts.jsonl`, alerts as records, or several results,
    which are scored together. ``truth`` is a `truth.jsonl` or the folder of a trace, else that of
    each result's own trace. ``register`` (CSV) shows honest service where the truth doesn't. Where
    the truth has calls, alerts about them are scored too, with ``key`` that of the run. Raises
    `EvaluationError`, and `streams.register.csv_file.RegisterError`.
    """
    settings = _settings(config)
    with TemporaryDirectory(prefix="cellhound-") as aside:
        pairs, contents = _pairs(found, truth, Path(aside))
        rows = None if register is None else read_register_rows(Path(register))
        calls: CallScores | None = None
        if any(read_stories(of) for _, of in pairs):
            calls = score_runs(pairs, _hasher(key, settings), settings.limits)
        return Scores(match_runs(pairs, rows), calls, contents)


def _settings(config: Place | None) -> Settings:
    """The settings of a file over the defaults, with their names of networks taken up."""
    settings = load_settings(None if config is None else Path(config))
    name_networks(settings.operators)
    return settings


def _pairs(
    found: Found | Sequence[Result], truth: Place | None, aside: Path
) -> tuple[list[tuple[Path, Path]], Contents | None]:
    """Files of alerts and of their truth; of one run also what a report shows of it."""
    if isinstance(found, Result):
        return [(found.folder / "alerts.jsonl", _truth(truth, found))], found.contents()
    if isinstance(found, str | Path):
        alerts = Path(found)
        alerts = alerts / "alerts.jsonl" if alerts.is_dir() else alerts
        return [(alerts, _truth(truth))], contents_beside(alerts)
    if any(isinstance(each, Result) for each in found):
        several = [each for each in found if isinstance(each, Result)]
        return [(one.folder / "alerts.jsonl", _truth(truth, one)) for one in several], None
    lines = [msgspec.json.encode(each) + b"\n" for each in found]
    (aside / "alerts.jsonl").write_bytes(b"".join(lines))
    return [(aside / "alerts.jsonl", _truth(truth))], None


def _truth(truth: Place | None, result: Result | None = None) -> Path:
    if truth is None and (result is None or result.trace is None):
        raise EvaluationError("there is no truth: name a truth.jsonl, or the folder of a trace")
    path = Path(truth or result.trace)  # type: ignore[union-attr, arg-type]
    return path / "truth.jsonl" if path.is_dir() else path


def _hasher(key: str | None, settings: Settings) -> Hasher:
    known = load_key(os.environ if key is None else {KEY_VARIABLE: key})
    if known.warning:
        warnings.warn(known.warning, stacklevel=3)
    return known.hasher(settings.senders)
