"""What a forked process does to become the command that it is asked for.

A program, run with the arguments of `become` among its globals.
"""

import os
import sys
import warnings

from cellhound import main


def become(words: tuple[str, ...], environment: dict[str, str], log: str, folder: str) -> None:
    """``cellhound WORDS`` with exactly that environment, in a folder, printing to a log."""
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
    sys.argv = ["cellhound", *words]
    main()


if __name__ == "__main__":
    become(**{name: globals()[name] for name in ("words", "environment", "log", "folder")})
