"""A command of the door that ends when the process that started it does, however that ended.

Its standard input is a pipe, whose other end only that process has: when that is gone, the pipe is
at its end. (Linux alone could have the kernel send a signal.)
"""

import os
import signal
import threading
import time
from contextlib import suppress
from typing import Final

_WAY_OUT_S: Final = 40.0


def main() -> None:
    """``python -m cellhound.attended COMMAND ..``"""
    from cellhound.door import main as door

    threading.Thread(target=_end_with_starter, daemon=True).start()
    door(prog_name="cellhound")


def _end_with_starter() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_WAY_OUT_S)
    os._exit(1)


if __name__ == "__main__":
    main()
