"""The door, with a worker that waits between what it asks of the broker first and its work: until
the file that EARLY_WORKER names is there."""

import os
import time
from pathlib import Path
from typing import Any

import cellhound
from streams.peers.same_key import refuse_other_keys
from streams.worker import worker


def wait(*args: Any) -> None:
    """Instead of the last that is asked before the work begins."""
    refuse_other_keys(*args)
    go = Path(os.environ["EARLY_WORKER"])
    go.with_suffix(".asked").touch()
    while not go.exists():
        time.sleep(0.1)


vars(worker)["refuse_other_keys"] = wait

if __name__ == "__main__":
    cellhound.main()
