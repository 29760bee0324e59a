"""A console for the tests of the page, with the alerts of an evening."""

from collections.abc import Iterator

import pytest

from benchmarks.measuring.console.page_stage import Stage, launched
from tests.integration.page.seen import console_on, play_evening


@pytest.fixture(scope="module")
def stage(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Started as people start it."""
    with console_on(kafka, tmp_path_factory.mktemp("page"), launch=launched) as made:
        play_evening(made)
        yield made
