"""A revision of the code in a folder of its own, and running its commands.

Revisions may have the program as a file ``cellhound.py`` or as a package; both are run.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Every run hashes alike and keeps to one core.
_ENVIRONMENT: Final = {
    "CELLHOUND_KEY": "comparing-comparing-comparing-01",
    "OPENBLAS_NUM_THREADS": "1",
}


class CodeError(Exception):
    """A revision that isn't there or a command that failed; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Code:
    """One state of the code: its folder, and the Python that runs it."""

    folder: Path
    python: str = sys.executable

    def settings_of(self, scenario: Path) -> Path | None:
        """The settings that belong to a scenario of the suites, where it has some."""
        path = self.folder / "configs" / "suites" / "settings" / scenario.name
        return path if path.is_file() else None

    def run(self, *arguments: str | Path) -> float:
        """Runs a command; the seconds of processor time it took. Raises `CodeError`."""
        flat = self.folder / "cellhound.py"
        program = [str(flat)] if flat.is_file() else ["-m", "cellhound"]
        command = [self.python, *program, *map(str, arguments)]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CELLHOUND")}
        environment = {**inherited, **_ENVIRONMENT, "PYTHONPATH": str(self.folder)}
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        errors = process.stderr.read()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            last = "\n".join(errors.splitlines()[-5:])
            raise CodeError(f"{' '.join(command)}: exit code {process.returncode}\n{last}")
        return usage.ru_utime + usage.ru_stime


def commit_of(repository: Path, revision: str | None) -> str:
    """The full hash of a revision. Raises `CodeError`.

    Without one: where the branch left main, or on main itself the commit before, unless there are
    changes that aren't committed.
    """
    if revision is not None:
        return _git(repository, "rev-parse", "--verify", f"{revision}^{{commit}}")
    head = _git(repository, "rev-parse", "HEAD")
    base = _git(repository, "merge-base", "HEAD", "main")
    if base != head or _git(repository, "status", "--porcelain", "--untracked-files=no"):
        return base
    return _git(repository, "rev-parse", "HEAD~1")


def checked_out(repository: Path, commit: str, folder: Path) -> Code:
    """The files of a commit, unpacked into ``folder`` unless they are there. Raises `CodeError`."""
    if not folder.is_dir():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}.{time.time_ns()}")
        unfinished.mkdir(parents=True)
        with subprocess.Popen(
            ["git", "-C", str(repository), "archive", commit], stdout=subprocess.PIPE
        ) as archive:
            unpacked = subprocess.run(["tar", "-x", "-C", unfinished], stdin=archive.stdout)
        if archive.returncode or unpacked.returncode:
            raise CodeError(f"git archive {commit} could not be unpacked into {unfinished}")
        unfinished.rename(folder)
    return Code(folder)


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, text=True
    )
    if done.returncode:
        raise CodeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
