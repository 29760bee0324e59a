"""Two states of a program side by side: equal alerts, words renamed, and what is kept."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks import compare
from benchmarks.measuring.regression.code import CodeError, checked_out, commit_of

#: Stands for cellhound: simulates a trace of one line, and detects what its sources say.
PROGRAM = """
import os, pathlib, sys

command, given, *options = sys.argv[1:]
out = pathlib.Path(options[options.index("--out") + 1])
out.mkdir(parents=True)
assert os.environ["CELLHOUND_KEY"] and "CELLHOUND__KAFKA__PREFIX" not in os.environ
if command == "simulate":
    (out / "measurements.jsonl").write_text("{}")
    (out / "truth.jsonl").write_text("")
elif "--config" in options:
    sys.exit("settings: none expected")
else:
    times = '"revision": 1, "ts": 1, "last_seen": 1'
    alert = '{"alert_id": "a", %s, "probability": 0.9, "kind": "WORD"}' % times
    (out / "alerts.jsonl").write_text(alert)
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two commits: the program as a file, then as a package."""
    folder = tmp_path / "repository"
    scenario = folder / "configs" / "scenarios" / "village.yaml"
    scenario.parent.mkdir(parents=True)
    scenario.write_text("")
    git(folder, "init", "-q", "-b", "main")
    (folder / "cellhound.py").write_text(PROGRAM)
    commit(folder)
    (folder / "cellhound.py").unlink()
    (folder / "cellhound").mkdir()
    (folder / "cellhound" / "__init__.py").write_text("")
    (folder / "cellhound" / "__main__.py").write_text(PROGRAM)
    commit(folder)
    monkeypatch.setattr(compare, "REPOSITORY", folder)
    monkeypatch.setenv("CELLHOUND__KAFKA__PREFIX", "not for a measurement")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    done = subprocess.run(
        ["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a state of the code")


def ran(folder: Path, *options: str) -> Result:
    asked = ["--work", str(folder.parent / "work"), "--jobs", "1", *options]
    return CliRunner().invoke(compare.main, asked)


@pytest.mark.slow
def test_equal_alerts_and_what_is_kept_of_the_base(repository: Path) -> None:
    result = ran(repository, "--equal")
    assert result.exit_code == 0, result.output
    assert "scenarios-village-1" in result.output
    assert "equal (1)" in result.output
    assert "1 of 1 traces with equal alerts" in result.output
    (base,) = repository.parent.glob("work/*/code")
    (base / "cellhound.py").write_text("raise SystemExit('the base is not run again')")
    assert ran(repository, "--equal").exit_code == 0


@pytest.mark.slow
def test_a_word_renamed_on_purpose_is_no_difference(repository: Path) -> None:
    program = repository / "cellhound" / "__main__.py"
    program.write_text(PROGRAM.replace("WORD", "TERM"))
    differing = ran(repository, "--base", "HEAD", "--equal")
    assert differing.exit_code == 1
    assert "DIFFER (1, 1)" in differing.output
    assert ran(repository, "--base", "HEAD").exit_code == 0
    renamed = ran(repository, "--base", "HEAD", "--equal", "--renamed", "WORD=TERM")
    assert renamed.exit_code == 0
    assert "renamed: WORD is now TERM" in renamed.output


@pytest.mark.slow
def test_recordings_are_compared_beside_simulated_traces(repository: Path) -> None:
    walk = repository.parent / "data" / "cities" / "walk"
    walk.mkdir(parents=True)
    (walk / "signalling.jsonl").write_text("{}")
    result = ran(repository, "--data", str(walk.parents[1]), "--only", "walk")
    assert result.exit_code == 0, result.output
    line = next(line for line in result.output.splitlines() if line.startswith("cities-walk"))
    assert line.split()[:6] == ["cities-walk", "equal", "(1)", "-/-", "-", "-"]
    assert "village" not in result.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--base", "nowhere"), "nowhere"),
        (("--only", "town"), "no trace has 'town' in its name; there are scenarios-village-1"),
        (("--renamed", "WORD"), "write OLD=NEW"),
    ],
)
def test_a_wrong_request_ends_in_a_sentence(
    repository: Path, options: tuple[str, ...], sentence: str
) -> None:
    result = ran(repository, *options)
    assert result.exit_code == 1
    assert sentence in result.output


@pytest.mark.slow
def test_a_command_that_fails_is_named(repository: Path) -> None:
    own = repository / "configs" / "suites" / "settings" / "village.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("")
    result = ran(repository)
    assert result.exit_code == 1
    assert "settings: none expected" in result.output


def test_without_a_base_it_is_where_the_branch_left_main(repository: Path) -> None:
    first, second = git(repository, "rev-list", "--reverse", "HEAD").splitlines()
    assert commit_of(repository, None) == first
    (repository / "configs" / "scenarios" / "village.yaml").write_text("# changed")
    assert commit_of(repository, None) == second
    git(repository, "switch", "-q", "-c", "branch", first)
    commit(repository)
    assert commit_of(repository, None) == first
    assert commit_of(repository, "main~1") == first
    with pytest.raises(CodeError, match="nowhere"):
        commit_of(repository, "nowhere")


def test_what_cannot_be_unpacked_is_no_base(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(CodeError, match="git archive"):
        checked_out(repository, "0" * 40, tmp_path / "code")
    assert not (tmp_path / "code").exists()
