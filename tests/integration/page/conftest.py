"""A console for the tests of the page, with the alerts of an evening."""

import uuid
from collections.abc import Iterator

import pytest

from benchmarks.measuring.console.city_alerts import evening
from benchmarks.measuring.console.page_stage import Stage, until
from tests.conftest import free_port
from tests.integration.page.seen import (
    ALIVE_FOR_LONG,
    now_ms,
)


@pytest.fixture(scope="module")
def stage(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("page")
    made = Stage(kafka, f"page.{uuid.uuid4().hex[:10]}.", folder, free_port(), {**ALIVE_FOR_LONG})
    made.start()
    try:
        made.beat()
        made.send_alerts(*evening(now_ms()))
        until(lambda: made.holds(7), "the console has the first alerts")
        yield made
    finally:
        made.stop()
