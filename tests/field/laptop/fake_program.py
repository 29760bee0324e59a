"""A program that does nothing: prints that it is ready, and when it is ended notes that in a file.

Arguments: its name, the file, and how it behaves (well, stubborn, dying).
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from cellhound.attended import _end_with_starter


def main(name: str, file: str, how: str) -> None:
    def ended(*_: object) -> None:
        with Path(file).open("a") as notes:
            notes.write(f"{name}\n")
        os._exit(0)

    if how == "dying":
        print("the disk is full", flush=True)
        sys.exit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "stubborn" else ended)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    print(f"{name} is ready {os.getpid()}", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
