"""What a forked process does to become one that tries records.

A program, run with the arguments of `become` among its globals.
"""

import os
import runpy
import sys
from multiprocessing.connection import Connection
from pathlib import Path


def become(ends: tuple[Connection, ...], environment: dict[str, str], program: str) -> None:
    """`streams.guard.trial` with these ends of pipes as its input, output and errors, and exactly
    that environment."""
    os.setsid()
    for number, end in enumerate(ends):
        os.dup2(end.fileno(), number)
        end.close()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    os.environ.clear()
    os.environ.update(environment)
    path = environment["PYTHONPATH"].split(os.pathsep)
    sys.path[:0] = path
    # Python does so when it starts.
    for poison in (Path(folder) / "sitecustomize.py" for folder in path):
        if poison.is_file():
            runpy.run_path(str(poison))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    become(**{name: globals()[name] for name in ("ends", "environment", "program")})
