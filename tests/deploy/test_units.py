"""The units for systemd: sandboxed well enough, and understood by systemd itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = sorted(_FOLDER.glob("*.service"))
#: systemd's exposure in tenths: 3.0 and more fails.
_MOST_EXPOSED = 29
_PROGRAM = "/opt/cellhound/bin/cellhound"


@pytest.fixture(scope="module")
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return program


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_exposed_below_three(unit: Path, analyze: str) -> None:
    done = run(
        *(analyze, "security", "--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}", unit)
    )
    assert "Overall exposure level" in done.stdout, done.stderr
    assert done.returncode == 0, done.stdout


def test_an_unguarded_unit_would_not_pass(tmp_path: Path, analyze: str) -> None:
    unit = tmp_path / "plain.service"
    unit.write_text(f"[Service]\nExecStart={_PROGRAM} worker\n")
    options = ("--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}")
    assert run(analyze, "security", *options, unit).returncode != 0


def test_systemd_understands_every_line(tmp_path: Path, analyze: str) -> None:
    """With a program in place of ours, which need not be installed here."""
    copies = []
    for unit in (*UNITS, _FOLDER / "cellhound.target"):
        name = unit.name.replace("@.", "@1.")
        (tmp_path / name).write_text(
            unit.read_text("utf-8").replace(_PROGRAM, shutil.which("true"))
        )
        copies.append(tmp_path / name)
    done = run(analyze, "verify", "--man=no", *copies)
    assert (done.returncode, done.stderr) == (0, "")
    copies[0].write_text(
        copies[0].read_text("utf-8").replace("DynamicUser=yes", "DynamicUsers=yes")
    )
    assert "Unknown key" in run(analyze, "verify", "--man=no", copies[0]).stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_gets_its_secrets_as_credentials(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    loaded = {
        line.partition("=")[2].partition(":")[0]
        for line in lines
        if line.startswith("LoadCredential=")
    }
    named = {line.rpartition("%d/")[2] for line in lines if "%d/" in line}
    assert loaded == named
    # The nation has no key, and should have none.
    assert ("hashing.key" in loaded) == (unit.stem != "cellhound-national")
    # Without /proc/stat the figures of a process are missing.
    assert "ProcSubset=pid" not in lines
    assert not [line for line in lines if "CELLHOUND_KEY=" in line]
