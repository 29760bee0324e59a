"""A console without a broker, for pages that lose it."""

from collections.abc import Iterator

import pytest

from tests.integration.van.served import Served, served


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Nobody logs in: whoever asks is the local admin."""
    with served(tmp_path_factory.mktemp("van")) as made:
        yield made


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Somebody of each role may log in."""
    with served(tmp_path_factory.mktemp("guarded"), people=True) as made:
        yield made
