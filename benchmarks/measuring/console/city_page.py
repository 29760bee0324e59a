"""A console that holds the alerts of a city, all of them open, for measuring its page."""

import os
import socket
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.measuring.console.city_alerts import many
from benchmarks.measuring.console.page_stage import Stage, until
from detectors.alert.record import Alert


@contextmanager
def city_page(alerts: int) -> Iterator[tuple[Stage, list[Alert]]]:
    """The console, on the broker of KAFKA_BOOTSTRAP, once it has so many alerts; and these."""
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = many(alerts, int(time.time() * 1000))
    shown = [msgspec.structs.replace(one, status="open") for one in made]
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(bootstrap, f"pages.{uuid.uuid4().hex[:8]}.", Path(folder), port)
        stage.start()
        try:
            began = time.monotonic()
            stage.send_alerts(*shown)
            until(lambda: stage.holds(alerts), "the console has all alerts", 300.0)
            print(f"{alerts} alerts sent and stored in {time.monotonic() - began:.1f} s")
            yield stage, shown
        finally:
            stage.stop()
