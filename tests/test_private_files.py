"""What commands make is for its user alone, and nothing is put where others can foresee it."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellhound import main
from field.channels.kinds.cap import _write
from streams.kafka import local_runtime
from tests.test_cellhound import SCENARIO


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    """A shell that gives all rights to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def run(*words: str) -> None:
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr


def test_traces_and_findings_are_their_users_alone(tmp_path: Path) -> None:
    scenario = tmp_path / "hamlet.yaml"
    scenario.write_text(SCENARIO)
    run("simulate", str(scenario), "--out", str(tmp_path / "trace"))
    run("detect", str(tmp_path / "trace"), "--out", str(tmp_path / "found"))
    made = [path for name in ("trace", "found") for path in (tmp_path / name).rglob("*")]
    assert len(made) > 5
    for path in (tmp_path / "trace", tmp_path / "found", *made):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    # Whoever calls a command in one process with other things gets its own rights back.
    assert os.umask(0) == 0


def test_what_a_feed_of_cap_holds_is_for_others_to_read(tmp_path: Path) -> None:
    os.umask(0o077)
    _write(tmp_path / "feed" / "a.xml", b"<alert/>")
    assert stat.S_IMODE((tmp_path / "feed" / "a.xml").stat().st_mode) == 0o644


def test_nothing_is_locked_in_the_folder_that_all_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    monkeypatch.setenv("XDG_CACHE_HOME", str(own))
    monkeypatch.setattr(local_runtime, "_resolve", lambda _pom, _out: "kafka.jar")
    assert local_runtime.kafka_classpath(tmp_path / "classpath.txt") == "kafka.jar"
    assert list(shared.iterdir()) == []
    assert stat.S_IMODE((own / "cellhound").stat().st_mode) == 0o700
