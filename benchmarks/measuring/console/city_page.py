"""A console that holds the alerts of a city, all of them open, for measuring its page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from benchmarks.measuring.console.city_alerts import many
from benchmarks.measuring.console.page_stage import Stage, stage_on_broker, until
from detectors.alert.record import Alert


@contextmanager
def city_page(alerts: int) -> Iterator[tuple[Stage, list[Alert]]]:
    """The console, on the broker of KAFKA_BOOTSTRAP, once it has so many alerts; and these."""
    made = many(alerts, int(time.time() * 1000))
    shown = [msgspec.structs.replace(one, status="open") for one in made]
    with stage_on_broker("pages") as stage:
        stage.start()
        began = time.monotonic()
        stage.send_alerts(*shown)
        until(lambda: stage.holds(alerts), "the console has all alerts", 300.0)
        print(f"{alerts} alerts sent and stored in {time.monotonic() - began:.1f} s")
        yield stage, shown
