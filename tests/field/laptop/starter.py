"""A start of two programs that do nothing, over the folder that is given, until it is stopped."""

import os
import sys
from pathlib import Path

from field.laptop import programs
from field.laptop.claim import claimed
from field.laptop.programs import Begin, Program, check, running
from field.laptop.stopping import stopped_by_signals

FAKE = Path(__file__).with_name("fake_program.py")


def show(line: str) -> None:
    print(line, flush=True)


def program(folder: Path, name: str) -> Program:
    words = (name, str(folder / "ended"), "well")
    return Program(name, words, f"{name} is ready", "is ready")


if __name__ == "__main__":
    programs.ATTENDED = (sys.executable, str(FAKE))
    folder = Path(sys.argv[1])
    with stopped_by_signals() as stop, claimed(folder, "http://127.0.0.1:1", show) as claim:
        how = Begin(os.environ, folder / "log", claim.programs_lock)
        both = [program(folder, "worker"), program(folder, "console")]
        with running(both, how, stop, show) as children:
            show("up")
            while not stop.asked.wait(0.1):
                check(children)
