"""What a forked process does to become one of the programs that `benchmarks/stream.py` measures.

A program, run with the arguments of `become` among its globals.
"""

import os
import runpy
import sys


def become(module: str, options: str, out: str, folder: str) -> None:
    """``python -m MODULE OPTIONS`` in a folder, printing to a file."""
    file = os.open(out, os.O_WRONLY | os.O_CREAT)
    for number in (1, 2):
        os.dup2(file, number)
    os.close(file)
    os.chdir(folder)
    sys.argv = [module, options]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    become(**{name: globals()[name] for name in ("module", "options", "out", "folder")})
