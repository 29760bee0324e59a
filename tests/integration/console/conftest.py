"""A console process for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.console.console_process import Console
from tests.integration.deployment import Deployment


@pytest.fixture
def console(deployment: Deployment, tmp_path: Path) -> Iterator[Console]:
    found = Console(deployment, tmp_path).start()
    yield found
    found.end()
