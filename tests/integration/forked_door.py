"""What a forked process does to become the command that it is asked for.

A program, run with the arguments of `become` among its globals.
"""

import os
import runpy
import sys
import warnings
from importlib import import_module
from multiprocessing import current_process, forkserver
from pathlib import Path
from subprocess import PIPE
from types import ModuleType, SimpleNamespace
from typing import Any

from cellhound import main


def become(
    words: tuple[str, ...], environment: dict[str, str], log: str, folder: str, forks: str
) -> None:
    """``cellhound WORDS`` with exactly that environment, in a folder, printing to a log; ``forks``
    is the address of the server of forks."""
    out = os.open(log, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(out, number)
    os.close(out)
    os.environ.clear()
    os.environ.update(environment)
    # Otherwise read when Python starts.
    if environment.get("PYTHONWARNINGS") == "ignore":
        warnings.simplefilter("ignore")
    os.chdir(folder)
    poisoned(environment.get("PYTHONPATH", "").split(os.pathsep), forks)
    sys.argv = ["cellhound", *words]
    main()


def poisoned(path: list[str], forks: str) -> None:
    """Runs what a test has put on the path, as Python does when it starts; trials are forked then,
    by the server that has forked this process."""
    poisons = [file for part in path if (file := Path(part) / "sitecustomize.py").is_file()]
    if not poisons:
        return
    for poison in poisons:
        runpy.run_path(str(poison))
    # Packages of others too call their tests so.
    tests = sys.modules["tests"] = ModuleType("tests")
    tests.__path__ = [str(Path(__file__).parents[1])]
    from tests.streams.guard.forked import ForkedTrial

    # Else a daemon may start no process.
    current_process()._config.pop("daemon")  # type: ignore[attr-defined]
    server: Any = forkserver._forkserver  # type: ignore[attr-defined]
    server._forkserver_address, server.ensure_running = forks, lambda: None
    judging: Any = import_module("streams.guard.judging")
    judging.subprocess = SimpleNamespace(Popen=ForkedTrial, PIPE=PIPE)


if __name__ == "__main__":
    given = ("words", "environment", "log", "folder", "forks")
    become(**{name: globals()[name] for name in given})
